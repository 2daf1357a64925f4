"""Lines of a paged document that its text without pages still holds: page numbers and titles."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import pairwise

_FEWEST = 4
_LONGEST = 120
_NUMBER = re.compile(r"\d{1,6}")
# To be searched for; how long the lines are in which that is done is limited.
_PAGE_MARK = re.compile(
    r"\b(?:page|seite|pagina|p\u00e1gina|pg\.?|sida|strona)\s*+#"
    r"|#\s*+(?:/|of|von|de|di|sur|van)\s*+#\W*+$"
    r"|[|\u00b7\u2022]\s*+#\s*+$",
    re.IGNORECASE,
)
_FAINT_MARK = re.compile(r"\W*(?:[a-z]-)?#\W*$|(?:\S+\s+){3,}#$")
_NUMBERED_PART = re.compile(
    r"(?:article|section|chapter|part|title|schedule|exhibit|annex|appendix|attachment|step|clause"
    r"|question|q|table|figure|fig|note|item|rule|example|day|week|month|year|phase|lesson|module"
    r"|unit|no|option|lot|task|line|version|case|record|\u00a7|artikel|kapitel|teil|abschnitt)\b\W*#",
    re.IGNORECASE,
)
_CLOSING = "\"'\u201d\u2019)]"
_LOOKED_AT = 200
"""Characters at a line's end that tell whether a sentence ends there."""

_EDGE = 3
_NUMBERS_PER_PAGE = 3
_FIRST_PAGE = 100
"""A number far above the count of pages is an invoice's, say."""

_STEPS_RIGHT = 0.8
_LONGEST_STEP = 3
_APART = 400
_FAR_APART = 1500
"""Characters between lines that mark pages, at least: less where the lines say that they do."""

_AT_EDGES = 0.8


def running_lines(lines: Sequence[str], breaks: Sequence[int] = ()) -> set[int]:
    """Which lines a paged document only repeats from page to page.

    Lines that are the same but for a number that rises from page to page are left out altogether;
    lines that are wholly the same, and stand beside those or where pages end, after the first.

    Args:
        lines: A document's lines or blocks; blank for what must stay, such as a table.
        breaks: Before which of the lines a new page is known to begin.
    """
    filled = [index for index, line in enumerate(lines) if line]
    before = _sums(lines)
    edges = _edges(filled, breaks)
    numbered = set[int]()
    for template, found in _templates(lines).items():
        if _NUMBERED_PART.search(template):
            continue
        inside = [index for index in found if index in edges]
        most = len(breaks) * _NUMBERS_PER_PAGE + _FIRST_PAGE
        if len(inside) >= max(_FEWEST, len(breaks) // 4) and _pages(lines, inside, most):
            numbered.update(found if _pages(lines, found, most) else inside)
        elif _are_apart(found, before, _least_gap(template)) and _pages(lines, found, math.inf):
            numbered.update(found)
    if not numbered and not edges:
        return numbered
    near = edges | _edges([index for index in filled if index not in numbered], sorted(numbered))
    return numbered | set(_repeated(lines, near, numbered))


def without_running_lines(lines: Sequence[str], breaks: Sequence[int] = ()) -> list[str]:
    """The lines of a text but for those; a sentence that a page's end tore is whole again."""
    running = running_lines([line.strip() for line in lines], breaks)
    if not running:
        return list(lines)
    kept: list[str] = []
    parted = False
    for index, line in enumerate(lines):
        if index in running or (parted and not line.strip()):
            parted = True
            continue
        if parted:
            while kept and not kept[-1].strip():
                kept.pop()
            if not (kept and is_torn(kept[-1], line)):
                kept.append("")
        kept.append(line)
        parted = False
    return kept


def is_torn(before: str, after: str) -> bool:
    """Whether two lines look like a sentence with a page's end amid it."""
    end = before[-_LOOKED_AT:].rstrip().rstrip(_CLOSING)
    return not end.endswith((".", "!", "?", ":", ";")) and after.lstrip()[:1].islower()


def _sums(lines: Sequence[str]) -> list[int]:
    total = 0
    sums = []
    for line in lines:
        sums.append(total)
        total += len(line)
    return sums


def _edges(filled: Sequence[int], breaks: Sequence[int]) -> set[int]:
    """The lines around each break."""
    if len(breaks) < _FEWEST:
        return set()
    edges: set[int] = set()
    for place in breaks:
        middle = bisect_left(filled, place)
        edges.update(filled[max(middle - _EDGE, 0) : middle + _EDGE])
    return edges


def _templates(lines: Sequence[str]) -> Mapping[str, Sequence[int]]:
    """Short lines with a number by what they are without it."""
    found: dict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        if len(line) <= _LONGEST and _NUMBER.search(line):
            found[_NUMBER.sub("#", line.casefold().strip())].append(index)
    return {template: places for template, places in found.items() if len(places) >= _FEWEST}


def _least_gap(template: str) -> float:
    if _PAGE_MARK.search(template):
        return _APART
    return _FAR_APART if _FAINT_MARK.match(template) else math.inf


def _are_apart(places: Sequence[int], before: Sequence[int], gap: float) -> bool:
    gaps = sorted(before[right] - before[left] for left, right in pairwise(places))
    return gaps[len(gaps) // 2] >= gap


def _pages(lines: Sequence[str], places: Sequence[int], most: float) -> bool:
    """Whether one number rises from line to line, up to `most`, and the others stay the same."""
    rising = 0
    for numbers in zip(*(_numbers(lines[index]) for index in places), strict=True):
        if len(set(numbers)) == 1:
            continue
        steps = [right - left for left, right in pairwise(numbers)]
        right = sum(1 for step in steps if 1 <= step <= _LONGEST_STEP)
        if right < len(steps) * _STEPS_RIGHT or max(numbers) > most:
            return False
        rising += 1
    return rising == 1


def _numbers(line: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(line)]


def _repeated(lines: Sequence[str], near: Set[int], numbered: Set[int]) -> Iterator[int]:
    """Lines that come back word for word at the edges of pages, but for the first of each."""
    found: dict[str, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        if line and len(line) <= _LONGEST and index not in numbered:
            found[line.casefold().strip()].append(index)
    for places in found.values():
        inside = [index for index in places if index in near]
        if len(inside) >= _FEWEST and len(inside) >= len(places) * _AT_EDGES:
            yield from (index for index in inside if index != places[0])
