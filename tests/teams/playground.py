"""Microsoft's Agents Playground in place of Teams, and what stands between it and a bot.

It sends no tokens: a relay signs what it posts, with the stand-in's keys, and gives it the ids that
Teams has.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from websockets.exceptions import InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from tests.teams.keys import signed

SECONDS = 30.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class _Relayed(BaseHTTPRequestHandler):
    server: Relay

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        activity = json.loads(body)
        self.server.activities.append(activity)
        headers = {
            "Authorization": f"Bearer {signed(activity['serviceUrl'])}",
            "Content-Type": "application/json",
        }
        answer = self.server.client.post(self.server.bot_url, content=body, headers=headers)
        self.server.answers.append((activity, answer.status_code, answer.text))
        self.send_response(answer.status_code)
        kind = answer.headers.get("Content-Type")
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)


class Relay(ThreadingHTTPServer):
    """Posts to a bot what the Playground posts, with a token.

    Attributes:
        answers: Each activity, and status and body of the bot's answer.
    """

    daemon_threads = True

    def __init__(self, bot_url: str) -> None:
        self.bot_url = bot_url
        self.client = httpx.Client(timeout=SECONDS, trust_env=False)
        self.activities: list[dict[str, Any]] = []
        self.answers: list[tuple[dict[str, Any], int, str]] = []
        super().__init__(("127.0.0.1", 0), _Relayed)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/api/messages"


@contextlib.contextmanager
def running_relay(bot_url: str) -> Iterator[Relay]:
    relay = Relay(bot_url)
    thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield relay
    finally:
        relay.shutdown()
        thread.join()
        relay.server_close()
        relay.client.close()


@dataclass(frozen=True)
class Shown:
    """A message as the Playground's page gets it: text and card are two of them.

    Attributes:
        conversation: In a channel that of the thread.
        content: Among it `messageId`, and `text` or `attachments`.
    """

    conversation: str
    content: dict[str, Any]

    @property
    def buttons(self) -> dict[str, dict[str, Any]]:
        """The card's actions by what is written on them."""
        cards = [each["content"] for each in self.content.get("attachments") or ()]
        return {action["title"]: action for card in cards for action in card.get("actions", ())}


class Playground:
    """The Playground by its REST interface, by what it shows, and by what it records.

    Attributes:
        shown: What its page would show, in order.
    """

    def __init__(self, port: int, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.shown: list[Shown] = []
        self._folder = folder
        self._client = httpx.Client(base_url=self.url, timeout=SECONDS, trust_env=False)

    def config(self) -> dict[str, Any]:
        """Who and what there is in it."""

        def asked() -> dict[str, Any] | None:
            with contextlib.suppress(httpx.TransportError, ValueError):
                found: dict[str, Any] = self._client.get("/_internal/v1/config").json()
                return found
            return None

        return dict(until(asked, "the Playground tells nothing of itself"))

    def say(self, conversation: str, text: str, *, to: str = "", **more: Any) -> None:
        """Write something as its user; to the bot with this id, where it is mentioned."""
        body: dict[str, Any] = {"from": {"id": "user-id-0"}, "text": text, "textFormat": "plain"}
        if to:
            called = "<at>Test Bot</at>"
            body["text"] = f"{called} {text}"
            body["mentions"] = [{"mentioned": {"id": to}, "text": called}]
        path = f"/_conversation/v1/conversations/{conversation}/messages"
        self._client.post(path, json=body | more).raise_for_status()

    def invoke(self, conversation: str, name: str, value: dict[str, Any], **more: Any) -> Any:
        """Do what a button of a client does."""
        body = {
            "name": name,
            "from": {"id": "user-id-0"},
            "conversation": {"id": conversation},
            "value": value,
            **more,
        }
        return self._client.post("/_conversation/v1/invoke", json=body)

    def click(self, shown: Shown, label: str, person: str = "user-id-0") -> dict[str, Any]:
        """Click a button of a card, as its page does; the bot's answer."""
        button = shown.buttons[label]
        action = {"title": label, **{name: button[name] for name in ("type", "verb", "data")}}
        answer = self.invoke(
            shown.conversation,
            "adaptiveCard/action",
            {"action": action},
            replyToId=shown.content["messageId"],
            **{"from": {"id": person}},
        )
        answer.raise_for_status()
        answered: dict[str, Any] = answer.json()
        return answered

    def send_activity(self, conversation: str, **more: Any) -> None:
        """What "Mock an Activity" does: for what neither its page nor its messages can hold."""
        path = "/_internal/v1/customActivities"
        query = {"conversationId": conversation}
        activity = self._client.get(f"{path}/template", params=query).raise_for_status().json()
        activity["from"]["name"] = "Alex Wilber"
        self._client.post(path, json=activity | more).raise_for_status()

    def watch(self, page: ClientConnection) -> None:
        """Note what its page is told, until that is closed."""
        for told in page:
            action = json.loads(told)
            message = action.get("message")
            if message:
                thread = message.get("postConversationId") or action["actionConversationId"]
                self.shown.append(Shown(thread, message))

    def recorded(self) -> list[dict[str, Any]]:
        """What went out and came in, in order."""
        found = []
        for log in sorted(self._folder.glob("devTools/events_recording_*.log")):
            for each in re.split(r"\n-{3,}\n", log.read_text()):
                with contextlib.suppress(ValueError):
                    found.append(json.loads(each))
        return found

    def close(self) -> None:
        self._client.close()


@contextlib.contextmanager
def running_playground(node: str, tools: Path, bot_url: str, folder: Path) -> Iterator[Playground]:
    port = free_port()
    script = tools / "node_modules/@microsoft/m365agentsplayground/cli.js"
    command = [node, str(script), "-e", bot_url, "-c", "msteams", "-p", str(port)]
    log = (folder / "playground.log").open("w")
    with (
        log,
        subprocess.Popen(
            [*command, "--disable-telemetry", "--enable-events-recording"],
            cwd=folder,
            env={"BROWSER": "none", "PATH": str(Path(node).parent), "HOME": str(folder)},
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        playground = Playground(port, folder)
        try:
            listening(port)
            with until(lambda: _page(port), "the Playground tells its page nothing") as page:
                watcher = threading.Thread(target=playground.watch, args=(page,), daemon=True)
                watcher.start()
                yield playground
        finally:
            playground.close()
            process.terminate()


def listening(port: int) -> None:
    """Wait until something listens."""
    until(lambda: _answers(port), f"nothing listens at {port}")


def until(holds: Any, otherwise: str, seconds: float = SECONDS) -> Any:
    """What holds, once it does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(otherwise)


def _page(port: int) -> ClientConnection | None:
    """What its page is told through; it cannot be opened for a moment after it listens."""
    with contextlib.suppress(OSError, InvalidHandshake):
        path = "_ws_conversation/v1/conversations/stream"
        return connect(f"ws://127.0.0.1:{port}/{path}", proxy=None)
    return None


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
