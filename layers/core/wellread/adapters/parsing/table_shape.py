"""The columns and the header of a table whose cells lie on a finer grid than a reader sees.

Programs that lay out figures give a currency sign, a bracket and a percent sign cells of their own
and pad columns with empty ones; what a reader takes for one column is several.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from wellread.adapters.parsing.text_builder import is_sparse

_SIGN_BEFORE = re.compile(
    r"\(?(?:[A-Z]{0,3}[$\u20ac\u00a3\u00a5\u20b9]|USD|EUR|GBP|CHF|Rs\.?)\s*\(?|\("
)
_SIGN_AFTER = re.compile(r"%?\)?%?|\)|pts?|pp|bps")
_SIGNED = re.compile(r"[\d(.\u2014\u2013\u2212-]")
_FIGURE = re.compile(
    r"[(\s$\u20ac\u00a3\u00a5+\u2212-]*+\d[\d.,'\u2019\s]*+(?:%|x|bps|pp|pts?)?[)\s%]*+"
    r"|[\u2014\u2013-]{1,3}"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNITS = re.compile(
    r"\(?[^.()]{0,60}\bin (?:thousands|millions|billions|trillions|USD|EUR)\b[^.()]{0,60}\)?"
    r"|\((?:unaudited|dollars|thousands|millions|billions)[^()]{0,60}\)",
    re.IGNORECASE,
)
_LONGEST_REPEATED = 80
_LONGEST_FIGURE = 200
_MOST_HEADER_ROWS = 5
_MOST_PATTERNS = 250_000


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell over `[start, end)` of the grid's columns.

    Attributes:
        head: Whether its markup says that it heads columns or rows.
        carried: Whether it reaches down from a row above.
    """

    text: str
    start: int
    end: int
    head: bool = False
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a reader sees it; where nothing heads the columns, the header is all blank."""

    header: list[str]
    rows: list[list[str]]
    captions: list[str] = field(default_factory=list)


def is_figure(text: str) -> bool:
    """Whether a cell is an amount; a year is none."""
    return _FIGURE.fullmatch(text) is not None and _YEAR.fullmatch(text) is None


def is_units(text: str) -> bool:
    """Whether a line only says what figures are in: "(in millions)"."""
    return _UNITS.fullmatch(text) is not None


def shape(grid: Sequence[Sequence[Cell]]) -> Table:
    """The table that a reader sees in rows of cells that are not blank."""
    rows = [_glued(row) for row in grid if row]
    columns = _Columns.of(rows)
    above = 0
    while len(rows) > above + 1 and _is_caption(rows[above], columns):
        above += 1
    captions = [row[0].text for row in rows[:above]]
    header, body = _header(rows[above:], columns)
    if is_sparse(len(body), len(columns.starts), sum(map(len, body))):
        return Table(header, [columns.cells(row, ragged=True) for row in body], captions)
    header, filled = _without_orphans(header, [columns.cells(row) for row in body])
    return Table(header, filled, captions)


def _glued(row: Sequence[Cell]) -> list[Cell]:
    """A row in which signs are with their figures."""
    glued: list[Cell] = []
    for cell in row:
        before = glued[-1] if glued else None
        if before is None:
            glued.append(cell)
        elif _SIGN_BEFORE.fullmatch(before.text) and _SIGNED.match(cell.text):
            glued[-1] = Cell(before.text + cell.text, before.start, cell.end, cell.head)
        elif _SIGN_AFTER.fullmatch(cell.text) and _is_open(before.text):
            gap = " " if cell.text[0].isalpha() else ""
            glued[-1] = Cell(before.text + gap + cell.text, before.start, cell.end, before.head)
        else:
            glued.append(cell)
    return glued


def _is_open(text: str) -> bool:
    if len(text) > _LONGEST_FIGURE:
        return False
    return is_figure(text) or (text.startswith(("(", "$(")) and not text.endswith(")"))


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which of the columns that a reader sees a place of the grid belongs to."""

    starts: Sequence[int]
    ends: Sequence[int]
    known: Mapping[int, int]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Cell]]) -> _Columns:
        """Cells that stand below one another are a column, but for those that span several."""
        found: set[tuple[int, int]] = set()
        gaps: set[tuple[int, int]] = set()
        for row in rows:
            found.update((cell.start, cell.end) for cell in row)
            gaps.update((left.end, right.start) for left, right in pairwise(row))
        spans = sorted(found)
        if len(spans) * len(gaps) <= _MOST_PATTERNS:
            spans = [span for span in spans if not _covers_gap(span, gaps)] or spans
        starts: list[int] = []
        ends: list[int] = []
        for start, end in spans:
            if ends and start < ends[-1]:
                ends[-1] = max(end, ends[-1])
            else:
                starts.append(start)
                ends.append(end)
        known = {start: index for index, start in enumerate(starts)}
        return cls(starts, ends, known)

    def covered(self, cell: Cell) -> list[int]:
        """The columns that a cell is over."""
        known = self.known.get(cell.start)
        if known is not None and cell.end <= self.ends[known]:
            return [known]
        first = bisect_right(self.ends, cell.start)
        behind = bisect_left(self.starts, cell.end)
        # A gap between columns belongs to the one before.
        return list(range(first, behind)) or [max(behind - 1, 0)]

    def cells(
        self, row: Iterable[Cell], *, spread: bool = False, ragged: bool = False
    ) -> list[str]:
        """A row's words by column; `spread` repeats what spans several.

        It is as long as there are columns; where it may be `ragged`, without blanks at its end.
        """
        texts: dict[int, list[str]] = {}
        for cell in row:
            covered = self.covered(cell)
            repeated = spread and len(cell.text) <= _LONGEST_REPEATED
            for column in covered if repeated else covered[:1]:
                texts.setdefault(column, []).append(cell.text)
        width = max(texts, default=-1) + 1 if ragged else len(self.starts)
        cells = [""] * width
        for column, words in texts.items():
            cells[column] = " ".join(words).strip()
        return cells


def _covers_gap(span: tuple[int, int], gaps: Iterable[tuple[int, int]]) -> bool:
    start, end = span
    return end - start > 1 and any(start < left and right < end for left, right in gaps)


def _is_caption(row: Sequence[Cell], columns: _Columns) -> bool:
    """Whether a row at the top is one line over all columns."""
    count = len(columns.starts)
    if len(row) != 1 or count < 2 or is_units(row[0].text):
        return False
    covered = columns.covered(row[0])
    return covered[0] == 0 and len(covered) == count


def _header(
    rows: Sequence[Sequence[Cell]], columns: _Columns
) -> tuple[list[str], Sequence[Sequence[Cell]]]:
    """The header, all its rows joined, and the rows below it."""
    count = 0
    for row in rows[: min(_MOST_HEADER_ROWS, len(rows) - 1)]:
        if not _heads(row, rows[:count], columns):
            break
        count += 1
    header: list[str] = [""] * len(columns.starts)
    for row in rows[:count]:
        for column, text in enumerate(columns.cells(row, spread=True)):
            if text and text not in header[column]:
                header[column] = f"{header[column]} {text}".strip()
    return header, rows[count:]


def _heads(row: Sequence[Cell], above: Sequence[Sequence[Cell]], columns: _Columns) -> bool:
    """Whether a row belongs to the header, given those above it that do."""
    if all(cell.head for cell in row):
        over_all = len(row) == 1 and columns.covered(row[0])[0] == 0
        return not above or (all(cell.head for cell in above[-1]) and not over_all)
    if any(is_figure(cell.text) for cell in row):
        return not above and _counts_up([cell.text for cell in row[1:]])
    if not above or any(cell.carried for cell in row):
        return True
    named = {column for cell in row for column in columns.covered(cell)}
    labels = [cell.text for cell in row if columns.covered(cell)[0] == 0]
    if len(labels) == len(row):
        return False
    spanned = {
        column
        for cell in above[-1]
        if len(columns.covered(cell)) > 1
        for column in columns.covered(cell)
    }
    unnamed = all(columns.covered(cell)[0] > 0 or _is_aside(cell.text) for cell in above[0])
    if all(_is_aside(label) for label in labels):
        return bool(spanned) or unnamed
    # The names of single columns, that of the first among them, below what spans several.
    return bool(spanned) and (unnamed or 0 in spanned) and spanned <= named


def _counts_up(texts: Sequence[str]) -> bool:
    """Whether columns are numbered: 1, 2, 3, or years of service 0, 5, 10."""
    if len(texts) < 2 or not all(text.isascii() and text.isdigit() for text in texts):
        return False
    return all(int(left) < int(right) for left, right in pairwise(texts))


def _is_aside(label: str) -> bool:
    """Whether the first cell of a row says something about the others, and is not their name."""
    in_brackets = label.startswith("(") and label.endswith(")")
    return in_brackets or is_units(label) or label.rstrip(":").endswith(" ended")


def _without_orphans(header: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """A name without figures below goes to the figures beside it that have no name."""
    used = [any(column) for column in zip(*rows, strict=True)] if rows else []
    gone: set[int] = set()
    for column, name in enumerate(header):
        if not name or not used or used[column]:
            continue
        for beside in (column + 1, column - 1):
            if 0 < beside < len(header) and used[beside] and not header[beside]:
                header[beside] = name
                gone.add(column)
                break
    if not gone:
        return header, rows
    kept = [column for column in range(len(header)) if column not in gone]
    return [header[column] for column in kept], [[row[column] for column in kept] for row in rows]
