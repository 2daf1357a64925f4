"""Loading all that any file may need, for a process that cannot open files afterwards."""

from __future__ import annotations

import contextlib
import email
import encodings
import importlib
import pkgutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from importlib.machinery import BuiltinImporter, FrozenImporter
from types import ModuleType

from wellread.adapters import parsing

_NO_FRONTS = f"{parsing.__name__}.confined."
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
        *(name for name in _modules(parsing, pkgutil.walk_packages) if _NO_FRONTS not in name),
        *_modules(encodings, pkgutil.iter_modules),
        *_modules(email, pkgutil.iter_modules),
        *_LATE,
    ]
    for name in names:
        # Some encodings exist on Windows only.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    with contextlib.suppress(AttributeError):  # Windows
        time.tzset()


def look_for_no_more() -> None:
    """Let whatever was not loaded be a module that does not exist, rather than an error."""
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter]


def _modules(
    package: ModuleType, listed: Callable[[Iterable[str], str], Iterator[pkgutil.ModuleInfo]]
) -> list[str]:
    return [module.name for module in listed(package.__path__, f"{package.__name__}.")]
