"""A chat completions server on this machine that behaves, and misbehaves, as real ones do."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Exchange(BaseHTTPRequestHandler):
    """One request, and the means to answer it."""

    protocol_version = "HTTP/1.1"
    server: ChatServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), json.loads(body)))
        self.close_connection = True
        with contextlib.suppress(ConnectionError):  # the client may give up: that is a case
            self.server.behaviour(self)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""

    def begin(self, media_type: str = "text/event-stream", status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Connection", "close")
        self.end_headers()

    def write(self, text: str | bytes) -> None:
        self.wfile.write(text.encode() if isinstance(text, str) else text)
        self.wfile.flush()

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the test."""
        if self.server.over.wait(seconds):
            raise ConnectionAbortedError


class ChatServer(ThreadingHTTPServer):
    """Answers every request as `behaviour` does."""

    daemon_threads = True

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], dict[str, object]]] = []
        self.behaviour: Callable[[Exchange], None] = stream("Thirty days [1].")
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), Exchange)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def running_chat_server() -> Iterator[ChatServer]:
    server = ChatServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def delta(content: str | None = None, finish: str | None = None, **fields: object) -> str:
    """One chunk of a streamed completion, as JSON."""
    inner = {**({"content": content} if content is not None else {}), **fields}
    choice = {"index": 0, "delta": inner, "finish_reason": finish}
    chunk = {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}
    return json.dumps(chunk, ensure_ascii=False)


def stream(*pieces: str, done: bool = True) -> Callable[[Exchange], None]:
    """A behaviour: these pieces as server-sent events, the way vLLM and Ollama send them."""

    def behave(exchange: Exchange) -> None:
        exchange.begin()
        exchange.write(f"data: {delta('', role='assistant')}\n\n")
        for piece in pieces:
            exchange.write(f"data: {delta(piece)}\n\n")
        if done:
            exchange.write(f"data: {delta(finish='stop')}\n\n")
            usage = {"choices": [], "usage": {"total_tokens": 9}}
            exchange.write(f"data: {json.dumps(usage)}\n\ndata: [DONE]\n\n")

    return behave
