"""Tables of a page as rows of cells, and the words of an element."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

from selectolax.lexbor import LexborNode

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.html.nodes import first_character
from wellread.adapters.parsing.table_shape import Cell, Table, is_figure, shape

BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption "
    "figure footer form header hgroup hr html legend main ol p section summary table tbody td "
    "tfoot th thead tr ul li pre h1 h2 h3 h4 h5 h6 caption".split()
)
_APART = "br,p,div,li,dt,dd,td,th,pre,blockquote,h1,h2,h3,h4,h5,h6"
_MOST_SPANNED = 100
_MARK = re.compile(
    r"[\u2022\u25cf\u25aa\u25e6\u2023\u00b7\u2013\u2014*\u2610-\u2612\u25a0\u25a1-]"
    r"|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]+|(?:item|article|section|note|\u00a7)\s*\d+[a-z]?[.:]?",
    re.IGNORECASE,
)
_PROSE = 300


def words_of(node: LexborNode) -> str:
    """An element's words on one line: what stands on lines of its own is not run together."""
    if node.css_first(_APART) is None and node.css_first("sup") is None:
        return one_line(node.text())
    parts: list[str] = []
    stack: list[LexborNode | None] = list(reversed(list(node.iter(include_text=True))))
    while stack:
        child = stack.pop()
        if child is None:
            parts.append(" ")
        elif child.tag == "-text":
            parts.extend(filter(None, [child.text_content]))
        elif child.tag == "br":
            parts.append(" ")
        else:
            if child.tag == "sup" and (sign := power_sign(parts, child)):
                parts.append(sign)
            apart = child.tag in BLOCKS
            if apart:
                parts.append(" ")
                stack.append(None)
            stack.extend(reversed(list(child.iter(include_text=True))))
    return one_line("".join(parts))


def power_sign(before: Sequence[str], node: LexborNode) -> str:
    """What parts a raised number from the number that it follows: 10^6 is not 106."""
    last = before[-1] if before else ""
    return "^" if last[-1:].isdigit() and first_character(node).isdigit() else ""


def read_table(table: LexborNode) -> Table:
    """A table as a reader sees it; a cell that spans rows is repeated in them."""
    grid = []
    reaching: list[tuple[Cell, int]] = []
    for row in table.css("tr"):
        in_head = row.parent is not None and row.parent.tag == "thead"
        cells = [cell for cell, _ in reaching]
        taken = deque((cell.start, cell.end) for cell in cells)
        reaching = [(cell, left - 1) for cell, left in reaching if left > 1]
        place = 0
        for node in row.iter():
            if node.tag not in ("td", "th"):
                continue
            while taken and taken[0][0] <= place:
                place = max(place, taken.popleft()[1])
            end = place + _span(node, "colspan")
            head = in_head or node.tag == "th"
            cell = Cell(words_of(node), place, end, head)
            cells.append(cell)
            rows_down = _span(node, "rowspan")
            if rows_down > 1:
                carried = Cell(cell.text, place, end, head, carried=True)
                reaching.append((carried, rows_down - 1))
            place = end
        reaching.sort(key=lambda cell: cell[0].start)
        grid.append(sorted((c for c in cells if c.text), key=lambda cell: cell.start))
    return shape(grid)


def is_layout(table: LexborNode) -> bool:
    """Whether a table only arranges things.

    It nests tables or headings, has one cell a row besides blank ones, sets marks beside
    paragraphs, or columns of prose side by side.
    """
    if table.css_first("table table") is not None or table.css_first("td h1,td h2,td h3,td pre"):
        return True
    rows = table.css("tr")
    if all(len(row.css("td,th")) <= 1 for row in rows):
        return True
    if table.css_first("th") is not None:
        return False
    return all(
        len(cells) <= 1 or is_marked(cells) or (len(rows) == 1 and _is_prose(cells[0], cells[-1]))
        for cells in map(_filled, rows)
    )


def is_marked(cells: Sequence[str]) -> bool:
    """Whether a row is a paragraph with its bullet, number or tick box beside it."""
    return len(cells) == 2 and _MARK.fullmatch(cells[0]) is not None and not is_figure(cells[1])


def marked_row(row: LexborNode) -> bool:
    """Whether a row of a table that only arranges things is a paragraph with its mark."""
    return row.css_first("table") is None and is_marked(_filled(row))


def _is_prose(*texts: str) -> bool:
    return any(len(text) >= _PROSE for text in texts)


def _filled(row: LexborNode) -> list[str]:
    words = [words_of(cell) for cell in row.iter() if cell.tag in ("td", "th")]
    return [text for text in words if text]


def _span(cell: LexborNode, name: str) -> int:
    span = cell.attributes.get(name) or "1"
    return min(int(span), _MOST_SPANNED) if span.isascii() and span.isdigit() and int(span) else 1
