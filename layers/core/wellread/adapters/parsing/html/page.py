"""A page's blocks between the walk that finds them and the text that they become."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wellread.adapters.parsing.html.looks import Look
from wellread.adapters.parsing.running_lines import is_torn, running_lines
from wellread.adapters.parsing.table_shape import Table, is_figure, is_units
from wellread.adapters.parsing.text_builder import TextBuilder, markdown_cell, markdown_row

_UNITS_WITHIN = re.compile(
    r"\([^()]{0,60}\bin (?:thousands|millions|billions|trillions)\b[^()]{0,60}\)", re.IGNORECASE
)
_GOES_ON = re.compile(r"[a-z]")
_OPENS = re.compile(r"[^\W_a-z]|[\"'\u201c\u2018\u00a7]|[a-z0-9]{1,3}[.)]")
_DEFINES = re.compile(r"(?:means?|shall mean|refers? to|has the meaning|is defined|includes?)\b")
_NAMED = re.compile(
    r"(?P<part>part\s+[ivx]+\b)|(?P<item>item\s+\d+[a-c]?\b)|(?P<note>note\s+\d+\b)",
    re.IGNORECASE,
)
_LEVELS = {"part": 1, "item": 2, "note": 3}
_NUMBERED = re.compile(r"(?:section\s+)?(\d{1,3}(?:\.\d{1,3})*)[.)]?\s", re.IGNORECASE)
_SENTENCE = re.compile(r"[.,;\u2026]$")
_LONGEST_HEADING = 150
_LARGER = 1.15
_MUCH_LARGER = 1.5
_COVER_BLOCKS = 60
_KIND_OR_YEAR = re.compile(
    r"form \S{1,10}"
    r"|for the (?:fiscal |financial |quarterly |annual )?(?:year|quarter|period) ended .{6,30}",
    re.IGNORECASE,
)
_MOST_BOLD = 0.4
_LONGEST_RUN = 3
_TEXT_PER_HEADING = 8000
_DEEPEST = 6
_MOST_RUNNING_CELLS = 6
_FEWEST_NAMED = 3
_FEWEST_ALIKE = 3


@dataclass(slots=True)
class _Block:
    """A paragraph, a heading (level above 0) or a table."""

    text: str
    tight: bool = False
    level: int = 0
    look: Look | None = None
    table: Table | None = None


class Page:
    """Collects the blocks of a page in reading order."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._breaks: list[int] = []

    @property
    def titles(self) -> Sequence[str]:
        """The headings that the page marks as its topmost."""
        return [block.text for block in self._blocks if block.level == 1]

    def cover(self) -> str:
        """What the top says in letters much larger than the text's, and of what kind and year."""
        top = self._blocks[:_COVER_BLOCKS]
        usual = _usual_look(self._blocks)
        sizes = [block.look.size if block.look else 0.0 for block in top]
        largest = max(sizes, default=0.0)
        if not usual.size or largest < usual.size * _MUCH_LARGER or sizes.count(largest) > 1:
            return ""
        name = top[sizes.index(largest)].text
        more = {b.text.casefold(): b.text for b in top if _KIND_OR_YEAR.fullmatch(b.text)}
        return " ".join([name, *more.values()])

    def block(self, text: str, *, tight: bool = False, look: Look | None = None) -> None:
        """Add a paragraph; with its look it may turn out to be a heading."""
        self._blocks.append(_Block(text, tight, look=look))

    def heading(self, level: int, title: str) -> None:
        """Add a heading."""
        if title:
            self._blocks.append(_Block(title, level=level))

    def table(self, table: Table) -> None:
        """Add a table; one of a single row is a line of text."""
        if not table.rows:
            self.block(" ".join([*table.captions, *filter(None, table.header)]))
        elif len(table.rows) == 1 and not any(table.header):
            self.block(" ".join([*table.captions, *filter(None, table.rows[0])]))
        else:
            self._blocks.append(_Block("", table=table))

    def page_break(self) -> None:
        """Begin the next printed page."""
        self._breaks.append(len(self._blocks))

    def write_to(self, builder: TextBuilder) -> None:
        """Write everything, without what pages repeat, and with headings found by their look."""
        blocks = [block for block in self._without_running() if block.text or block.table]
        if _lacks_headings(blocks):
            _find_headings(blocks)
        for block in _with_headed_tables(blocks):
            if block.table is not None:
                _write_table(builder, block.table)
            elif block.level:
                builder.heading(block.level, block.text)
            else:
                builder.block(block.text, tight=block.tight)

    def _without_running(self) -> Sequence[_Block]:
        running = running_lines([_running_text(block) for block in self._blocks], self._breaks)
        if not running:
            return self._blocks
        kept: list[tuple[_Block, list[str]]] = []
        parted = False
        for index, block in enumerate(self._blocks):
            if index in running:
                parted = True
                continue
            if parted and kept and _is_torn(*kept[-1], block):
                kept[-1][1].append(block.text)
            else:
                kept.append((block, [block.text]))
            parted = False
        for block, pieces in kept:
            block.text = " ".join(pieces)
        return [block for block, _ in kept]


def _is_torn(before: _Block, pieces: Sequence[str], after: _Block) -> bool:
    """Whether a page's end tore a sentence in two, the first of which may be in pieces already."""
    both_text = not (before.table or after.table or before.level or after.level)
    return both_text and is_torn(pieces[-1], after.text) and len(before.text) > _LONGEST_HEADING


def _with_headed_tables(blocks: Sequence[_Block]) -> list[_Block]:
    """The blocks, and in the headers of tables what their figures are in.

    A row is quoted by itself, so its header says what the line above the table says.
    """
    headed: list[_Block] = []
    for block in blocks:
        before = headed[-1] if headed else None
        table = block.table
        if table is not None and before is not None:
            if before.table is not None:
                block.table = _continued(table, before.table)
            elif not table.header[0] and any(table.header[1:]):
                units = _UNITS_WITHIN.findall(before.text)
                if is_units(before.text):
                    units = [headed.pop().text]
                table.header[0] = units[-1] if units else ""
        headed.append(block)
    return headed


def _continued(table: Table, above: Table) -> Table:
    """A table that goes on has the names of its columns in its first part."""
    if len(above.header) != len(table.header) or any(table.header[1:]):
        return table
    rows = [table.header, *table.rows] if table.header[0] else table.rows
    return Table(above.header, rows, table.captions)


def _write_table(builder: TextBuilder, table: Table) -> None:
    for caption in table.captions:
        builder.block(caption)
    rows = [table.header, ["---"] * len(table.header), *table.rows]
    builder.table_lines([markdown_row([markdown_cell(cell) for cell in row]) for row in rows])


def _running_text(block: _Block) -> str:
    """What a block repeats from page to page, if it does."""
    if block.table is None:
        return "" if block.level or "\n" in block.text else block.text
    cells = [cell for row in (block.table.header, *block.table.rows[:3]) for cell in row if cell]
    is_small = len(cells) <= _MOST_RUNNING_CELLS and len(block.table.rows) <= 3
    return "" if not is_small or any(map(is_figure, cells)) else cells[-1]


def _lacks_headings(blocks: Sequence[_Block]) -> bool:
    """Whether the page marks no headings, or hardly any."""
    marked = sum(1 for block in blocks if block.level)
    below = sum(1 for block in blocks if block.level > 1)
    length = sum(len(block.text) for block in blocks)
    return not below or length > marked * _TEXT_PER_HEADING


def _find_headings(blocks: Sequence[_Block]) -> None:
    """Make headings of short lines that are bold or larger than the text."""
    usual = _usual_look(blocks)
    looks: dict[int, tuple[float, ...]] = {}
    for position, block in enumerate(blocks):
        after = blocks[position + 1] if position + 1 < len(blocks) else None
        if not _stands_out(block, usual):
            continue
        if after is not None and _DEFINES.match(after.text):
            # A term in bold, and what it means, are one paragraph.
            after.tight = True
        elif after is not None and (after.table is not None or not _GOES_ON.match(after.text)):
            looks[position] = _rank(block)
    for position in _crowded(looks):
        del looks[position]
    named = {p: match for p in looks if (match := _NAMED.match(blocks[p].text))}
    others = [position for position in looks if position not in named]
    if len(named) >= _FEWEST_NAMED:
        # What stands out before the first part is a cover.
        others = [position for position in others if position > min(named)]
    for position, match in named.items():
        blocks[position].level = _LEVELS[match.lastgroup or ""]
    counts = Counter(looks[position] for position in others)
    ranks = sorted(rank for rank, count in counts.items() if count >= _FEWEST_ALIKE)
    top = max((blocks[position].level for position in named), default=1) + 1
    for position in others:
        level = top + max(bisect_right(ranks, looks[position]) - 1, 0)
        blocks[position].level = min(level, _DEEPEST)


def _usual_look(blocks: Sequence[_Block]) -> Look:
    """The size of most of the text, and bold where most of it is."""
    sizes: dict[float, int] = {}
    total = bold = 0
    for block in blocks:
        if block.look is not None:
            sizes[block.look.size] = sizes.get(block.look.size, 0) + len(block.text)
            total += len(block.text)
            bold += len(block.text) if block.look.bold else 0
    size = max(sizes, key=lambda size: sizes[size], default=0.0)
    return Look(bold=bold > total * _MOST_BOLD, size=size)


def _stands_out(block: _Block, usual: Look) -> bool:
    look, text = block.look, block.text
    if look is None or look.linked or block.level or len(text) > _LONGEST_HEADING or "\n" in text:
        return False
    large = usual.size > 0 and look.size >= usual.size * _LARGER
    if not (large or (look.bold and not usual.bold) or look.underlined):
        return False
    if sum(character.isalpha() for character in text) < 3 or not _OPENS.match(text):
        return False
    short = len(text.split()) <= 8 and not text.endswith((",", ";"))
    return short or not _SENTENCE.search(text)


def _rank(block: _Block) -> tuple[float, ...]:
    """The outermost headings' ranks sort first."""
    look = block.look or Look()
    numbered = _NUMBERED.match(block.text)
    depth = numbered[1].count(".") if numbered else 0
    return (-round(look.size), not block.text.isupper(), not look.bold, look.italic, depth)


def _crowded(positions: Sequence[int] | dict[int, tuple[float, ...]]) -> list[int]:
    """Lines that stand out one below the other, as on a cover, head nothing; but the last does."""
    crowded: list[int] = []
    run: list[int] = []
    for position in [*positions, -1]:
        if run and position != run[-1] + 1:
            if len(run) > _LONGEST_RUN:
                crowded.extend(run[:-1])
            run = []
        run.append(position)
    return crowded
