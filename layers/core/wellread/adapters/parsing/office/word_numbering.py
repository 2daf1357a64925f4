"""The numbers that Word counts: which one each paragraph of a numbered list shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree as Xml

from wellread.adapters.parsing.archives import parse_xml

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VALUE = f"{_W}val"
_LEVELS = 9
_LONGEST_LABEL = 60
_HIGHEST_START = 10**9
_PLACE = re.compile(r"%([1-9])")
_UNCOUNTED = frozenset({"bullet", "none"})
_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    kind: str
    text: str
    legal: bool


@dataclass(slots=True)
class _List:
    """A list's levels, by the lists that are counted together with it."""

    family: str
    levels: dict[int, _Level]
    restarts: dict[int, int]
    used: set[int] = field(default_factory=set)


class Numbering:
    """Counts a document's numbered paragraphs, in their order."""

    def __init__(self, numbering: bytes) -> None:
        """Read the lists.

        Raises:
            ValueError: Where they are not what Word writes.
        """
        self._lists, self._style_levels = _lists(parse_xml(numbering))
        self._counts: dict[str, dict[int, int]] = {}

    def place(self, number: str, level: str, style: str) -> tuple[str, int] | None:
        """The list and level of a paragraph, None where there is no such list.

        Args:
            number: The list that the paragraph or its style names.
            level: The level that it names, else empty.
            style: The paragraph's style.
        """
        if number not in self._lists:
            return None
        if not level:
            level = self._style_levels.get((self._lists[number].family, style), "0")
        return (number, int(level)) if level.isdigit() and int(level) < _LEVELS else None

    def is_bullet(self, number: str, level: int) -> bool:
        """Whether a list's items have a mark instead of a number."""
        own = self._lists[number].levels.get(level)
        return own is None or own.kind == "bullet"

    def count(self, number: str, level: int) -> str:
        """Count a paragraph of a list; the number that it shows, empty for none."""
        chosen = self._lists[number]
        counts = self._counts.setdefault(chosen.family, {})
        if level in chosen.restarts and level not in chosen.used:
            counts[level] = chosen.restarts[level] - 1
        chosen.used.add(level)
        own = chosen.levels.get(level)
        if own is None:
            return ""
        counts[level] = counts.get(level, own.start - 1) + 1
        for deeper in [other for other in counts if other > level]:
            del counts[deeper]
        if own.kind in _UNCOUNTED:
            return ""

        def shown(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            other = chosen.levels.get(place, own)
            kind = "decimal" if own.legal else other.kind
            return numeral(counts.get(place, other.start), kind)

        return _PLACE.sub(shown, own.text).strip()[:_LONGEST_LABEL]


def _lists(tree: Xml.Element) -> tuple[dict[str, _List], dict[tuple[str, str], str]]:
    families: dict[str, dict[int, _Level]] = {}
    style_levels: dict[tuple[str, str], str] = {}
    for abstract in tree.iterfind(f"{_W}abstractNum"):
        family = abstract.get(f"{_W}abstractNumId", "")
        families[family] = {}
        for entry in abstract.iterfind(f"{_W}lvl"):
            level = int(entry.get(f"{_W}ilvl", "0"))
            families[family][level] = _level(entry)
            style = _value(entry, "pStyle")
            if style:
                style_levels[family, style] = str(level)
    lists: dict[str, _List] = {}
    for entry in tree.iterfind(f"{_W}num"):
        family = _value(entry, "abstractNumId")
        restarts: dict[int, int] = {}
        levels = dict(families.get(family, {}))
        for override in entry.iterfind(f"{_W}lvlOverride"):
            level = int(override.get(f"{_W}ilvl", "0"))
            own = override.find(f"{_W}lvl")
            if own is not None:
                levels[level] = _level(own)
            start = _value(override, "startOverride")
            if start:
                restarts[level] = _start(start)
        lists[entry.get(f"{_W}numId", "")] = _List(family, levels, restarts)
    return lists, style_levels


def _level(entry: Xml.Element) -> _Level:
    return _Level(
        _start(_value(entry, "start") or "1"),
        _value(entry, "numFmt") or "decimal",
        _value(entry, "lvlText")[:_LONGEST_LABEL],
        entry.find(f"{_W}isLgl") is not None,
    )


def _start(number: str) -> int:
    return min(int(number), _HIGHEST_START)


def _value(entry: Xml.Element, name: str) -> str:
    found = entry.find(f"{_W}{name}")
    return "" if found is None else found.get(_VALUE, "")


def numeral(count: int, kind: str) -> str:
    """A count as a list of that kind shows it."""
    if kind in ("lowerLetter", "upperLetter") and 0 < count <= 26 * 20:
        # After z comes aa, then bb.
        letters = chr(97 + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letters.upper() if kind == "upperLetter" else letters
    if kind in ("lowerRoman", "upperRoman") and 0 < count < 4000:
        roman = ""
        for value, letters in _ROMAN:
            roman += letters * (count // value)
            count %= value
        return roman.upper() if kind == "upperRoman" else roman
    return f"{count:02}" if kind == "decimalZero" else str(count)
