"""The words of a PDF line, those together that only a space parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wellread.adapters.parsing.characters import clean, one_line
from wellread.adapters.parsing.pdf.lines import Characters, Line

CELL_GAP = 0.55
"""In heights of the line: what parts cells at least; a space is a quarter."""

_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Cell:
    """Words that stand together.

    Attributes:
        start: Offset of their first character in the page's text.
        end: Offset behind their last one.
    """

    left: float
    right: float
    text: str
    start: int
    end: int


def line_cells(line: Line, characters: Characters) -> tuple[Cell, ...]:
    """A line's cells; none where its words do not run from left to right."""
    raw = characters.text[line.place : line.place + line.extent]
    edges = characters.edges
    cells: list[Cell] = []
    left, start, end = line.left, 0, 0

    def close(right: float) -> None:
        text = raw[start:end]
        if not text.isprintable() or "  " in text:
            text = one_line(clean(text.replace("\x02", "-").replace("\ufffe", "-")))
        cells.append(Cell(left, right, text, line.place + start, line.place + end))

    for token in _TOKEN.finditer(raw):
        if end:
            right = edges(line.place + end - 1)[2]
            next_left = edges(line.place + token.start())[0]
            if next_left < left - line.size:
                return ()
            if next_left - right >= CELL_GAP * line.size:
                close(right)
                start, left = token.start(), next_left
        else:
            start = token.start()
        end = token.end()
    if end:
        close(edges(line.place + end - 1)[2])
    return tuple(cells)
