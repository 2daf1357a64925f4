"""Tables of a PDF page whose cells are ruled, by the lines that are drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import pypdfium2

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.pdf.raw import count_segments, path_bounds, paths
from wellread.adapters.parsing.pdf.words import NEAR, Box, PageWords

_MOST_PATHS = 2_000
_THIN = 2.5
_SHORTEST = 8.0
_MOST_CELLS = 2_000
_MOST_GROUPS = 100
_LOST_SHARE = 0.02
_STACK_LINES = 3
_STACK_WIDTH = 18


@dataclass(frozen=True, slots=True)
class RuledTable:
    """A table with its place and its cells' words."""

    box: Box
    rows: tuple[tuple[str, ...], ...]

    def says(self, text: str) -> bool:
        """Whether the cells hold all words of a text, and no others."""
        words = Counter(text.replace("\u00ad", "").split())
        own = Counter(word for row in self.rows for cell in row for word in cell.split())
        return (
            words == own or ((words - own) + (own - words)).total() <= words.total() * _LOST_SHARE
        )


def ruled_tables(rules: Sequence[Box], words: PageWords) -> list[RuledTable]:
    """The page's ruled tables of at least two rows and columns.

    Where the grid cuts through words, it is no table, and its lines stay as they are.
    """
    if len(rules) < 4:
        return []
    found = []
    for group in _connected(rules):
        verticals = [rule for rule in group if _is_vertical(rule)]
        columns = _distinct(rule.left for rule in verticals)
        rows = _distinct(rule.bottom for rule in group if not _is_vertical(rule))
        if len(columns) < 3 or len(rows) < 3 or len(columns) * len(rows) > _MOST_CELLS:
            continue
        table = _read(words, columns, rows, verticals)
        if table is not None:
            found.append(table)
    return found


def page_rules(page: pypdfium2.PdfPage) -> list[Box]:
    """The straight lines on a page: thin paths, and the edges of rectangles."""
    return list(_rules(page))


def _rules(page: pypdfium2.PdfPage) -> Iterator[Box]:
    for path in islice(paths(page), _MOST_PATHS):
        bounds = path_bounds(path)
        if bounds is None:
            continue
        left, bottom, right, top = bounds
        width, height = right - left, top - bottom
        if max(width, height) < _SHORTEST:
            continue
        if width <= _THIN:
            yield Box(left + width / 2, bottom, left + width / 2, top)
        elif height <= _THIN:
            yield Box(left, bottom + height / 2, right, bottom + height / 2)
        elif count_segments(path) in (4, 5):
            yield Box(left, bottom, left, top)
            yield Box(right, bottom, right, top)
            yield Box(left, bottom, right, bottom)
            yield Box(left, top, right, top)


def _is_vertical(rule: Box) -> bool:
    return rule.left == rule.right


def _connected(rules: Sequence[Box]) -> list[list[Box]]:
    """Lines that touch one another, directly or through others."""
    groups: list[tuple[Box, list[Box]]] = []
    for rule in sorted(rules, key=lambda rule: (-rule.top, rule.left)):
        touching = [group for group in groups if _overlap(group[0], rule)]
        members = [rule]
        around = rule
        for box, others in touching:
            members = others + members
            around = _union(around, box)
        groups = [group for group in groups if group not in touching]
        groups.append((around, members))
        if len(groups) > _MOST_GROUPS:
            return []  # a drawing
    return [members for _, members in groups]


def _overlap(first: Box, second: Box) -> bool:
    left, bottom, right, top = first
    return (
        left <= second.right + NEAR
        and second.left <= right + NEAR
        and bottom <= second.top + NEAR
        and second.bottom <= top + NEAR
    )


def _union(first: Box, second: Box) -> Box:
    return Box(
        min(first.left, second.left),
        min(first.bottom, second.bottom),
        max(first.right, second.right),
        max(first.top, second.top),
    )


def _distinct(places: Iterator[float]) -> list[float]:
    """Places in order, those that are nearly the same as one."""
    distinct: list[float] = []
    for place in sorted(places):
        if not distinct or place - distinct[-1] > NEAR:
            distinct.append(place)
    return distinct


def _read(
    words: PageWords,
    columns: Sequence[float],
    rows: Sequence[float],
    verticals: Sequence[Box],
) -> RuledTable | None:
    box = Box(columns[0], rows[0], columns[-1], rows[-1])
    grid = list(_grid(columns, rows, verticals))
    texts = words.of_table(box, grid)
    exact = texts is not None
    if texts is None:
        if not words.may_look(1 + sum(map(len, grid))):
            return None
        texts = [[words.within(cell) for cell in row] for row in grid]
    cells = [
        _spread(row, texts_of_row, columns) for row, texts_of_row in zip(grid, texts, strict=True)
    ]
    filled = [row for row in cells if any(row)]
    if len(filled) < 2 or sum(any(column) for column in zip(*filled, strict=True)) < 2:
        return None
    if any(sum(_is_stack(cell) for cell in row) > 1 for row in filled):
        return None  # rows without rules between them: lines tell better what belongs together
    table = RuledTable(box, tuple(tuple(one_line(cell) for cell in row) for row in cells))
    return table if exact or table.says(words.within(box)) else None


def _is_stack(cell: str) -> bool:
    """Whether a cell is short lines one below the other, not a wrapped sentence."""
    lines = cell.splitlines()
    return len(lines) >= _STACK_LINES and len(cell) < len(lines) * _STACK_WIDTH


def _grid(
    columns: Sequence[float], rows: Sequence[float], verticals: Sequence[Box]
) -> Iterator[list[Box]]:
    """The cells of each row, from the top; some may span columns."""
    spans: dict[tuple[float, ...], list[tuple[float, float]]] = {}
    for bottom, top in reversed(list(pairwise(rows))):
        middle = (bottom + top) / 2
        crossing = tuple(rule.left for rule in verticals if rule.bottom <= middle <= rule.top)
        if crossing not in spans:
            spans[crossing] = list(pairwise(_ends(columns, crossing)))
        yield [Box(left, bottom, right, top) for left, right in spans[crossing]]


def _ends(columns: Sequence[float], crossing: Sequence[float]) -> list[float]:
    """The columns where cells of a row begin or end, by the rules that cross it."""
    return [
        column
        for index, column in enumerate(columns)
        if index in (0, len(columns) - 1) or any(abs(place - column) <= NEAR for place in crossing)
    ]


def _spread(row: Sequence[Box], texts: Sequence[str], columns: Sequence[float]) -> list[str]:
    """The texts of a row's cells by column: what spans columns stands in the first of them."""
    by_left = {cell.left: text for cell, text in zip(row, texts, strict=True)}
    return [by_left.get(column, "") for column in columns[:-1]]
