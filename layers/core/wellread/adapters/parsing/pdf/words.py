"""The words of a PDF page by their places."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from wellread.adapters.parsing.pdf.lines import Characters, Line

NEAR = 3.0
"""In points: what is no further apart counts as the same place."""

_TOKEN = re.compile(r"\S+")
_UNSAID = frozenset("\x00\x02\xad\ufffe")
_DROPPED = dict.fromkeys(map(ord, _UNSAID))
_SEAM = 0.2  # of a word's height: only some letters reach there
_NARROW = 0.2  # width of a character of a level line, in heights, at least
_MOST_LOOKED_AT = 20_000_000
"""Characters, with those that were looked at again for other boxes."""


# Made in a fifth of a frozen dataclass's time; a table has hundreds.
class Box(NamedTuple):
    """A rectangle on a page, in points from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is inside or on the edge."""
        left, bottom, right, top = self
        return left - NEAR <= x <= right + NEAR and bottom - NEAR <= y <= top + NEAR


class PageWords:
    """The words of a page, for those who ask what stands in a box."""

    def __init__(self, lines: Sequence[Line], characters: Characters) -> None:
        self._lines = lines
        self._characters = characters
        self._left = _MOST_LOOKED_AT

    def may_look(self, boxes: int) -> bool:
        """Whether to ask for what stands in so many boxes more: each is searched for anew."""
        self._left -= boxes * len(self._characters.text)
        return self._left >= 0

    def within(self, box: Box) -> str:
        """What has a character in a box, whole or in part; every line of it a line."""
        return (
            self._characters.within(box.left, box.bottom, box.right, box.top)
            .translate(_DROPPED)
            .strip()
        )

    def of_table(self, table: Box, rows: Sequence[Sequence[Box]]) -> list[list[str]] | None:
        """What stands in each cell of a table; None where a word is not all in one cell.

        Args:
            table: The rows together.
            rows: From the top to the bottom, their cells from left to right.
        """
        if not self._characters.whole:
            return None
        bottoms = [row[0].bottom for row in reversed(rows)]
        lefts = [[cell.left for cell in row] for row in rows]
        texts = [[""] * len(row) for row in rows]
        table_left, table_bottom, table_right, table_top = table
        for line in self._lines:
            if _is_beside(line, table):
                continue
            within: set[int] = set()
            column = -1
            place = line.place
            for token in _TOKEN.finditer(line.text):
                first, end = token.span()
                left, bottom, right, top = self._core(place + first, place + end - 1)
                if (
                    left >= table_right
                    or right <= table_left
                    or bottom >= table_top
                    or top <= table_bottom
                ):
                    column = -1
                    continue
                word = token[0]
                within.add(len(rows) - bisect_right(bottoms, bottom))
                row = min(within)
                if len(within) > 1 or row == len(rows) or not _UNSAID.isdisjoint(word):
                    return None
                before, column = column, bisect_right(lefts[row], left) - 1
                if column < 0:
                    return None
                cell = rows[row][column]
                if right > cell.right or top > cell.top:
                    return None
                said = texts[row][column]
                between = " " if before == column else "\n"
                texts[row][column] = f"{said}{between}{word}" if said else word
        return texts

    def _core(self, first: int, last: int) -> tuple[float, float, float, float]:
        """What a word covers, without what only some letters reach into."""
        left, top, right, bottom = self._characters.edges(first)
        if last > first:
            last_left, last_top, last_right, last_bottom = self._characters.edges(last)
            # What `min` and `max` do, in a fraction of their time.
            left = last_left if last_left < left else left
            right = last_right if last_right > right else right
            bottom = last_bottom if last_bottom < bottom else bottom
            top = last_top if last_top > top else top
        seam = _SEAM * (top - bottom)
        return left, bottom + seam, right, top - seam


def _is_beside(line: Line, table: Box) -> bool:
    """Whether no word of a line can be in a table, by what is known of the line."""
    above_or_below = (
        line.bottom - line.size >= table.top or line.bottom + 2 * line.size <= table.bottom
    )
    level = line.right - line.left >= _NARROW * line.size * line.extent and not line.above
    return level and above_or_below
