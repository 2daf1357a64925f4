"""The environment of a child process that is told no more than it must know."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

_INTERPRETER_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "PYTHONHOME")


def child_environment(ours: Mapping[str, str], *also: str) -> dict[str, str]:
    """What the interpreter itself needs, and what it is told: no settings, no credentials.

    Args:
        ours: Variables to set.
        also: Names of further variables that the child takes over where they are set.
    """
    kept = {
        name: value
        for name in (*_INTERPRETER_VARIABLES, *also)
        if (value := os.environ.get(name)) is not None  # noqa: TID251 - copied, not interpreted
    }
    paths = os.pathsep.join(path for path in sys.path if path)
    return {**kept, "PYTHONPATH": paths, "PYTHONUTF8": "1", **ours}
