"""A strict stand-in for a Slack workspace: its Web API over HTTP on this machine.

    with running_workspace() as workspace:
        workspace.add_conversation("C0LAB", ("U0ANN", "U0BOB"))
        asked = workspace.say("U0ANN", "C0LAB", "<@U0BOT> How long may a book be borrowed?")
        ...  # an adapter with base URL `workspace.api_url` and token `BOT_TOKEN`
        assert len(workspace.replies("C0LAB", asked.ts)) == 1

It refuses what Slack refuses (unknown arguments among it, which Slack overlooks), and fails on
demand: `workspace.fail("chat.postMessage", drop=True, taken=True)`. Faults of the names "files" and
"response_url" hit downloads and answers to response URLs.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.faults import Fault
from tests.slack import writing  # noqa: F401 - its methods are registered so
from tests.slack.limits import check_blocks
from tests.slack.methods import call
from tests.slack.oauth import Authorizations
from tests.slack.shapes import Call, Ephemeral, RefusedError, StoredFile
from tests.slack.state import WorkspaceState

_RESPONSE_FIELDS = {
    "text", "blocks", "attachments", "response_type", "replace_original", "delete_original",
    "thread_ts", "unfurl_links", "unfurl_media", "mrkdwn", "metadata",
}  # fmt: skip


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SlackWorkspace

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        with contextlib.suppress(ConnectionError):
            if path.startswith("/api/"):
                name = path.removeprefix("/api/")
                self._with_faults(name, lambda: self._method(name, body))
            elif path in self.server.response_urls:
                self._with_faults("response_url", lambda: self._response_url(path, body))
            else:
                self._answer(404, b"no_service", "text/plain")

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        with contextlib.suppress(ConnectionError):
            if path.startswith("/files-pri/"):
                self._with_faults("files", lambda: self._file(path))
            else:
                self.server.strayed.append({k.lower(): v for k, v in self.headers.items()})
                self._answer(200, b"somebody else", "text/plain")

    def _with_faults(self, name: str, answer: Any) -> None:
        fault = self.server.next_fault(name)
        if fault is None:
            answer()()
            return
        if self.server.over.wait(fault.slow):
            return
        finish = answer() if fault.taken or _only_slow(fault) else None
        if fault.drop:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault.status:
            self._answer(fault.status, b"<html>Something went wrong.</html>", "text/html")
        elif fault.retry_after is not None:
            said = json.dumps({"ok": False, "error": "ratelimited"}).encode()
            self._answer(429, said, retry_after=fault.retry_after)
        elif fault.error:
            self._answer(200, json.dumps({"ok": False, "error": fault.error}).encode())
        elif finish is not None:
            finish()

    def _method(self, name: str, body: bytes) -> Any:
        as_json = self.headers.get("Content-Type", "").startswith("application/json")
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        with self.server.lock:
            try:
                arguments = json.loads(body or b"{}") if as_json else dict(parse_qsl(body.decode()))
                token = token or arguments.pop("token", "")
                self.server.calls.append(Call(name, dict(arguments), token))
                if name == "oauth.v2.access":
                    said = self.server.authorizations.exchange(token, arguments)
                else:
                    there = self.server.of_token(token)
                    said = call(there, name, token, arguments, as_json=as_json)
            except ValueError:
                said = {"ok": False, "error": "invalid_json" if as_json else "invalid_form_data"}
            except RefusedError as refusal:
                said = refusal.answer
        granted = ",".join(sorted(self.server.of_token(token).tokens.get(token, ())))
        answer = json.dumps(said).encode()
        return lambda: self._answer(200, answer, x_oauth_scopes=granted)

    def _response_url(self, path: str, body: bytes) -> Any:
        with self.server.lock:
            address = self.server.response_urls[path]
            said = json.loads(body)
            self.server.calls.append(Call("response_url", said, ""))
            if address.left <= 0 or address.expired:
                wrong = "used_url" if address.left <= 0 else "expired_url"
                return lambda: self._answer(404, json.dumps({"ok": False, "error": wrong}).encode())
            try:
                if set(said) - _RESPONSE_FIELDS:
                    raise RefusedError("invalid_payload")
                check_blocks(said.get("blocks") or [])
            except RefusedError as refusal:
                answer = json.dumps(refusal.answer).encode()
                return lambda: self._answer(400, answer)
            address.left -= 1
            self.server.show_ephemeral(address.user, address.channel, path, said)
        return lambda: self._answer(200, b"ok", "text/plain")

    def _file(self, path: str) -> Any:
        id = path.split("/")[2].partition("-")[2]
        found = self.server.files.get(id)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        allowed = "files:read" in self.server.tokens.get(token, ())
        self.server.calls.append(Call("files", {"file": id}, token))
        if found is None or found.serves == "gone":
            return lambda: self._answer(404, b"not found", "text/plain")
        if found.serves == "redirect":
            # The same machine by another name: to a client it is another host.
            elsewhere = f"http://localhost:{self.server.server_address[1]}/elsewhere"
            return lambda: self._answer(302, b"", location=elsewhere)
        if found.serves == "login" or not allowed:
            page = b"<!DOCTYPE html><html><head><title>Sign in | Slack</title></head></html>"
            return lambda: self._answer(200, page, "text/html; charset=utf-8")
        return lambda: self._serve(found)

    def _serve(self, file: StoredFile) -> None:
        if file.serves != "endless":
            self._answer(200, file.content, "application/octet-stream")
            return
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for _ in range(10_000):
            self.wfile.write(b"x" * 65_536)

    def _answer(
        self, status: int, body: bytes, kind: str = "application/json", **headers: object
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)


def _only_slow(fault: Fault) -> bool:
    return not (fault.error or fault.status or fault.drop or fault.retry_after is not None)


class _Other(WorkspaceState):
    """A workspace that another one serves."""

    def __init__(self, server: SlackWorkspace, team: str) -> None:
        super().__init__()
        self.tokens = {}
        self.team = team
        self._server = server
        for person in self.people.values():
            person.team = team

    @property
    def url(self) -> str:
        return self._server.url


class SlackWorkspace(WorkspaceState, ThreadingHTTPServer):
    """The state, served."""

    daemon_threads = True
    # More than a test's threads may connect at once.
    request_queue_size = 128

    def __init__(self) -> None:
        self.over = threading.Event()
        WorkspaceState.__init__(self)
        self.authorizations = Authorizations()
        self.others: list[WorkspaceState] = []
        ThreadingHTTPServer.__init__(self, ("127.0.0.1", 0), _Request)
        self.started = time.time()

    def add_workspace(self, team: str) -> WorkspaceState:
        """Another workspace behind the same API; whose a call is, its token says."""
        self.others.append(_Other(self, team))
        return self.others[-1]

    def of_token(self, token: str) -> WorkspaceState:
        """The workspace of a token; this one where nobody knows it."""
        return next((each for each in self.others if token in each.tokens), self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def api_url(self) -> str:
        """For `WELLREAD_SLACK_API_URL`."""
        return f"{self.url}/api/"

    def show_ephemeral(self, user: str, channel: str, path: str, said: dict[str, Any]) -> None:
        """What a response URL was told; it takes the place of what it was told before."""
        shown = Ephemeral(
            user,
            channel,
            said.get("text", ""),
            said.get("blocks") or [],
            self.url + path,
            in_channel=said.get("response_type") == "in_channel",
        )
        if said.get("replace_original") or said.get("delete_original"):
            self.ephemerals = [e for e in self.ephemerals if e.response_url != shown.response_url]
        if not said.get("delete_original"):
            self.ephemerals.append(shown)


@contextlib.contextmanager
def running_workspace() -> Iterator[SlackWorkspace]:
    workspace = SlackWorkspace()
    thread = threading.Thread(target=workspace.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield workspace
    finally:
        workspace.over.set()
        workspace.shutdown()
        thread.join()
        workspace.server_close()
