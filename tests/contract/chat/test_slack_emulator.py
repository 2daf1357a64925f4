"""Replies and homes on an emulator of Slack that others wrote; it knows no streams and no panes."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.slack_tools import TOOLS
from tests.contract.chat.sayings import SAYS, said
from tests.laptop import Laptop
from wellread.adapters.chat.slack.addresses import SlackAddresses
from wellread.adapters.chat.slack.panes import SlackPanes
from wellread.adapters.chat.slack.response_urls import ResponseUrls
from wellread.adapters.chat.slack.sink import SlackSink
from wellread.adapters.chat.slack.web import SlackWeb
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import MessageKey, Person, QuestionAsked
from wellread.domain.chat.said import Home, SaidNotice
from wellread.domain.knowledge.deliveries import Attempt
from wellread.ports.chat import Target

NODE = 22
SEED = {"slack": {"users": [{"name": "ann"}], "channels": [{"name": "lab"}]}}
SECONDS = 30

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="module")
def api_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, node = TOOLS.installed(), TOOLS.node(NODE)
    if folder is None or node is None:
        pytest.skip(
            f"needs Node {NODE} and the emulator: python3 -m scripts.slack_tools installs these"
        )
    seed: Path = tmp_path_factory.mktemp("emulator") / "seed.yaml"
    seed.write_text(json.dumps(SEED))
    port = free_port()
    command = [node, str(folder / "node_modules/emulate/dist/index.js"), "start", "-s", "slack"]
    with subprocess.Popen(
        [*command, "-p", str(port), "--host", "127.0.0.1", "--seed", str(seed)],
        cwd=seed.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as emulator:
        try:
            listening(port)
            yield f"http://127.0.0.1:{port}/api/"
        finally:
            emulator.terminate()


def listening(port: int) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("the emulator does not listen")


@pytest.fixture
def web(api_url: str) -> SlackWeb:
    def token(refused: str | None = None) -> str:
        return "xoxb-test"

    return SlackWeb(token, api_url)


@pytest.fixture
def target(web: SlackWeb) -> Target:
    known = web.call("conversations.list")["channels"]
    (lab,) = (each["id"] for each in known if each["name"] == "lab")
    team = web.call("auth.test")["team_id"]
    (ann,) = (each["id"] for each in web.call("users.list")["members"] if each["name"] == "ann")
    asked = web.call("chat.postMessage", channel=lab, text="How long?")["ts"]
    return Target(
        Place("slack", team, lab, asked),
        MessageKey("slack", team, lab, asked),
        Person("slack", team, ann),
    )


def replies(web: SlackWeb, target: Target) -> list[dict]:
    place = target.place
    told = web.call("conversations.replies", channel=place.conversation, ts=place.thread)
    return [each for each in told["messages"] if each["ts"] != place.thread]


def test_a_reply_is_said_found_edited_and_taken_back(web: SlackWeb, target: Target) -> None:
    sink = SlackSink(web, ResponseUrls(SlackAddresses("https://slack.com/api/")))
    sink.show_status(target, "Searching the documents")
    assert sink.stream(target, "Lending") is None

    written = sink.write(target, SaidNotice("One moment."))
    assert list(sink.find(target)) == list(written)
    assert list(sink.write(target, said(human=True), written)) == list(written)

    (reply,) = replies(web, target)
    assert SAYS in json.dumps(reply["blocks"])
    assert list(sink.find(target)) == list(written)
    assert sink.remove(target, written)
    assert replies(web, target) == []


def test_a_home_is_taken(web: SlackWeb, target: Target) -> None:
    SlackPanes(web).show_home(target.person, Home(3))
    SlackPanes(web).entitle(target.place, "A pane that it does not have")


def test_a_question_is_answered_in_its_thread(
    api_url: str, web: SlackWeb, target: Target, tmp_path: Path
) -> None:
    laptop = Laptop(
        tmp_path / "data",
        slack_bot_token="xoxb-test",
        slack_signing_secret="secret",
        slack_api_url=api_url,
        public_url="https://docs.example",
    )
    try:
        laptop.drop("fees.md", "# Fees\n\nA late book costs 20 cents a day.")
        event = QuestionAsked(
            target.key,
            target.place,
            target.person,
            direct=False,
            external=False,
            correlation="c1",
            at=0.0,
            text="What does a late book cost?",
        )
        for _ in range(2):
            laptop.services.chat.handle(event, Attempt())
    finally:
        laptop.close()

    (reply,) = replies(web, target)
    assert "20 cents a day. [1]" in reply["blocks"][0]["text"]
    assert "https://docs.example/v1/documents/fees.md" in json.dumps(reply["blocks"])
