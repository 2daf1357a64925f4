"""Trains in a child process, because training needs packages that wellread does not have."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    PermanentError,
    TransientError,
)
from wellread.ports.tune import TrainingJob, TrainingProgress

_ENVIRONMENT = ".venv-training"
_LOG = "training.log"
_STOPPING_SECONDS = 60.0
"""A step and its checkpoint; who is not done by then is killed."""

_STOPPED = (-signal.SIGTERM, -signal.SIGINT, 128 + signal.SIGTERM, 128 + signal.SIGINT)
_INHERITED = (
    "CUDA_VISIBLE_DEVICES", "DYLD_LIBRARY_PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH",
    "PATH", "TMPDIR",
)  # fmt: skip
"""No more of the environment: what trains has no use for anybody's credentials."""


class ChildTraining:
    """`TrainingJobs` that runs `training/train.py` of the clone in `.venv-training`.

    The child ends with this process, however this one ends; where it is asked to, it leaves a
    checkpoint, from which the same job goes on. What it logs is in `training.log` in the output.
    """

    def __init__(self, clone: Path | None = None, python: Path | None = None) -> None:
        """Remember what to run; nothing is started yet.

        Args:
            clone: The repository with `training/`; by default the one that wellread runs from.
            python: The interpreter; by default that of `.venv-training` in the clone.
        """
        self._clone = clone or Path(__file__).resolve().parents[5]
        self._python = python or self._clone / _ENVIRONMENT / "bin" / "python"

    def train(self, job: TrainingJob, progress: Callable[[TrainingProgress], None]) -> None:
        command = self._command(job)
        job.output.mkdir(parents=True, exist_ok=True)
        log_path = job.output / _LOG
        end = _End()
        with log_path.open("ab") as log, _running(command, self._clone, log) as child:
            assert child.stdout is not None  # noqa: S101 - it is a pipe, as asked for below
            for line in child.stdout:
                told = _told(line)
                end.failure = str(told.get("failure") or end.failure)
                if "step" in told:
                    progress(_progress(told))
            end.code = child.wait()
        end.judge(log_path)

    def _command(self, job: TrainingJob) -> list[str]:
        script = self._clone / "training" / "train.py"
        if not script.is_file():
            raise InvalidConfigurationError(
                "The training folder is not beside this wellread. Run it from a clone of the "
                "repository, installed there with `pip install -e '.[local]'`."
            )
        if not self._python.exists():
            raise InvalidConfigurationError(
                "Training is not set up. Run `make training` in the clone: it installs what "
                f"training needs in {_ENVIRONMENT}, about 1.5 GB."
            )
        command = [str(self._python), "-u", str(script), "--with-parent", str(os.getpid())]
        for name, value in (
            ("run", job.run),
            ("dataset", job.dataset),
            ("recipe", job.recipe),
            ("base", job.base),
            ("output", job.output),
            ("seed", job.seed),
        ):
            given = value.resolve() if isinstance(value, Path) else value
            command.append(f"--{name}={given}")
        return command + [f"--set={name}={value}" for name, value in job.overrides.items()]


@dataclass
class _End:
    """How a child ended."""

    code: int = 0
    failure: str = ""

    def judge(self, log: Path) -> None:
        """Raise what the port promises, where the child did not succeed."""
        if self.code == 0:
            return
        if self.failure:
            raise PermanentError(self.failure)
        if self.code in _STOPPED:
            raise TransientError(
                "The training was stopped. Run the same again: it goes on from its last checkpoint."
            )
        if self.code == -signal.SIGKILL:
            raise PermanentError(
                "The training was killed, most likely because memory ran out. Set a smaller "
                "rows_at_once or max_tokens in the recipe, or close other programs, and run again."
            )
        raise PermanentError(
            f"The training ended with code {self.code} and said nothing. Its log is {log}; "
            "`make training` sets its environment up again."
        )


@contextlib.contextmanager
def _running(command: list[str], clone: Path, log: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A child that is gone afterwards: asked to leave a checkpoint first, then killed."""
    inherited = {
        name: value
        for name in _INHERITED
        if (value := os.environ.get(name)) is not None  # noqa: TID251 - copied, not interpreted
    }
    child = subprocess.Popen(  # noqa: S603 - our own script
        command,
        cwd=clone,
        env=inherited,
        # Held open as long as this process lives: its end tells the child, where Linux does not.
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        # Ctrl-C goes to this process alone, which then asks the child.
        start_new_session=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(_STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        child.wait()


def _told(line: bytes) -> dict[str, Any]:
    """What a line says; nothing where it is not one of train.py's."""
    try:
        values = json.loads(line)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _progress(told: dict[str, Any]) -> TrainingProgress:
    return TrainingProgress(
        step=int(told["step"]),
        steps=int(told["steps"]),
        loss=told.get("loss"),
        held_out_loss=told.get("held_out_loss"),
    )
