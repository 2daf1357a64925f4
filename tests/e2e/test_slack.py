"""The real `wellread serve` with Slack on, beside a workspace that is strict."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.serving import Serving
from tests.slack.events import SIGNING_SECRET, Slack, SlackRequest
from tests.slack.shapes import Message
from tests.slack.state import BOT_TOKEN
from tests.slack.workspace import SlackWorkspace, running_workspace

pytestmark = pytest.mark.slow

PLACE = "C0LAB"
ASKED = "<@U0BOT> What does a late book cost?"
WAIT_SECONDS = 60.0


class Rig:
    """A host that can be killed, and Slack in front of it."""

    def __init__(self, folder: Path, workspace: SlackWorkspace) -> None:
        self.workspace = workspace
        self.slack = Slack(workspace)
        self.host = Serving(folder / "data")
        (self.host.documents / "fees.md").write_text(
            "# Fees\n\nA late book costs 20 cents a day.\n"
        )
        workspace.add_conversation(PLACE, ("U0ANN", "U0BOB"))

    def start(self) -> None:
        self.host.start(
            WELLREAD_SLACK_SIGNING_SECRET=SIGNING_SECRET,
            WELLREAD_SLACK_BOT_TOKEN=BOT_TOKEN,
            WELLREAD_SLACK_API_URL=self.workspace.api_url,
        )

    def send(self, request: SlackRequest) -> int:
        url = f"{self.host.url}/slack/events"
        sent = httpx.post(url, content=request.body, headers=request.headers, timeout=10)
        return sent.status_code

    def ask(self, text: str = ASKED) -> Message:
        message = self.workspace.say("U0ANN", PLACE, text)
        for request in self.slack.pair(message):
            assert self.send(request) == 200
        return message

    def replies(self, message: Message) -> list[Message]:
        return self.workspace.replies(PLACE, message.ts)

    def wait(self, until: Callable[[], object]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not until():
            assert time.monotonic() < deadline, self.host.lines
            time.sleep(0.02)

    def done(self, message: Message) -> bool:
        return bool(self.replies(message)) and not self.workspace.open_streams()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with running_workspace() as workspace:
        made = Rig(tmp_path, workspace)
        made.start()
        listed = f"{made.host.url}/v1/documents?status=indexed"
        made.wait(lambda: httpx.get(listed).json()["documents"])
        yield made
        made.host.kill()


def test_a_question_gets_one_cited_reply_soon_with_a_link_that_opens(rig: Rig) -> None:
    asked = time.monotonic()
    message = rig.ask()
    rig.wait(lambda: rig.workspace.status_history or rig.replies(message))
    assert time.monotonic() - asked < 5
    rig.wait(lambda: rig.done(message))
    (reply,) = rig.replies(message)
    said = str(reply.as_message(all_metadata=True))
    assert "[1]" in said
    link = f"{rig.host.url}/v1/documents/fees.md"
    assert link in said
    opened = httpx.get(said[said.index(link) :].split("|")[0], headers={"accept": "text/html"})
    assert "20 cents" in opened.text


@pytest.mark.parametrize(
    "method", ["assistant.threads.setStatus", "users.info", "chat.startStream", "chat.stopStream"]
)
def test_a_host_that_is_killed_in_mid_answer_replies_once_after_its_restart(
    rig: Rig, method: str
) -> None:
    rig.workspace.fail(method, slow=3.0)
    message = rig.ask()
    rig.wait(lambda: rig.workspace.called(method))
    rig.host.kill()
    rig.start()
    rig.wait(lambda: rig.done(message))
    time.sleep(1)
    assert len(rig.replies(message)) == 1
    assert "[1]" in str(rig.replies(message)[0].as_message(all_metadata=True))


def test_what_is_not_slacks_is_refused(rig: Rig) -> None:
    message = rig.workspace.say("U0ANN", PLACE, ASKED)
    forged = Slack(rig.workspace, secret="another").mention(message)
    assert rig.send(forged) == 401
    assert rig.host.lines[-1] == "READY"
    assert rig.replies(message) == []
