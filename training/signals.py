"""What a training hears, and what it tells whoever started it."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from typing import Any

from training.failures import StoppedError


class StopRequest:
    """Whether a signal asked to stop: SIGTERM, as on a spot instance's end, or Ctrl-C.

    Outside of the steps it stops at once; between two steps, after a checkpoint.
    """

    def __init__(self) -> None:
        """Listen from now on."""
        self.signal_number = 0
        self._patient = False
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._heard)

    @contextlib.contextmanager
    def after_the_step(self) -> Iterator[None]:
        """Let what is done inside come to its own end."""
        self._patient = True
        try:
            yield
        finally:
            self._patient = False

    def _heard(self, signal_number: int, _frame: Any) -> None:
        again = bool(self.signal_number)
        self.signal_number = signal_number
        if again or not self._patient:
            raise StoppedError(signal_number)


def say(**values: Any) -> None:
    """Tell whoever started the training, as one line of JSON."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
