"""A strict stand-in for Teams: Bot Connector, login, keys and Graph over HTTP on this machine.

    with running_tenant() as tenant:
        tenant.add_personal("ann")
        ...  # an adapter with `tenant.login_url`, `tenant.graph_url`, which writes to
        ...  # `tenant.service_url`, and a front that takes `tenant.openid_url`'s keys
        assert len(tenant.visible("a:ann")) == 1

It refuses what Teams refuses (unknown fields among it, which Teams overlooks), and fails on demand:
`tenant.fail("send", drop=True, taken=True)`. Incoming activities and their tokens: `activities`.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.teams.routes import Asked, route
from tests.teams.shapes import Call, RefusedError
from tests.teams.state import TenantState

_Answer = tuple[int, Any]


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: TeamsTenant

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def do_PUT(self) -> None:
        self._take()

    def do_DELETE(self) -> None:
        self._take()

    def _take(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        form = self.headers.get_content_type() == "application/x-www-form-urlencoded"
        with contextlib.suppress(ConnectionError):
            try:
                body = parse_qs(raw.decode()) if form else json.loads(raw) if raw else None
            except ValueError:
                self._answer(400, {"error": {"code": "BadSyntax", "message": "no JSON"}})
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(self.command, self.path, headers, body, time.monotonic())
            self.server.calls.append(call)
            asked = Asked(self.command, parts.path, parse_qs(parts.query), body, headers)
            name, answer = route(self.server, asked)
            self._with_faults(name, answer)

    def _with_faults(self, name: str, answer: Callable[[], _Answer]) -> None:
        tenant = self.server
        fault = tenant.next_fault(name)
        if fault is None:
            self._finish(answer)
            return
        if tenant.over.wait(fault.slow):
            return
        if fault.taken:
            with tenant.lock, contextlib.suppress(RefusedError):
                answer()
        if fault.drop:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault.status:
            wait = {} if fault.retry_after is None else {"retry_after": fault.retry_after}
            said = b"<html>Something went wrong.</html>"
            self._answer(fault.status, said, "text/html", **wait)
        elif fault.retry_after is not None:
            if name == "stream":
                tenant.refused_at = tenant.clock()
            said = {"error": {"code": "TooManyRequests", "message": "API calls quota exceeded"}}
            self._answer(429, said, retry_after=fault.retry_after)
        elif fault.error:
            self._answer(403, {"error": {"code": "Forbidden", "message": fault.error}})
        else:
            self._finish(answer)

    def _finish(self, answer: Callable[[], _Answer]) -> None:
        try:
            with self.server.lock:
                status, body = answer()
        except RefusedError as error:
            self.server.refusals.append(str(error))
            self._answer(
                error.status, error.body, **({"retry_after": 1} if error.status == 429 else {})
            )
        else:
            self._answer(status, body)

    def _answer(self, status: int, body: Any, kind: str = "", **headers: object) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = kind or ("application/json" if body is not raw else "application/octet-stream")
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(raw)


class TeamsTenant(TenantState, ThreadingHTTPServer):
    """The state, served."""

    daemon_threads = True
    # More than a test's threads may connect at once.
    request_queue_size = 128

    def __init__(self) -> None:
        self.over = threading.Event()
        TenantState.__init__(self)
        ThreadingHTTPServer.__init__(self, ("127.0.0.1", 0), _Request)

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def service_url(self) -> str:
        """The Bot Connector, as activities name it."""
        return f"{self.url}/connector/"

    @property
    def login_url(self) -> str:
        """For `WELLREAD_TEAMS_LOGIN_URL`."""
        return f"{self.url}/login"

    @property
    def openid_url(self) -> str:
        """For `WELLREAD_TEAMS_OPENID_URL`."""
        return f"{self.url}/openid/.well-known/openidconfiguration"

    @property
    def graph_url(self) -> str:
        """For `WELLREAD_TEAMS_GRAPH_URL`."""
        return f"{self.url}/graph"


@contextlib.contextmanager
def running_tenant() -> Iterator[TeamsTenant]:
    tenant = TeamsTenant()
    thread = threading.Thread(target=tenant.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield tenant
    finally:
        tenant.over.set()
        tenant.shutdown()
        thread.join()
        tenant.server_close()
