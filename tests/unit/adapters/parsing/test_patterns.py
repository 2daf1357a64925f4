"""No pattern over a document's text takes long, whatever stands in it.

A pattern whose parts overlap tries them against each other: it takes time with the square of a
string's length, hundreds of times longer than is allowed here, or never ends.
"""

from __future__ import annotations

import importlib
import inspect
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import wellread
from tests.hostile.strings import hostile_strings
from wellread.domain.ingest.chunking import MAX_CHARACTERS

_ROOT = Path(wellread.__file__).parent
_MODULES = [
    *(
        ".".join(path.relative_to(_ROOT).with_suffix("").parts)
        for path in (_ROOT / "adapters" / "parsing").rglob("*.py")
    ),
    "domain.ingest.chunking",
]
_OVER_PASSAGES = [
    "domain.text.sentences",
    "domain.ask.quoting.quotable",
    "domain.ask.quoting.pieces",
]
_LENGTH = 8_000
_SHORTER = {
    "adapters.parsing.running_lines": 120,
    "adapters.parsing.office.number_formats": 255,
    **dict.fromkeys(_OVER_PASSAGES, MAX_CHARACTERS),
}
"""Where a module looks at short strings only."""

_MOST_SECONDS = 0.1
_SEARCHES = {"search", "sub", "findall", "finditer", "split"}

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "setitimer"), reason="a search can be ended on POSIX only"
)


def _patterns() -> Iterator[tuple[str, str]]:
    for name in sorted([*_MODULES, *_OVER_PASSAGES]):
        module = importlib.import_module(f"wellread.{name}")
        for variable, value in sorted(vars(module).items()):
            if isinstance(value, re.Pattern):
                yield name, variable


def _ways(name: str, variable: str) -> Iterator[Any]:
    """The ways in which its module uses a pattern."""
    module = importlib.import_module(f"wellread.{name}")
    pattern = vars(module)[variable]
    used = set(re.findall(rf"\b{variable}\.(\w+)\(", inspect.getsource(module)))
    if used & _SEARCHES or not used:
        yield lambda text: sum(1 for _ in pattern.finditer(text))
    if "match" in used:
        yield pattern.match
    if "fullmatch" in used:
        yield pattern.fullmatch


class _SlowError(Exception):
    pass


def _end(number: int, frame: FrameType | None) -> None:
    raise _SlowError


@pytest.mark.parametrize(("name", "variable"), list(_patterns()))
def test_a_pattern_takes_no_time_over_a_hostile_string(name: str, variable: str) -> None:
    pattern = vars(importlib.import_module(f"wellread.{name}"))[variable]
    before = signal.signal(signal.SIGVTALRM, _end)
    try:
        for text in hostile_strings(pattern, _SHORTER.get(name, _LENGTH)):
            for way in _ways(name, variable):
                if not any(_is_quick(way, text) for _ in range(3)):
                    pytest.fail(f"slow at {text[:60]!r} and so on")
    finally:
        signal.signal(signal.SIGVTALRM, before)


def _is_quick(way: Any, text: Any) -> bool:
    signal.setitimer(signal.ITIMER_VIRTUAL, _MOST_SECONDS)
    began = time.process_time()
    try:
        way(text)
    except _SlowError:
        return False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - began < _MOST_SECONDS
