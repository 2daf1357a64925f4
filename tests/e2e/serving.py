"""The real `wellread` command in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

READY_SECONDS = 60


class Serving:
    """A data folder, and the `wellread serve` that has it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.documents = data.parent / "documents"
        self.documents.mkdir(exist_ok=True)
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None
        self.lines: list[str] = []
        self.reader: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments: str, **environment: str) -> None:
        self.process = self.spawn(*arguments, **environment)
        self.lines = []
        ready = threading.Event()

        def read(process: subprocess.Popen[str]) -> None:
            assert process.stdout is not None
            for line in process.stdout:
                self.lines.append(line.rstrip("\n"))
                if line.strip() == "READY":
                    ready.set()

        self.reader = threading.Thread(target=read, args=(self.process,), daemon=True)
        self.reader.start()
        if not ready.wait(READY_SECONDS):
            self.kill()
            raise AssertionError(f"serve did not get ready: {self.lines}")

    def spawn(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "wellread", "serve", "--data", str(self.data)),
                *("--documents", str(self.documents), "--port", str(self.port), *arguments),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **environment},
        )

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self._ended()

    def terminate(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self._ended()

    def _ended(self) -> int:
        if self.process is None:
            return 0
        code = self.process.wait(20)
        if self.reader is not None:
            self.reader.join(10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run another `wellread` command on the same data folder."""
        command, *rest = arguments
        group = [command, rest.pop(0)] if command == "documents" else [command]
        return subprocess.run(
            [sys.executable, "-m", "wellread", *group, "--data", str(self.data), *rest],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, **environment},
        )

    def status(self) -> dict[str, Any]:
        done = self.run("status", "--json")
        assert done.returncode == 0, done.stderr
        status: dict[str, Any] = json.loads(done.stdout)
        return status

    def documents_over_http(self) -> dict[str, dict[str, Any]]:
        found, after = {}, ""
        while True:
            page = httpx.get(f"{self.url}/v1/documents", params={"after": after}).json()
            found.update({each["document"]: each for each in page["documents"]})
            if page["next"] is None:
                return found
            after = page["next"]

    def wait_until(self, true: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, "it did not come to be so in time"
            time.sleep(0.2)

    def wait_until_indexed(self, *keys: str) -> None:
        def indexed() -> bool:
            found = self.documents_over_http()
            return all(found.get(key, {}).get("status") == "indexed" for key in keys)

        self.wait_until(indexed)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
