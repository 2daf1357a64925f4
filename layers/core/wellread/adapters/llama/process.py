"""The parent's side of the process that holds a model: started, watched, replaced, ended."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from wellread.adapters.llama.wire import Order, Report, read_report, write_line
from wellread.wire.child_environment import child_environment

CHILD = ("-P", "-s", "-B", "-m", "wellread.adapters.llama.child")
"""What the interpreter that holds a model is started with."""

_STARTING_SECONDS = 300.0
_ALIVE_SECONDS = 2.0
_MOST_THREADS = 8
# Threads that spin while they wait slow each other down tenfold on a busy machine.
_VARIABLES = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}


@dataclass(frozen=True, slots=True)
class Budget:
    """What a model's process may use.

    Attributes:
        context_tokens: Prompt and answer together.
        answer_tokens: After so many an answer is cut off.
        starting_seconds: A model that is not loaded by then is given up.
    """

    context_tokens: int = 4096
    answer_tokens: int = 160
    starting_seconds: float = _STARTING_SECONDS


def _as_it_is(path: Path) -> Path:
    return path


class ModelProcess:
    """One process that holds a model and serves it on a port of its own.

    It is started by a thread that lives as long as it does: Linux ties a process to the thread that
    made it, and whoever asks a question is a thread that comes and goes.

    Attributes:
        key: What its server wants as a bearer token.
        ready: Set once it serves, or has failed to.
    """

    def __init__(
        self,
        path: Path,
        budget: Budget | None = None,
        *,
        prepared: Callable[[Path], Path] = _as_it_is,
        child: Sequence[str] = CHILD,
    ) -> None:
        """Begin to load.

        Args:
            path: The GGUF file.
            budget: What it may use.
            prepared: From it to the file that is loaded, which may take a while.
            child: What to start the interpreter with.
        """
        self._path, self._prepared = path, prepared
        self._budget = budget or Budget()
        self._command = [sys.executable, *child]
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._report = Report()
        self._ended = False
        self.key = secrets.token_urlsafe(32)
        self.ready = threading.Event()
        threading.Thread(target=self._keep, name="wellread-llama", daemon=True).start()

    @property
    def address(self) -> str:
        """Where it serves; empty where it does not, or not yet."""
        return self._report.address

    @property
    def problem(self) -> str:
        """Why it does not serve: "missing", "refused", "ended"; empty where it does."""
        return self._report.problem

    @property
    def pid(self) -> int | None:
        """The process's id; None before there is one."""
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        """Whether it loads or serves."""
        return not self._ended

    def answers(self) -> bool:
        """Whether its server reacts; the threads that it has for that do not wait for the model."""
        if self._ended or not self.address:
            return False
        # Not httpx: its client reads certificates first, which takes longer than the answer.
        connection = HTTPConnection(urlsplit(self.address).netloc, timeout=_ALIVE_SECONDS)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == HTTPStatus.OK
        except (HTTPException, OSError):
            return False
        finally:
            connection.close()

    def end_if_stuck(self) -> bool:
        """Kill it where its server does not react; whether it has ended, by this or before."""
        if self.answers():
            return False
        self.end()
        return True

    def end(self) -> None:
        """Kill it; nothing of it is left when this returns."""
        with self._lock:
            self._ended = True
            process = self._process
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()
            process.wait()

    def _keep(self) -> None:
        try:
            self._path = self._prepared(self._path)
            with self._lock:
                if self._ended:
                    return
                process = self._process = self._started()
            with process:
                self._report = self._loaded(process)
                if self.problem:
                    self._ended = True
                    process.kill()
                self.ready.set()
                process.wait()
        except ValueError:
            self._report = Report(problem="refused")
        except OSError:
            self._report = Report(problem="ended")
        finally:
            self._ended = True
            if not self._report.address and not self._report.problem:
                self._report = Report(problem="ended")
            self.ready.set()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own module, no shell
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
            env=child_environment(_VARIABLES, "TMPDIR"),
        )

    def _loaded(self, process: subprocess.Popen[bytes]) -> Report:
        assert process.stdin is not None  # noqa: S101 - both are pipes, see above
        assert process.stdout is not None  # noqa: S101
        deadline = threading.Timer(self._budget.starting_seconds, process.kill)
        deadline.daemon = True
        deadline.start()
        try:
            order = Order(
                path=str(self._path.resolve()),
                key=self.key,
                parent=os.getpid(),
                context_tokens=self._budget.context_tokens,
                answer_tokens=self._budget.answer_tokens,
                threads=_threads(),
            )
            write_line(process.stdin, order)
            return read_report(process.stdout)
        except (OSError, ValueError, TypeError):
            return Report(problem="ended")
        finally:
            deadline.cancel()


def _threads() -> int:
    if sys.platform == "linux":
        return min(len(os.sched_getaffinity(0)), _MOST_THREADS)
    return min(os.cpu_count() or 1, _MOST_THREADS)
