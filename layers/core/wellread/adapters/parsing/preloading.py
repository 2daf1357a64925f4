"""Loading all that any file may need, for a process that cannot open files afterwards."""

from __future__ import annotations

import contextlib
import email
import encodings
import importlib
import pkgutil
import sys
import time
from importlib.machinery import BuiltinImporter, FrozenImporter
from types import ModuleType

from wellread.adapters import parsing

_NO_FRONTS = {"child", "preloading", "sandbox", "watch"}
# What the standard library and others import only when they come to it.
_LATE = (
    "_strptime",
    "charset_normalizer",
    "ctypes.util",
    "heapq",
    "linecache",
    "pypdfium2",
    "stringprep",
    "traceback",
    "tracemalloc",
    "undoc",
    "xml.parsers.expat",
)


def load_everything() -> None:
    """Import every front with its parsers, and every encoding that a file may be written in.

    Where the parser of some format is not installed, its files fail as they always do.
    """
    names = [
        *(f"{parsing.__name__}.{name}" for name in _modules(parsing) if name not in _NO_FRONTS),
        *(f"{package.__name__}.{name}" for package in (encodings, email)
          for name in _modules(package)),
        *_LATE,
    ]  # fmt: skip
    for name in names:
        # Some encodings exist on Windows only.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with contextlib.suppress(AttributeError):  # Windows
        time.tzset()


def look_for_no_more() -> None:
    """Let whatever was not loaded be a module that does not exist, rather than an error."""
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter]


def _modules(package: ModuleType) -> list[str]:
    return [module.name for module in pkgutil.iter_modules(package.__path__)]
