"""Pages in columns whose lines the file writes across all of them, read column by column."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from wellread.adapters.parsing.pdf.cells import Cell, line_cells
from wellread.adapters.parsing.pdf.lines import Characters, Line, first_line, joined, raw_lines

_FEWEST_LINES = 8
_FEWEST_ROWS = 6
_SAMPLES = 5
_WIDE = 0.6
_GUTTER = 0.75
_WIDEST_GUTTER = 4.0
_PITCH = 2.5
_MOST_GUTTERS = 5
_FULL = 0.7
_FULL_SHARE = 0.6
_FEWEST_WORDS = 4


@dataclass(frozen=True, slots=True)
class _Row:
    lines: tuple[Line, ...]
    cells: tuple[Cell, ...]

    @property
    def size(self) -> float:
        return self.lines[0].size

    @property
    def bottom(self) -> float:
        return self.lines[0].bottom


def in_columns(lines: Sequence[Line], characters: Characters) -> list[Line] | None:
    """The page's lines column by column; None where none goes across columns."""
    if not _suspect(lines, characters):
        return None
    rows = _rows(characters)
    done: list[Line] = []
    found = False
    index = 0
    while index < len(rows):
        end, gutters = _run(rows, index)
        block = rows[index:end]
        if gutters and len(block) >= _FEWEST_ROWS and _is_text(block, gutters):
            done.extend(_by_column(block, gutters, characters))
            found = True
        else:
            done.extend(line for row in block for line in row.lines)
        index = end
    return done if found else None


def _suspect(lines: Sequence[Line], characters: Characters) -> bool:
    """Whether most of a few wide lines hold a gap: all of them would take long to look at."""
    if len(lines) < _FEWEST_LINES:
        return False
    extent = max(line.right for line in lines) - min(line.left for line in lines)
    wide = [line for line in lines if line.right - line.left >= _WIDE * extent]
    if len(wide) < _FEWEST_ROWS:
        return False
    step = max(len(wide) // _SAMPLES, 1)
    samples = wide[step // 2 :: step][:_SAMPLES]
    gaps = 0
    for left, line in zip(range(len(samples) - 1, -1, -1), samples, strict=True):
        gaps += len(line_cells(first_line(line, characters), characters)) > 1
        if (gaps + left) * 2 <= len(samples):
            return False
    return True


def _rows(characters: Characters) -> list[_Row]:
    rows: list[tuple[list[Line], list[Cell]]] = []
    for line in raw_lines(characters, split_words=True):
        cells = line_cells(line, characters)
        before, others = rows[-1] if rows else ([], [])
        if (
            cells
            and others
            and abs(before[0].bottom - line.bottom) < 0.4 * line.size
            and line.left > others[-1].right
        ):
            before.append(line)
            others.extend(cells)
        else:
            rows.append(([line], list(cells)))
    return [_Row(tuple(lines), tuple(cells)) for lines, cells in rows]


def _run(rows: Sequence[_Row], start: int) -> tuple[int, list[tuple[float, float]]]:
    """Where the rows end that leave the same gutters free, and these gutters."""
    gutters = _gaps(rows[start])
    end = start + 1
    if not gutters:
        return end, []
    for index in range(start + 1, len(rows)):
        row = rows[index]
        pitch = rows[index - 1].bottom - row.bottom
        if not row.cells or not 0 < pitch <= _PITCH * row.size:
            break
        free = _free(gutters, row)
        if not free or (index - start >= _FEWEST_ROWS and len(free) < len(gutters)):
            break
        gutters = free
        end = index + 1
    return end, gutters if len(gutters) <= _MOST_GUTTERS else []


def _gaps(row: _Row) -> list[tuple[float, float]]:
    return [
        (first.right, second.left)
        for first, second in pairwise(row.cells)
        if second.left - first.right >= _GUTTER * row.size
    ]


def _free(gutters: Sequence[tuple[float, float]], row: _Row) -> list[tuple[float, float]]:
    """What a row's words leave of the gutters."""
    left: list[tuple[float, float]] = []
    spaces = [
        (float("-inf"), row.cells[0].left),
        *((first.right, second.left) for first, second in pairwise(row.cells)),
        (row.cells[-1].right, float("inf")),
    ]
    ends = [high for _, high in spaces]
    for low, high in gutters:
        for place in range(bisect_right(ends, low), len(spaces)):
            space_low, space_high = spaces[place]
            if space_low >= high:
                break
            if min(high, space_high) - max(low, space_low) >= _GUTTER * row.size:
                left.append((max(low, space_low), min(high, space_high)))
    return left


def _is_text(rows: Sequence[_Row], gutters: Sequence[tuple[float, float]]) -> bool:
    """Whether every column is running text: lines of several words that mostly fill it."""
    if any(high - low > _WIDEST_GUTTER * rows[0].size for low, high in gutters):
        return False
    for column in _parts(rows, gutters):
        pieces = [piece for piece in column if piece]
        if len(pieces) < _FEWEST_ROWS - 1:
            return False
        width = max(p[-1].right for p in pieces) - min(p[0].left for p in pieces)
        full = sum(p[-1].right - p[0].left >= _FULL * width for p in pieces)
        words = median(sum(len(cell.text.split()) for cell in p) for p in pieces)
        if full < _FULL_SHARE * len(pieces) or words < _FEWEST_WORDS:
            return False
    return True


def _parts(
    rows: Sequence[_Row], gutters: Sequence[tuple[float, float]]
) -> list[list[tuple[Cell, ...]]]:
    """For each column the cells of each row."""
    edges = [float("-inf"), *((low + high) / 2 for low, high in gutters), float("inf")]
    return [
        [tuple(cell for cell in row.cells if low <= cell.left < high) for row in rows]
        for low, high in pairwise(edges)
    ]


def _by_column(
    rows: Sequence[_Row], gutters: Sequence[tuple[float, float]], characters: Characters
) -> list[Line]:
    lines: list[Line] = []
    for column in _parts(rows, gutters):
        pieces = [characters.line(cells[0].start, cells[-1].end) for cells in column if cells]
        lines.extend(joined(_marked(line) for line in pieces if line is not None))
    return lines


def _marked(line: Line) -> Line:
    """The line, its last hyphen as one that may be the end of a split word."""
    if line.text.endswith("-") and line.text[-2:-1].isalpha():
        return line._replace(text=line.text[:-1] + "\ufffe")
    return line
