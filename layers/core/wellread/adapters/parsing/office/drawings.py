"""What the drawings of an Office file say: charts, diagrams, boxes of text."""

from __future__ import annotations

import re

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.office.number_formats import shown_date, shown_number
from wellread.adapters.parsing.office.ooxml import (
    Package,
    UnusualMarkupError,
    element,
    unescaped,
    without,
)
from wellread.adapters.parsing.text_builder import is_sparse

CHART = re.compile(r'\br:id="([^"]*)"')
"""Within a `c:chart` tag: the name that the document has for the chart's part."""

DIAGRAM = re.compile(r'\br:dm="([^"]*)"')
"""Within a `dgm:relIds` tag: the name that the document has for the diagram's part."""

_TITLE = re.compile(element("c:title"))
_WORDS = re.compile(element("a:t"))
_PARAGRAPH = re.compile(element("a:p"))
_SERIES = re.compile(element("c:ser"))
_NAME = re.compile(element("c:tx"))
_CATEGORIES = re.compile(f"{element('c:cat')}|{element('c:xVal')}")
_VALUES = re.compile(f"{element('c:val')}|{element('c:yVal')}")
_CODE = re.compile(r"<c:formatCode>([^<]*)<")
_POINT = re.compile(r'<c:pt\sidx="(\d{1,6})"[^<>]*>\s*<c:v>([^<]*)</c:v>')
_EXACT_DIGITS = 15


def paragraphs(package: Package, part: str) -> list[str]:
    """The words of a diagram, or of the boxes of a sheet; none where they cannot be read."""
    try:
        markup = without(package.markup(part), "mc:Fallback")
    except UnusualMarkupError:
        return []
    said = (unescaped("".join(_WORDS.findall(words))) for words in _PARAGRAPH.findall(markup))
    return [line for words in said if (line := one_line(words))]


def chart(package: Package, part: str) -> tuple[str, list[list[str]]]:
    """A chart's title, and its categories with the values of each series.

    A chart that is missing, or put together in an unusual way, has neither.
    """
    try:
        markup = package.markup(part)
    except UnusualMarkupError:
        return "", []
    title = _TITLE.search(markup)
    words = one_line(unescaped("".join(_WORDS.findall(title[1])))) if title else ""
    header, columns = [""], []
    names: dict[int, str] = {}
    for one in _SERIES.findall(markup):
        name = _NAME.search(one)
        points = _points(name[1]) if name else {}
        header.append(points.get(0, "") or f"{len(header)}")
        values = _VALUES.search(one)
        columns.append(_points(values[1] or values[2]) if values else {})
        categories = _CATEGORIES.search(one)
        if categories and not names:
            names = _points(categories[1] or categories[2])
    places = sorted({place for column in columns for place in column})
    if is_sparse(len(places), len(columns), sum(map(len, columns))):
        return words, []
    rows = [[names.get(place, ""), *(c.get(place, "") for c in columns)] for place in places]
    return words, [header, *rows] if rows else []


def _points(markup: str) -> dict[int, str]:
    code = _CODE.search(markup)
    form = unescaped(code[1]) if code else ""
    return {int(place): _shown(unescaped(value), form) for place, value in _POINT.findall(markup)}


def _shown(value: str, code: str) -> str:
    shown = shown_number(value, code) or shown_date(value, code)
    if shown:
        return shown
    try:
        return f"{float(value):.{_EXACT_DIGITS}g}"
    except ValueError:
        return one_line(value)
