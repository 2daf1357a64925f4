"""Socket Mode, against a stand-in for Slack's end of the connection."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.laptop import Laptop
from tests.slack.state import APP_TOKEN, BOT_TOKEN
from tests.slack.workspace import SlackWorkspace, running_workspace
from tests.slack_requests import payload
from wellread.domain.knowledge.errors import InvalidConfigurationError, TransientError
from wellread.local.cli import cli
from wellread.local.http import free_port
from wellread.local.slack_socket import connected

SOON = 0.2


class SocketEnd:
    """Slack's end: keeps its connections and what is acknowledged on them."""

    def __init__(self) -> None:
        self.connections: list[ServerConnection] = []
        self.acknowledged: list[dict[str, Any]] = []

    def handle(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        connection.send(json.dumps({"type": "hello", "num_connections": 1}))
        try:
            for message in connection:
                self.acknowledged.append(json.loads(message))
        except ConnectionClosed:
            pass

    def send(self, kind: str, body: dict[str, Any], envelope: str = "e-1") -> None:
        self.connections[-1].send(
            json.dumps(
                {
                    "type": kind,
                    "envelope_id": envelope,
                    "payload": body,
                    "accepts_response_payload": kind != "events_api",
                }
            )
        )


def until(true: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to be so in time"
        time.sleep(0.02)


@pytest.fixture
def workspace() -> Iterator[SlackWorkspace]:
    with running_workspace() as running:
        yield running


@pytest.fixture
def end(workspace: SlackWorkspace) -> Iterator[SocketEnd]:
    made = SocketEnd()
    # Who waits for words of the other end looks up at each ping whether it shall stop.
    with serve(made.handle, "127.0.0.1", 0, ping_interval=0.1) as server:
        workspace.socket_url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/link"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture
def laptop(tmp_path: Path, workspace: SlackWorkspace) -> Iterator[Laptop]:
    machine = Laptop(
        tmp_path / "data",
        slack_bot_token=BOT_TOKEN,
        slack_app_token=APP_TOKEN,
        slack_api_url=workspace.api_url,
    )
    yield machine
    machine.close()


@contextmanager
def connection(laptop: Laptop, said: list[str] | None = None) -> Iterator[None]:
    front = laptop.services.slack_front
    say = (said if said is not None else []).append
    with connected(front, laptop.settings, say, again_seconds=SOON):
        yield


def enqueued(laptop: Laptop) -> int:
    return laptop.adapters.queues["questions.fifo"].depth()


def test_a_question_that_comes_through_the_socket_is_enqueued_and_acknowledged(
    laptop: Laptop, end: SocketEnd
) -> None:
    with connection(laptop):
        until(lambda: end.connections)
        end.send("events_api", payload("app_mention"))
        until(lambda: end.acknowledged)
        assert enqueued(laptop) == 1
    assert end.acknowledged == [{"envelope_id": "e-1"}]


def test_a_command_is_answered_through_the_socket(laptop: Laptop, end: SocketEnd) -> None:
    with connection(laptop):
        until(lambda: end.connections)
        end.send("slash_commands", payload("slash_command"))
        until(lambda: end.acknowledged)
    (answer,) = end.acknowledged
    assert answer["payload"]["response_type"] == "ephemeral"


def test_a_click_that_comes_through_the_socket_is_enqueued(laptop: Laptop, end: SocketEnd) -> None:
    with connection(laptop):
        until(lambda: end.connections)
        end.send("interactive", payload("block_actions_alone"))
        until(lambda: end.acknowledged)
        assert enqueued(laptop) == 1


def test_what_is_malformed_is_acknowledged_and_dropped(laptop: Laptop, end: SocketEnd) -> None:
    with connection(laptop):
        until(lambda: end.connections)
        end.send("events_api", payload("app_mention", ts={}))
        end.send("something_new", {}, envelope="e-2")
        until(lambda: len(end.acknowledged) == 2)
        assert enqueued(laptop) == 0


def test_what_cannot_be_enqueued_is_not_acknowledged(
    laptop: Laptop, end: SocketEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Event()

    def away(event: object) -> None:
        tried.set()
        raise TransientError("the queue is away")

    monkeypatch.setattr(laptop.adapters.questions, "put", away)
    with connection(laptop):
        until(lambda: end.connections)
        end.send("events_api", payload("app_mention"))
        assert tried.wait(10)
        time.sleep(SOON)
    assert end.acknowledged == []


def test_slack_moves_a_connection_and_it_goes_on(laptop: Laptop, end: SocketEnd) -> None:
    with connection(laptop):
        until(lambda: end.connections)
        end.connections[-1].send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
        until(lambda: len(end.connections) == 2)
        end.send("events_api", payload("app_mention"))
        until(lambda: end.acknowledged)
        assert enqueued(laptop) == 1


def test_a_connection_that_breaks_is_opened_anew(laptop: Laptop, end: SocketEnd) -> None:
    with connection(laptop):
        until(lambda: end.connections)
        end.connections[-1].close()
        until(lambda: len(end.connections) == 2)
        end.send("events_api", payload("app_mention"))
        until(lambda: end.acknowledged)


def test_where_slack_is_away_it_is_tried_again_until_it_is_there(
    laptop: Laptop, end: SocketEnd, workspace: SlackWorkspace
) -> None:
    said: list[str] = []
    workspace.fail("apps.connections.open", status=503)
    workspace.fail("apps.connections.open", drop=True)
    with connection(laptop, said):
        assert said == [
            f"Slack does not answer at {workspace.api_url}; it is tried again until it does."
        ]
        until(lambda: end.connections)
        end.send("events_api", payload("app_mention"))
        until(lambda: end.acknowledged)


def test_where_slack_stays_away_the_host_still_stops(tmp_path: Path) -> None:
    machine = Laptop(
        tmp_path / "data",
        slack_bot_token="xoxb-1",
        slack_app_token="xapp-1",
        slack_api_url="http://127.0.0.1:9/api/",
    )
    said: list[str] = []
    try:
        before = time.monotonic()
        with connection(machine, said):
            pass
        assert time.monotonic() - before < 10
    finally:
        machine.close()
    assert said == [
        "Slack cannot be reached at http://127.0.0.1:9/api/; it is tried again until it can."
    ]


def test_without_its_token_nothing_is_begun(tmp_path: Path) -> None:
    given = ["serve", "--slack", "--data", str(tmp_path / "data"), "--port", str(free_port(8940))]
    done = CliRunner().invoke(cli, given)
    assert isinstance(done.exception, InvalidConfigurationError)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("code", ["invalid_auth", "not_allowed_token_type", "missing_scope"])
def test_a_token_that_slack_refuses_says_what_to_do(
    laptop: Laptop, workspace: SlackWorkspace, code: str
) -> None:
    workspace.fail("apps.connections.open", error=code)
    with pytest.raises(InvalidConfigurationError) as refused, connection(laptop):
        pass
    said = str(refused.value)
    assert said.startswith(f"Slack refuses WELLREAD_SLACK_APP_TOKEN ({code}).")
    assert "connections:write" in said
    assert "Socket Mode" in said


@pytest.mark.parametrize(
    ("tokens", "says"),
    [
        ({"slack_bot_token": "xoxb-1"}, "WELLREAD_SLACK_APP_TOKEN is not set"),
        ({"slack_app_token": "xapp-1"}, "WELLREAD_SLACK_BOT_TOKEN is not set"),
        (
            {"slack_app_token": "xoxb-1", "slack_bot_token": "xoxb-1"},
            "WELLREAD_SLACK_APP_TOKEN is the token of a bot",
        ),
    ],
)
def test_a_token_that_is_missing_or_another_is_told_before_slack_is_asked(
    tmp_path: Path, tokens: dict[str, str], says: str
) -> None:
    machine = Laptop(tmp_path / "data", slack_api_url="http://127.0.0.1:9/api/", **tokens)
    try:
        with pytest.raises(InvalidConfigurationError, match=says), connection(machine):
            pass
    finally:
        machine.close()
