"""The styles of a Word file: which of them are headings, and which are numbered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from wellread.adapters.parsing.office.ooxml import unescaped

_ID = re.compile(r'[^<>]*w:styleId="([^"]*)"')
_NAME = re.compile(r'<w:name w:val="([^"]*)"')
_BASED_ON = re.compile(r'<w:basedOn w:val="([^"]*)"')
_HEADING = re.compile(r"heading ?([1-9])|title", re.IGNORECASE)
_OUTLINE = re.compile(r'<w:outlineLvl w:val="(\d)"')
_NUMBER = re.compile(r'<w:numId w:val="(\d+)"')
_LEVEL = re.compile(r'<w:ilvl w:val="(\d+)"')
_DEEPEST = 20
_BODY_LEVEL = 9


class Properties(NamedTuple):
    """What a paragraph, or its style, says about itself.

    Attributes:
        style: The style that it has, or is based on.
        number: The list that it belongs to, empty where it does not say.
        level: The list's level, empty where it does not say.
        heading: 1 to 9, 0 for body text, None where it does not say.
    """

    style: str
    number: str
    level: str
    heading: int | None


def properties(markup: str, style: str) -> Properties:
    """The properties within a `w:pPr`, or a style."""
    number, level, outline = (_first(pattern, markup) for pattern in (_NUMBER, _LEVEL, _OUTLINE))
    heading = None
    if outline:
        heading = 0 if int(outline) >= _BODY_LEVEL else int(outline) + 1
    return Properties(style, number, level, heading)


class Styles:
    """A Word file's paragraph styles, each read when it is first asked for."""

    def __init__(self, load: Callable[[], str]) -> None:
        self._load = load
        self._markup: dict[str, str] | None = None
        self._known: dict[str, Properties] = {}

    def heading(self, own: Properties) -> int:
        """The level as a heading of paragraphs with these properties, 0 for none."""
        said = (p.heading for p in (own, *self._chain(own.style)) if p.heading is not None)
        return next(said, 0)

    def place(self, own: Properties) -> tuple[str, str]:
        """The list and the level of paragraphs with these properties, each may be empty."""
        number, level = own.number, own.level
        for style in self._chain(own.style):
            if number:
                break
            number, level = style.number, level or style.level
        return ("", "") if number == "0" else (number, level)

    def _chain(self, style: str) -> Iterator[Properties]:
        """A style, and those that it is based on."""
        for _ in range(_DEEPEST):
            if not style:
                break
            if style not in self._known:
                self._known[style] = self._read(style)
            yield self._known[style]
            style = self._known[style].style

    def _read(self, style: str) -> Properties:
        if self._markup is None:
            self._markup = {}
            for piece in self._load().split("<w:style ")[1:]:
                match = _ID.match(piece)
                if match:
                    self._markup[unescaped(match[1])] = piece
        markup = self._markup.get(style, "").partition("</w:style>")[0]
        found = properties(markup, unescaped(_first(_BASED_ON, markup)))
        name = _HEADING.fullmatch(_first(_NAME, markup) or style)
        if name:
            found = found._replace(heading=int(name[1] or 1))
        return found


def _first(pattern: re.Pattern[str], markup: str) -> str:
    match = pattern.search(markup)
    return match[1] if match else ""
