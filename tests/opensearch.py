"""A real OpenSearch server for tests: the one that is running, or one that is started for them.

A conftest takes the fixture over by `real_opensearch = opensearch.real_opensearch`.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("WELLREAD_SHARED", _ROOT.parent / "shared"))
_START_SECONDS = 180
_PORTS = range(9210, 9290)
"""The runner that starts the server takes none above 9299."""
_PORT_TAKEN = re.compile(r"^HTTP Port: +(\d+)$", re.MULTILINE)
_ABSENT = (
    "needs a real OpenSearch: start one without its security plugin, e.g. docker run -p 9200:9200"
    " -e discovery.type=single-node -e DISABLE_SECURITY_PLUGIN=true"
    " opensearchproject/opensearch:2.19.1, and set OPENSEARCH_URL=http://127.0.0.1:9200"
)


class RealServer:
    """Started when the first test asks."""

    def __init__(self) -> None:
        self._url: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._fault: str | None = None

    def url(self) -> str:
        """Where it answers. Skips the test where there is no server; fails where one is broken."""
        if self._fault is not None:
            pytest.fail(self._fault, pytrace=False)
        if self._url is None:
            try:
                self._url = self._found()
            except RuntimeError as error:
                self.stop()
                self._fault = str(error)
                pytest.fail(self._fault, pytrace=False)
        return self._url

    def _found(self) -> str:
        configured = os.environ.get("OPENSEARCH_URL")
        if configured:
            if not answers(configured):
                raise RuntimeError(f"OPENSEARCH_URL={configured}: no OpenSearch answers there")
            return configured.rstrip("/")
        script = SHARED / "opensearch" / "opensearch"
        if not script.exists():
            pytest.skip(_ABSENT)
        return self._started(script)

    def _started(self, script: Path) -> str:
        self._folder = Path(tempfile.mkdtemp(prefix="wellread-opensearch-"))
        port = _free_port()
        command = [script, "run", "--data", self._folder, "--port", str(port), "--heap", "512m"]
        log = self._folder / "log"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            # It takes the next port where somebody else was faster.
            taken = _PORT_TAKEN.search(log.read_text(errors="replace"))
            if taken and answers(url := f"http://127.0.0.1:{taken[1]}"):
                return url
            time.sleep(0.2)
        last = log.read_text(errors="replace")[-2000:]
        raise RuntimeError(f"OpenSearch is there ({script}) but does not start:\n{last}")

    def stop(self) -> None:
        """Stop the server that was started here; leave one alone that was running."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        self._url = None


_SERVER = RealServer()


@pytest.fixture(scope="session")
def real_opensearch() -> Iterator[Callable[[], str]]:
    """Call it for the URL of a real OpenSearch, unsigned, engine lucene.

    The call skips the test where there is none, and fails it where there is one that does not work.
    Several conftests may have the fixture: the server is one for the session.
    """
    yield _SERVER.url
    _SERVER.stop()


def answers(url: str) -> bool:
    """Whether an OpenSearch is ready at a URL."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    address = f"{url.rstrip('/')}/_cluster/health?timeout=1s"
    with contextlib.suppress(OSError, ValueError), opener.open(address, timeout=5) as response:
        return json.load(response)["status"] in ("yellow", "green")
    return False


def _free_port() -> int:
    """A port that is free with the one a hundred above it, where the nodes' own traffic goes."""
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with contextlib.suppress(OSError), socket.socket() as own, socket.socket() as nodes:
            own.bind(("127.0.0.1", port))
            nodes.bind(("127.0.0.1", port + 100))
            return port
    raise RuntimeError(f"OpenSearch is there, but no port from {_PORTS} is free for it")
