"""Waiting for what another process does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def wait_until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return as soon as a condition holds; it is an error where it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)
