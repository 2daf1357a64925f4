"""Failures in words that a person can act on."""

from __future__ import annotations

import errno
from pathlib import Path

_LONGEST = 1024
"""What SageMaker keeps of `/opt/ml/output/failure`.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-output.html
"""


class TrainingError(Exception):
    """Training cannot go on; the message names the cause and the fix."""


class StoppedError(Exception):
    """A signal asked to stop.

    Attributes:
        exit_code: What a shell expects of a program that this signal ended.
    """

    def __init__(self, signal_number: int) -> None:
        """Remember which signal it was."""
        super().__init__(f"Stopped by signal {signal_number}.")
        self.exit_code = 128 + signal_number


def words_of(error: BaseException) -> str:
    """The cause and the fix of anything that ended a training, in one or two sentences."""
    if isinstance(error, TrainingError):
        return str(error)
    text = f"{type(error).__name__}: {error}"
    if _is_out_of_memory(error, text):
        return (
            "There was not enough memory. Set a smaller rows_at_once or max_tokens in the recipe, "
            "or take a machine with more memory."
        )
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "The disk is full. Free some space, or give the job a larger volume, and run again."
    first_line = text.strip().splitlines()[0]
    return f"Training failed for a reason that nobody foresaw: {first_line}"[:_LONGEST]


def write_failure(path: Path | None, words: str) -> None:
    """Leave the words where SageMaker reads why a job failed; the first to write is kept."""
    if path is None or path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words[:_LONGEST], encoding="utf-8")


def _is_out_of_memory(error: BaseException, text: str) -> bool:
    # Torch has a class of its own for a GPU; on a processor it is a RuntimeError with these words.
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "can't allocate memory" in text
        or "not enough memory" in text
    )
