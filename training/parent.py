"""A training as the child of another program."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Sequence

OPTION = "--with-parent"
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_NICENESS = 10


def serve_parent(arguments: Sequence[str]) -> None:
    """As a child: give way to everything else, and end with the parent, however that ends.

    Source: https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
    """
    if OPTION not in arguments:
        return
    os.nice(_NICENESS)
    if sys.platform != "linux":
        threading.Thread(target=_end_with_input, daemon=True).start()
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # It may have ended before it was asked.
    if str(os.getppid()) != arguments[list(arguments).index(OPTION) + 1]:
        os._exit(1)


def _end_with_input() -> None:
    """End once nobody holds the other end of standard input any more."""
    sys.stdin.buffer.read()
    os._exit(1)
