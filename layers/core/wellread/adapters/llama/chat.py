"""Answers from a GGUF file, by a process of our own that is started when it is first needed."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from wellread.adapters.llama.process import Budget, ModelProcess
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    ModelLateError,
    ModelUnavailableError,
)
from wellread.ports.models import Chat

_TURN_SECONDS = 10.0
_TICK_SECONDS = 0.1
_MAGIC = b"GGUF"
_INSTALL = "python3 scripts/setup.py --extra llm"

Connect = Callable[[str, str], Chat]
"""From a server's address and key to a chat with it."""


class LlamaChat:
    """A `Chat` of a GGUF file on this machine.

    The process is started by the first question, replaced where it ended, and killed where it no
    longer reacts. One question is answered at a time; who waits too long for it is told so.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        connect: Connect,
        *,
        budget: Budget | None = None,
        turn_seconds: float = _TURN_SECONDS,
        start: Callable[[Path, Budget | None], ModelProcess] = ModelProcess,
    ) -> None:
        """Look at the file; nothing is started yet.

        Args:
            path: The GGUF file.
            name: The model's name, for the asker.
            connect: Asks an OpenAI-compatible server.
            budget: What the process may use.
            turn_seconds: How long a question waits for the one before it.
            start: Makes the process.

        Raises:
            InvalidConfigurationError: There is no such file, or it is no GGUF file.
        """
        check_gguf(path)
        self._path, self._name, self._connect = path, name, connect
        self._budget, self._turn_seconds, self._start = budget, turn_seconds, start
        self._turn = threading.Lock()
        self._lock = threading.Lock()
        self._process: ModelProcess | None = None
        self._closed = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def pid(self) -> int | None:
        """Id of the process that holds the model; None where there is none."""
        process = self._process
        return process.pid if process is not None and process.running else None

    def begin(self) -> None:
        """Start to load, so that the first question need not wait for it."""
        self._current()

    def wait(self, seconds: float) -> bool:
        """Load the model, and wait so long for it; whether it can be asked now."""
        process = self._current()
        return process.ready.wait(seconds) and not process.problem

    def speak(self, messages: Sequence[Mapping[str, str]]) -> Iterator[str]:
        """Pieces of the reply to chat messages as they come; it can be stopped amid a wait.

        Raises:
            ModelUnavailableError: There is no whole reply, for whatever reason.
        """
        reply = _Reply()
        reply.pieces = self._pieces(messages, reply)
        return reply

    def close(self) -> None:
        """End the process; whoever waits for it is told that it ended."""
        with self._lock:
            self._closed = True
            process, self._process = self._process, None
        if process is not None:
            process.end()

    def _pieces(self, messages: Sequence[Mapping[str, str]], reply: _Reply) -> Iterator[str]:
        self._wait_for_turn(reply)
        try:
            process = self._serving(reply)
            pieces = self._connect(process.address, process.key).speak(messages)
            reply.follow(pieces, process)
            try:
                yield from pieces
            except ModelLateError:
                process.end()
                raise ModelLateError(
                    f"The model {self._name} on this machine was silent for too long, so its "
                    "process was ended; the next question starts it anew. Choose a smaller model, "
                    "or raise WELLREAD_MODEL_FIRST_TOKEN_SECONDS."
                ) from None
            except ModelUnavailableError:
                # It was given up amid a wait, it refused, or its process has ended or hangs.
                if not process.end_if_stuck():
                    raise
                raise ModelUnavailableError(
                    f"The process of the model {self._name} on this machine ended or hung amid "
                    "its answer. The next question starts it anew; if it goes on, the machine may "
                    "lack memory for this model: choose a smaller one with WELLREAD_MODEL."
                ) from None
        finally:
            reply.finished = True
            self._turn.release()

    def _wait_for_turn(self, reply: _Reply) -> None:
        end = time.monotonic() + self._turn_seconds
        while not self._turn.acquire(timeout=_TICK_SECONDS):
            if reply.stopped.is_set() or time.monotonic() > end:
                raise ModelUnavailableError(
                    f"The model {self._name} on this machine is busy with another question. Try "
                    "again in a minute."
                )

    def _serving(self, reply: _Reply) -> ModelProcess:
        process = self._current()
        if process.ready.is_set() and process.end_if_stuck():
            process = self._current()
        while not process.ready.wait(_TICK_SECONDS):
            if reply.stopped.is_set():
                raise ModelUnavailableError(
                    f"The model {self._name} is being loaded. Try again in a minute."
                )
        if process.problem:
            raise ModelUnavailableError(_words_for(process.problem, self._name))
        return process

    def _current(self) -> ModelProcess:
        with self._lock:
            if self._closed:
                raise ModelUnavailableError(f"The model {self._name} was closed.")
            if self._process is None or not self._process.running:
                self._process = self._start(self._path, self._budget)
            return self._process


class _Reply:
    """A reply's pieces, which `stop` ends from any thread, also amid a wait."""

    def __init__(self) -> None:
        self.pieces: Iterator[str] = iter(())
        self.stopped = threading.Event()
        self.finished = False
        self._inner: object = None
        self._process: ModelProcess | None = None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self.pieces)

    def follow(self, inner: Iterator[str], process: ModelProcess) -> None:
        """These are the pieces from now on, and this is where they come from."""
        self._inner, self._process = inner, process
        if self.stopped.is_set():
            self.stop()

    def stop(self) -> None:
        self.stopped.set()
        stop = getattr(self._inner, "stop", None)
        if stop is not None:
            stop()
        if self._process is not None and not self.finished:
            # Whoever waits is not kept for it. A process that hangs would keep its reader waiting.
            threading.Thread(target=self._process.end_if_stuck, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(ValueError):  # it is being read by another thread
            self.pieces.close()  # type: ignore[attr-defined]


def check_gguf(path: Path) -> None:
    """See that a file is there and looks like a model.

    Raises:
        InvalidConfigurationError: It does not.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError:
        raise InvalidConfigurationError(
            f"There is no model file {str(path)!r} that can be read. Name a GGUF file with "
            "WELLREAD_MODEL, or fetch one: wellread models get --list."
        ) from None
    if magic != _MAGIC:
        raise InvalidConfigurationError(
            f"{str(path)!r} is no GGUF file. Name one with WELLREAD_MODEL, or fetch one: "
            "wellread models get --list."
        )


def _words_for(problem: str, name: str) -> str:
    words = {
        "missing": f"what runs it is not installed. Install it: {_INSTALL}",
        "refused": "its file cannot be used. Fetch it again, or choose another model with "
        "WELLREAD_MODEL",
        "ended": "its process ended while the file was loaded; the machine may lack memory for "
        "it. Choose a smaller model with WELLREAD_MODEL",
    }
    return f"The model {name} cannot be started on this machine: {words[problem]}."
