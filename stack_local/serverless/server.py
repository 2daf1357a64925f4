"""The stand-in as a server on this machine's loopback."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import traceback
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from stack_local.serverless.exchange import SERVER, Refusal, Request, Response
from stack_local.serverless.faults import Faults
from stack_local.serverless.front import MOST_BYTES, Front, LostConnection, StandInOptions
from stack_local.serverless.signature import KeyPair, SignedRequest

_MOST_SENT = 2 * MOST_BYTES
_JOIN_SECONDS = 5.0
_REASONS = {each.value: each.phrase for each in HTTPStatus}


class ServerlessStandIn:
    """A strict stand-in for an OpenSearch Serverless vector search collection.

    It serves on 127.0.0.1 from the time it is made until it is closed:

        with ServerlessStandIn(StandInOptions(lag_seconds=math.inf)) as standin:
            client = OpenSearch(standin.url, ...)
            standin.settle()
            standin.faults.throttle_items([0, 2])
    """

    def __init__(self, options: StandInOptions | None = None) -> None:
        self.options = options or StandInOptions()
        self.faults = Faults()
        self._over = threading.Event()
        self._front = Front(self.options, self.faults, self._over)
        try:
            self._server = _Server(self.options.port, self._front.answer, self._over)
        except BaseException:
            self._front.engine.close()
            raise
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def served(self) -> Counter[str]:
        """How many requests of each `Operation` were understood so far."""
        return self._front.served

    def admit(self, pairs: Iterable[KeyPair]) -> None:
        """Answer these too from now on, as after a change of the data access policy."""
        self._front.admit(pairs)

    def settle(self) -> None:
        """Make everything visible that was written."""
        self._front.engine.settle()

    def close(self) -> None:
        """Stop serving, at once."""
        if not self._over.is_set():
            self._over.set()
            self._server.shutdown()
            self._server.drop_connections()
            self._server.server_close()
            self._thread.join()
            self._front.engine.close()

    def __enter__(self) -> ServerlessStandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    """One thread a connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        answer: Callable[[Request, SignedRequest], Response],
        over: threading.Event,
    ) -> None:
        self.answer = answer
        self.over = over
        self._connections: dict[threading.Thread, socket.socket] = {}
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Exchange)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        thread = threading.current_thread()
        with self._lock:
            self._connections[thread] = request
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                del self._connections[thread]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def drop_connections(self) -> None:
        """Cut every connection, so that nobody waits for a server that is gone."""
        with self._lock:
            connections = dict(self._connections)
        for each in connections.values():
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in connections:
            thread.join(_JOIN_SECONDS)


class _Exchange(BaseHTTPRequestHandler):
    """The requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Answer any request."""
        try:
            signed = self._signed()
            response = self._response(signed)
        except Refusal as refusal:
            response = refusal.response
            self.close_connection = True
        except LostConnection as lost:
            self.server.over.wait(lost.hold_seconds)
            self.close_connection = True
            return
        self._send(response)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - as http.server names them

    def _signed(self) -> SignedRequest:
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdigit():
            raise Refusal.empty(411, "content-length is needed")
        if int(length) > _MOST_SENT:
            raise Refusal.empty(413, "too large")
        return SignedRequest(self.command, path, query, headers, self.rfile.read(int(length)))

    def _response(self, signed: SignedRequest) -> Response:
        try:
            body = _unzipped(signed.body, signed.headers.get("content-encoding", ""))
        except (zlib.error, ValueError) as error:
            return Response.of(400, {"error": f"the body: {error}", "status": 400})
        request = Request(signed.method, signed.path, signed.query, signed.headers, body)
        try:
            return self.server.answer(request, signed)
        except LostConnection:
            raise
        except Exception:  # whoever asked must not wait; whoever runs this must know
            traceback.print_exc()
            return Response.of(500, {"error": "the stand-in failed", "status": 500})

    def _send(self, response: Response) -> None:
        head = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, '')}".rstrip()]
        headers = {
            "server": SERVER,
            "x-request-id": str(uuid.uuid4()),
            **response.headers,
            "content-length": str(len(response.body)),
        }
        if self.close_connection:
            headers["connection"] = "close"
        head += [f"{name}: {value}" for name, value in headers.items()]
        body = b"" if self.command == "HEAD" else response.body
        with contextlib.suppress(ConnectionError):  # whoever asked may be gone
            self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1", "replace") + body)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


def _unzipped(body: bytes, encoding: str) -> bytes:
    if not encoding:
        return body
    if encoding != "gzip":
        raise ValueError(f"content-encoding {encoding} is not known")
    unzip = zlib.decompressobj(wbits=31)
    found = unzip.decompress(body, 4 * MOST_BYTES)
    if not unzip.eof:
        raise ValueError("damaged, or far too large")
    return found
