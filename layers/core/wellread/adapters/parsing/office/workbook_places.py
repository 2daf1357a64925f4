"""Where the cells of a sheet are, for those that do not say it."""

from __future__ import annotations

import re

_ROW_OR_CELL = re.compile(r"<(row|c)(?=[\s/>])([^<>]*)>")
_PLACE = re.compile(r'\sr="([A-Z]{0,3})(\d{1,7})"')


def with_places(markup: str, row: int) -> str:
    """Markup in which every cell says its place first; some programs leave places out.

    Args:
        markup: Of rows and cells.
        row: The number of the row before the first.
    """
    column = 0

    def tag(match: re.Match[str]) -> str:
        nonlocal row, column
        name, rest = match.groups()
        place = _PLACE.search(rest)
        if name == "row":
            row, column = int(place[2]) if place else row + 1, 0
            return match[0]
        column = column_number(place[1]) if place else column + 1
        return f'<c r="{_letters(column)}{row}"{_PLACE.sub("", rest)}>'

    return _ROW_OR_CELL.sub(tag, markup)


def _letters(column: int) -> str:
    """A column's name: 1 is A, 27 is AA."""
    letters = ""
    while column:
        column, last = divmod(column - 1, 26)
        letters = chr(65 + last) + letters
    return letters


def column_number(letters: str) -> int:
    """A column's number: A is 1, AA is 27."""
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column
