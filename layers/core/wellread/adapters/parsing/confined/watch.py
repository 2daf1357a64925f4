"""A watch on a process that reads a file: its time and its memory."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time

import psutil

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.domain.knowledge.errors import FailureCode

_WATCH_SECONDS = 0.02
_STARTING_SECONDS = 60.0


class Watch(threading.Thread):
    """Kills a child that takes too long or too much memory.

    Attributes:
        verdict: Why the child was killed on account of its file, None where it was not.
        peak_rss_bytes: The most memory seen.
    """

    def __init__(
        self, process: subprocess.Popen[bytes], limits: ParseLimits, done: threading.Event
    ) -> None:
        super().__init__(name="parse-watch", daemon=True)
        self._process = process
        self._limits = limits
        self._done = done
        self._reader: int | None = None
        self._deadline = time.monotonic() + _STARTING_SECONDS
        self.verdict: FailureCode | None = None
        self.peak_rss_bytes = 0

    def reads(self, reader: int) -> None:
        """From now on, the process with this id reads the file and its time counts."""
        self._deadline = time.monotonic() + self._limits.wall_seconds
        self._reader = reader

    def run(self) -> None:
        """Look again and again until the file is done with or its process had to be killed."""
        process: psutil.Process | None = None
        while not self._done.wait(_WATCH_SECONDS):
            # A process that just died (or hides) has no memory to look at; its time still counts.
            with contextlib.suppress(psutil.Error):
                if process is None and self._reader is not None:
                    process = psutil.Process(self._reader)
                if process is not None:
                    self.peak_rss_bytes = max(self.peak_rss_bytes, process.memory_info().rss)
            late = time.monotonic() > self._deadline
            if self.peak_rss_bytes > self._limits.memory_bytes:
                self.verdict = FailureCode.TOO_COMPLEX
            elif late and self._reader is not None:
                self.verdict = FailureCode.TOO_SLOW
            if late or self.verdict is not None:
                self._kill(process)
                return

    def _kill(self, reader: psutil.Process | None) -> None:
        with contextlib.suppress(OSError, psutil.Error):
            if reader is not None:
                reader.kill()
        with contextlib.suppress(OSError):
            self._process.kill()
