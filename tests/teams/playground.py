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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

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


class Playground:
    """The Playground by its REST interface, and by what it records."""

    def __init__(self, port: int, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
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


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
