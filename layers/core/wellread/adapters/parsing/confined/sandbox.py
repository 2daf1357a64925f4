"""Parsing in child processes that are limited, watched, and replaced when they misbehave."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from wellread.adapters import parsing
from wellread.adapters.parsing.confined.confinement import Confinement, Guard, guards, refusal
from wellread.adapters.parsing.confined.limits import MIB, ParseLimits
from wellread.adapters.parsing.confined.watch import Watch
from wellread.adapters.parsing.confined.wire import (
    OUT_OF_MEMORY,
    Job,
    Result,
    read_result,
    write_job,
)
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.wire.child_environment import child_environment

logger = logging.getLogger(__name__)

_DYING_SECONDS = 1.0
_ENDING_SECONDS = 3.0
_JOBS_PER_CHILD = 500
_A_PROCESS_A_FILE = sys.platform == "linux"
CHILD = ("-P", "-s", "-B", "-m", "wellread.adapters.parsing.confined.child")
"""What the interpreter that reads files is started with."""
_TIME_DEATHS = {"SIGXCPU"}
_MEMORY_DEATHS = {"SIGABRT", "SIGKILL", str(OUT_OF_MEMORY)}
_CRASH_DEATHS = {"SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS"}
_VARIABLES = {
    # Arenas of the allocator map address space that is never used, but counts.
    "MALLOC_ARENA_MAX": "1",
    # What one page needed stays for the next, instead of going back and forth.
    "MALLOC_MMAP_THRESHOLD_": str(4 * MIB),
    "MALLOC_TRIM_THRESHOLD_": str(32 * MIB),
    "MALLOC_TOP_PAD_": str(MIB),
}


@dataclass(frozen=True, slots=True)
class ParseMeasurement:
    """A file's outcome with what it cost.

    Attributes:
        outcome: The text, or why there is none.
        seconds: On the clock.
        peak_rss_bytes: The most memory the parsing process held (0: none was needed).
    """

    outcome: ParsedText | DocumentError
    seconds: float
    peak_rss_bytes: int


class SandboxedParser:
    """Port `DocumentParser`: every file is read by a confined process under `ParseLimits`.

    Safe to use from several threads; `limits.processes` files are read at a time.
    """

    def __init__(
        self,
        limits: ParseLimits | None = None,
        *,
        require_confinement: bool = False,
        child: Sequence[str] = CHILD,
    ) -> None:
        """Prepare; the first file starts the first child.

        Args:
            limits: What a file may cost.
            require_confinement: Fail files rather than read them unconfined.
            child: What to start the interpreter with; it takes more arguments from here.
        """
        self._limits = limits or ParseLimits()
        self._arguments = [*child, *(["--require"] if require_confinement else [])]
        self._slots = threading.BoundedSemaphore(self._limits.processes)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._closed = False

    @property
    def version(self) -> str:
        """Changes with everything that decides which text comes out."""
        return parsing.PARSER_VERSION

    def parse(self, name: str, data: bytes) -> ParsedText:
        outcome = self.measure(name, data).outcome
        if isinstance(outcome, DocumentError):
            raise outcome
        return outcome

    def measure(self, name: str, data: bytes, *, fresh: bool = False) -> ParseMeasurement:
        """Like `parse`, with time and memory.

        Args:
            name: The file's name, a hint among text formats.
            data: The file's content.
            fresh: In a process that has read no other, so that its memory is this file's alone
                (on Linux that is so anyway).
        """
        started = time.monotonic()
        if len(data) > self._limits.max_bytes:
            return ParseMeasurement(DocumentError(FailureCode.TOO_LARGE), 0.0, 0)
        if not data:
            return ParseMeasurement(DocumentError(FailureCode.EMPTY), 0.0, 0)
        with self._slots:
            result = self._read(name, data, fresh=fresh)
            if result is None:
                # The process was ended from outside, which says nothing about the file.
                result = self._read(name, data, fresh=True)
        if result is None:
            result = Result(DocumentError(FailureCode.INTERNAL))
        return ParseMeasurement(result.outcome, time.monotonic() - started, result.peak_rss_bytes)

    def guards(self) -> tuple[Guard, ...]:
        """What a file that attacks its reader is held to on this machine; starts one to know."""
        with self._slots:
            child = self._take(fresh=False)
            confinement = child.confinement()
            self._give_back(child)
        return guards(confinement)

    def close(self) -> None:
        """End the idle children; busy ones end with their file."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.stop()

    def __enter__(self) -> SandboxedParser:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close."""
        self.close()

    def _read(self, name: str, data: bytes, *, fresh: bool) -> Result | None:
        child = self._take(fresh=fresh and not _A_PROCESS_A_FILE)
        try:
            result = child.run(name, data, self._limits)
        except BaseException:
            child.stop()
            raise
        self._give_back(child)
        return result

    def _take(self, *, fresh: bool) -> _Child:
        dead: list[_Child] = []
        found: _Child | None = None
        with self._lock:
            while self._idle and found is None and not fresh:
                child = self._idle.pop()
                if child.ready():
                    found = child
                else:
                    dead.append(child)
        for child in dead:
            child.stop()
        return found or _Child(self._arguments)

    def _give_back(self, child: _Child) -> None:
        with self._lock:
            keep = (
                not self._closed
                and child.reusable(self._limits)
                and len(self._idle) < self._limits.processes
            )
            if keep:
                self._idle.append(child)
        if not keep:
            child.stop()


class _Child:
    """A process that reads files: on Linux it has a reader of its own for each of them."""

    def __init__(self, arguments: Sequence[str]) -> None:
        command = [sys.executable, *arguments]
        inherited: tuple[int, ...] = ()
        self._control: IO[bytes] | None = None
        if _A_PROCESS_A_FILE:
            # Unbuffered, so that `select` sees all that was not read.
            control, writing = os.pipe()
            self._control = os.fdopen(control, "rb", buffering=0)
            inherited = (writing,)
            command.append(str(writing))
        self._confinement: Confinement | None = None
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=tempfile.gettempdir(),
                env=child_environment(_VARIABLES),
                pass_fds=inherited,
            )
        finally:
            for descriptor in inherited:
                os.close(descriptor)
        self._jobs = 0
        self._peak = 0
        self._broken = False
        self._death = ""

    def ready(self) -> bool:
        """Whether the next file may be sent: the process runs, and the last reader has ended."""
        if self._process.poll() is not None:
            return False
        if self._control is None or self._jobs == 0:
            return True
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        return bool(poll.poll(_ENDING_SECONDS * 1000))

    def confinement(self) -> Confinement:
        """What holds the readers; nothing where the process could not even start."""
        if self._confinement is None:
            self._confinement = Confinement()
            with contextlib.suppress(OSError, ValueError, TypeError):
                if self._control is not None:
                    self._confinement = Confinement(**json.loads(self._control.readline()))
                    _tell(self._confinement)
        return self._confinement

    def run(self, name: str, data: bytes, limits: ParseLimits) -> Result | None:
        """Read one file; None where the process ended for no reason of the file's."""
        self._jobs += 1
        done = threading.Event()
        watch = Watch(self._process, limits, done)
        watch.start()
        try:
            result = self._exchange(Job(name, data, limits, secrets.token_hex(16)), watch)
        finally:
            done.set()
            watch.join()
        if result is not None and watch.verdict is None:
            self._peak = result.peak_rss_bytes
            return Result(result.outcome, max(result.peak_rss_bytes, watch.peak_rss_bytes))
        self._broken = True
        self.stop()
        error = self._post_mortem(watch, limits)
        return None if error is None else Result(error, watch.peak_rss_bytes)

    def _exchange(self, job: Job, watch: Watch) -> Result | None:
        assert self._process.stdin is not None  # noqa: S101 - both are pipes, see __init__
        assert self._process.stdout is not None  # noqa: S101
        # A child that dies amid the exchange breaks the pipe, or leaves half a result; one that a
        # file took over says anything.
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            reader = self._process.pid
            if self._control is not None:
                self.confinement()
                reader = int(self._control.readline())
            watch.reads(reader)
            write_job(self._process.stdin, job)
            return read_result(self._process.stdout, job)
        return None

    def _post_mortem(self, watch: Watch, limits: ParseLimits) -> DocumentError | None:
        if watch.verdict is not None:
            return DocumentError(watch.verdict)
        if self._death in _TIME_DEATHS:
            return DocumentError(FailureCode.TOO_SLOW)
        # Native parsers abort when memory or stack run out. A wild pointer is the file's damage,
        # unless the process had grown so much that an allocation must have failed.
        crashed = self._death in _CRASH_DEATHS
        grown = watch.peak_rss_bytes > limits.memory_bytes // 2
        if self._death in _MEMORY_DEATHS or (crashed and grown):
            return DocumentError(FailureCode.TOO_COMPLEX)
        if crashed:
            return DocumentError(FailureCode.DAMAGED)
        return None

    def reusable(self, limits: ParseLimits) -> bool:
        """Whether the next file may be read by this process."""
        bloated = self._peak > limits.memory_bytes // 2
        return not self._broken and not bloated and self._jobs < _JOBS_PER_CHILD

    def stop(self) -> None:
        """End the process now, if it has not ended by itself."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            # Closed pipes of a process that is just dying may come before its death.
            self._process.wait(timeout=_DYING_SECONDS if self._broken else 0)
        status = self._process.poll()
        self._death = next((s.name for s in signal.Signals if s == -(status or 0)), str(status))
        with contextlib.suppress(OSError):
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout, self._control):
            # Closing flushes what the dead child never took.
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        self._process.wait()


def _tell(confinement: Confinement) -> None:
    """Log what this machine gives, which for a function on AWS can be known in no other way."""
    held = [each.promise for each in guards(confinement) if each.holds]
    lacking = [each.promise for each in guards(confinement) if not each.holds]
    level = logging.WARNING if refusal(confinement) else logging.INFO
    words = (", ".join(held) or "nothing", ", ".join(lacking) or "nothing")
    logger.log(level, "The process that reads files is held to: %s. Not to: %s.", *words)
