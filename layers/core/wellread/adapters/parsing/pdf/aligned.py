"""Tables of a PDF page without (full) rules, by cells that stand below one another."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from wellread.adapters.parsing.pdf.cells import CELL_GAP, Cell, line_cells
from wellread.adapters.parsing.pdf.lines import Characters, Line
from wellread.adapters.parsing.pdf.words import Box

_GUTTER = 0.5
_DENSE = 0.4  # width of a character of prose, in heights of its line
_SLACK = 1.08
_PITCH = 3.0
_TIGHT = 1.35
_NEAR = 2.0
_FEWEST_ROWS = 3
_FEWEST_GAPS = 2
_NEAR_LINES = 8
_MOST_CELL_LINES = 10
_SAME_ROW = 0.3
_FEWEST_ROWS_OF_PAIRS = 4
_MOST_COLUMNS = 30
_ALIGNED_SHARE = 0.8
_FILLED_SHARE = 0.5
_FILLED_COLUMN_SHARE = 0.2
_PROSE_CHARACTERS = 30
_LONGEST_HEADER = 80
_TRIES = 3
_LEADER = re.compile(r"(?:\.\s?){4}|_{3}|\u2026{2}")
_NUMBER = re.compile(
    r"[-+(\u2212\u2013<>~\u00b1]?\s?[$\u20ac\u00a3\u00a5]?\s?[-+\u2212]?\d[\d.,:/'\u2019 ]*"
)
_NUMERIC = re.compile(_NUMBER.pattern + r"\s?[^\d\s]{0,12}(?:\s[^\d\s]{1,12})?\)?$")
_NOTHING = re.compile(r"[-\u2013\u2014\u2212.*]|n/?a|none|no|nil", re.IGNORECASE)
_MARKER = re.compile(r"[^\w\s]{1,2}|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\u2022")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands side by side: a line, and those that come later in the file.

    Attributes:
        places: Of its lines among the page's.
    """

    line: Line
    cells: tuple[Cell, ...]
    places: tuple[int, ...]


def with_aligned_tables(
    lines: Sequence[Line], characters: Characters, rules: Sequence[Box]
) -> list[Line]:
    """The lines with a table in place of those that are the rows of one.

    Three rows and two columns at least, with a header that something sets apart: bold type, a rule
    below it, or numbers below words. Where in doubt, lines stay lines.
    """
    rows = _rows(lines, characters)
    if not rows:
        return list(lines)
    done: dict[int, Line] = {}
    index = 0
    while index < len(rows):
        end, table, skipped = _table_at(rows, index, rules)
        for row in rows[index : index + skipped] if table else rows[index:end]:
            done.update((place, lines[place]) for place in row.places)
        if table is not None:
            done[rows[index + skipped].places[0]] = table
        index = end
    return [done[place] for place in sorted(done)]


def _table_at(
    rows: Sequence[_Row], start: int, rules: Sequence[Box]
) -> tuple[int, Line | None, int]:
    """Where the rows end that may be a table, the table, and how many rows stand above it."""
    if len(rows[start].cells) < 2:
        return start + 1, None, 0
    end, columns = _run(rows, start)
    # What stands above a table may look like its first row.
    for skipped in range(min(_TRIES, end - start - _FEWEST_ROWS + 1)):
        if skipped:
            again, columns = _run(rows, start + skipped)
            if again < end:
                break
        table = _table(rows[start + skipped : end], columns, rules)
        if table is not None:
            return end, table, skipped
    return end, None, 0


def _rows(lines: Sequence[Line], characters: Characters) -> list[_Row]:
    """The lines with the cells of those that may be rows, and without any where none may.

    Looking at every character of every line would cost more than reading the page: first those
    that hold more space than prose does, then those around them.
    """
    if len(lines) < _FEWEST_ROWS:
        return []
    widths = [
        (line.right - line.left) / (line.extent * line.size)
        for line in lines
        if line.extent >= 20 and line.size > 0 and line.right > line.left and not line.above
    ]
    dense = min(median(widths), _DENSE) if widths else _DENSE
    dense *= _SLACK
    wide = [
        line.right - line.left > (line.extent * dense + CELL_GAP) * line.size and _is_plain(line)
        for line in lines
    ]
    if sum(wide) < _FEWEST_GAPS:
        return []
    cells = [
        line_cells(line, characters) if looks else None
        for line, looks in zip(lines, wide, strict=True)
    ]
    gaps = [len(found or ()) > 1 for found in cells]
    if sum(gaps) < _FEWEST_GAPS:
        return []
    rows: list[_Row] = []
    for index, (line, found) in enumerate(zip(lines, cells, strict=True)):
        near = sum(
            gaps[max(index - _NEAR_LINES, 0) : index + _NEAR_LINES + 1]
        ) >= _FEWEST_GAPS and _is_plain(line)
        own = line_cells(line, characters) if near and found is None else found
        row = _Row(line, own if near and own else (), (index,))
        beside = _beside(rows, row)
        if beside is None:
            rows.append(row)
        else:
            earlier = rows[beside]
            rows[beside] = _Row(earlier.line, earlier.cells + row.cells, (*earlier.places, index))
    return rows


def _beside(rows: Sequence[_Row], row: _Row) -> int | None:
    """Which earlier row a line stands to the right of, where cells of several lines come first."""
    if not row.cells or not rows or row.line.bottom <= rows[-1].line.bottom:
        return None
    for place in range(len(rows) - 1, max(len(rows) - _MOST_CELL_LINES, 0) - 1, -1):
        earlier = rows[place]
        if not earlier.cells or len(earlier.cells) > _MOST_COLUMNS:
            return None
        if abs(earlier.line.bottom - row.line.bottom) < _SAME_ROW * row.line.size:
            gap = row.cells[0].left - earlier.cells[-1].right
            return place if gap >= CELL_GAP * row.line.size else None
    return None


def _is_plain(line: Line) -> bool:
    return line.size > 0 and not line.table and not line.above and line.right > line.left


def _run(rows: Sequence[_Row], start: int) -> tuple[int, list[tuple[float, float]]]:
    """Where the lines that keep the first one's columns free of words end, and those columns."""
    columns = [(cell.left, cell.right) for cell in rows[start].cells]
    end = start + 1
    usual = 0.0
    for index in range(start + 1, len(rows)):
        row, above = rows[index], rows[index - 1].line
        pitch = above.bottom - row.line.bottom
        if not row.cells or not 0 < pitch <= _PITCH * max(above.size, row.line.size):
            break
        if usual and pitch > 1.8 * usual:
            break
        first = row.cells[0]
        if (
            columns[0][1] < first.left
            and len(columns) > 1
            and first.right + _GUTTER * row.line.size <= columns[1][0]
        ):
            # An indented label belongs to the labels.
            columns = [(columns[0][0], first.right), *columns[1:]]
        merged = _merged(columns, row)
        if not len(columns) <= len(merged) <= _MOST_COLUMNS:
            break
        if len(row.cells) == 1 and len(merged) > len(columns):
            break
        columns = merged
        usual = max(usual, pitch)
        if len(row.cells) > 1 or _continues(rows[index - 1], row, columns):
            end = index + 1
    return end, columns


def _merged(columns: Sequence[tuple[float, float]], row: _Row) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    spans = sorted([*columns, *((cell.left, cell.right) for cell in row.cells)])
    for left, right in spans:
        if merged and left - merged[-1][1] < _GUTTER * row.line.size:
            merged[-1] = (merged[-1][0], max(merged[-1][1], right))
        else:
            merged.append((left, right))
    return merged


def _continues(above: _Row, row: _Row, columns: Sequence[tuple[float, float]]) -> bool:
    """Whether a line is the next line of cells above it, not a row of its own."""
    pitch = above.line.bottom - row.line.bottom
    if pitch > _TIGHT * row.line.size or row.cells[0].left <= columns[0][1]:
        return False
    return len(row.cells) == 1 and not _NUMERIC.fullmatch(row.cells[0].text)


def _table(
    rows: Sequence[_Row], columns: Sequence[tuple[float, float]], rules: Sequence[Box]
) -> Line | None:
    """The table that the rows make, None where they do not look like one."""
    parts: list[list[list[str]]] = []
    for index, row in enumerate(rows):
        cells = _placed(row, columns)
        if index and _continues(rows[index - 1], row, columns):
            for said, words in zip(parts[-1], cells, strict=True):
                said.append(words)
        else:
            parts.append([[words] for words in cells])
    grid = [[" ".join(filter(None, said)) for said in cells] for cells in parts]
    if len(grid) < _FEWEST_ROWS or len(columns) < 2 or not _is_regular(rows, columns, grid):
        return None
    if not _has_header(rows, columns, grid, rules):
        return None
    first, last = rows[0].line, rows[-1].line
    words = " ".join(cell for cells in grid for cell in cells if cell)
    return first._replace(
        text=words,
        size=0.0,
        bottom=last.bottom,
        bold=False,
        table=tuple(tuple(cells) for cells in grid),
    )


def _placed(row: _Row, columns: Sequence[tuple[float, float]]) -> list[str]:
    cells = [""] * len(columns)
    rights = [right for _, right in columns]
    for cell in row.cells:
        middle = (cell.left + cell.right) / 2
        place = min(bisect_left(rights, middle), len(columns) - 1)
        if place and middle - rights[place - 1] <= columns[place][0] - middle:
            place -= 1
        cells[place] = f"{cells[place]} {cell.text}".strip()
    return cells


def _is_regular(
    rows: Sequence[_Row],
    columns: Sequence[tuple[float, float]],
    grid: Sequence[Sequence[str]],
) -> bool:
    """Whether every column is mostly filled, aligned, and not running text or marks of a list."""
    body = grid[1:]
    if any(_LEADER.search(row.line.text) for row in rows):
        return False
    if sum(bool(cells[0]) and cells[0].endswith(":") for cells in grid) * 2 >= len(grid):
        return False
    if sum(bool(_MARKER.fullmatch(cells[0])) for cells in body) * 2 >= len(body):
        return False
    if sum(bool(cell) for cells in body for cell in cells) < _FILLED_SHARE * len(body) * len(
        columns
    ):
        return False
    prose = 0
    for index, (left, right) in enumerate(columns):
        filled = [cells[index] for cells in body if cells[index]]
        if len(filled) < max(len(body) * _FILLED_COLUMN_SHARE, 2):
            return False
        own = [
            cell
            for row in rows[1:]
            for cell in row.cells
            if left - _NEAR <= cell.left and cell.right <= right + _NEAR
        ]
        numbers = sum(bool(_NUMERIC.fullmatch(text)) for text in filled)
        if numbers < len(filled) * _ALIGNED_SHARE and not _is_aligned(own):
            return False
        prose += median(len(text) for text in filled) > _PROSE_CHARACTERS
    return prose < 2


def _is_aligned(cells: Sequence[Cell]) -> bool:
    """Whether nearly all cells share an edge, or a middle."""
    for places in (
        [cell.left for cell in cells],
        [cell.right for cell in cells],
        [(cell.left + cell.right) / 2 for cell in cells],
    ):
        usual = median(places)
        if sum(abs(place - usual) <= _NEAR for place in places) >= _ALIGNED_SHARE * len(places):
            return True
    return False


def _has_header(
    rows: Sequence[_Row],
    columns: Sequence[tuple[float, float]],
    grid: Sequence[Sequence[str]],
    rules: Sequence[Box],
) -> bool:
    """Whether the first row names the columns and something sets it apart from the others."""
    header, body = grid[0], grid[1:]
    if not all(header[1:]) or any(len(cell) > _LONGEST_HEADER for cell in header):
        return False
    if any(_NUMERIC.fullmatch(cell) or cell.endswith(":") for cell in header if cell):
        return False
    if any(not _LETTER.search(cell) for cell in header if cell):
        return False
    if rows[0].line.bold and not rows[1].line.bold:
        return True
    if _is_underlined(rows, columns, rules):
        return True
    fewest = _FEWEST_ROWS if len(columns) > 2 else _FEWEST_ROWS_OF_PAIRS
    return len(grid) >= fewest and any(
        all(_NUMERIC.fullmatch(text) or _NOTHING.fullmatch(text) for text in values)
        and any(_NUMERIC.fullmatch(text) for text in values)
        for values in ([cells[i] for cells in body if cells[i]] for i in range(1, len(columns)))
    )


def _is_underlined(
    rows: Sequence[_Row], columns: Sequence[tuple[float, float]], rules: Sequence[Box]
) -> bool:
    """Whether a rule under the first row, and under none of the last ones, parts it from them."""
    left, right = columns[0][0], columns[-1][1]
    top, low = rows[0].line.bottom, rows[1].line.bottom
    long = [
        rule.bottom
        for rule in rules
        if rule.bottom == rule.top
        and min(rule.right, right) - max(rule.left, left) >= 0.9 * (right - left)
    ]
    return any(low + rows[1].line.size * 0.5 <= y <= top + _NEAR for y in long)
