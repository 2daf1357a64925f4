"""Child processes that we own: started with a chosen environment, waited for, always stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_LAST_LINES = 30


class StartError(Exception):
    """A process did not start; the message holds the end of what it wrote."""


class Child:
    """A running child process in a process group of its own, writing to a log file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        folder: Path,
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            # The whole command is ours. A group of its own: an interrupt at the terminal reaches
            # us alone, and we stop the children in order.
            self._process = subprocess.Popen(
                list(command),
                env=dict(environment),
                cwd=folder,
                # Kept open while we live; the child may take its end for ours.
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until it is ready.

        Raises:
            StartError: It ended, or was not ready in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.running:
                raise StartError(
                    f"{self.name} ended with code {self._process.returncode}:\n{self.last_lines()}"
                )
            if ready():
                return
            time.sleep(0.05)
        raise StartError(f"{self.name} was not ready in {seconds:.0f} s:\n{self.last_lines()}")

    def last_lines(self) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LAST_LINES:])

    def stop(self, seconds: float = 20.0) -> None:
        """Ask it to end, insist after `seconds`, and end what is left of its group."""
        if self.running:
            self._process.terminate()
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        # Its own children (the functions' workers) are in the group that it leads.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
