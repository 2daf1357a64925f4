"""A hub of models on this machine: it redirects to the file, says its hash, and may break off."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelHub

    def do_GET(self) -> None:
        hub = self.server
        hub.asked.append((self.path, self.headers.get("Range")))
        if hub.status:
            self._end(hub.status)
        elif self.path.startswith("/storage/"):
            self._send()
        elif self.path in hub.files:
            content = hub.files[self.path]
            headers = {"Location": f"/storage{self.path}"}
            if hub.says_hashes:
                sha256 = hub.says or hashlib.sha256(content).hexdigest()
                headers |= {"X-Linked-Etag": f'"{sha256}"', "X-Linked-Size": str(len(content))}
            self._end(302, **headers)
        else:
            self._end(404)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""

    def _end(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self) -> None:
        hub = self.server
        content = hub.files[self.path.removeprefix("/storage")]
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and hub.ranges else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        body = content[start:]
        with contextlib.suppress(ConnectionError):  # it need not be read to its end
            self.wfile.write(body[: hub.breaks_after] if hub.breaks_after is not None else body)


class ModelHub(ThreadingHTTPServer):
    """Serves `files`, by their paths.

    Attributes:
        asked: Each request's path and range.
        breaks_after: How many bytes it sends before it breaks off.
        ranges: Whether it goes on where it is asked to.
        says: A hash that it says instead of the true one.
        says_hashes: Whether it says any.
        status: What it answers instead.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.breaks_after: int | None = None
        self.ranges = True
        self.says: str | None = None
        self.says_hashes = True
        self.status = 0
        super().__init__(("127.0.0.1", 0), _Exchange)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def running_hub() -> Iterator[ModelHub]:
    hub = ModelHub()
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        thread.join()
        hub.server_close()
