"""Building a `ParsedText` block by block, with offsets that are right by construction."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import compress

from wellread.adapters.parsing.characters import clean, one_line
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.titles import LONGEST_HEADING, worthy
from wellread.domain.knowledge.documents import Heading, PageSpan, ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_INVISIBLE = re.compile("[\u00ad\u200b\ufeff\u2060]")
_DEEPEST_HEADING = 6
_TOP_CHARACTERS = 500
_SMALL_GRID = 100_000
_MOST_BLANKS = 20
_CHAPTER = re.compile(
    r"(?:chapter|section|part|appendix|kapitel|teil|\d+(?:[.)]|\s))", re.IGNORECASE
)


class TextBuilder:
    """Collects blocks, headings, tables and pages in reading order."""

    def __init__(self, media_type: str, limits: ParseLimits) -> None:
        """Start an empty text."""
        self._media_type = media_type
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._headings: list[Heading] = []
        self._pages: list[PageSpan] = []
        self._unreadable: list[int] = []
        self._tables = 0
        self._page_start = -1
        self._untitled = False

    @property
    def headings(self) -> Sequence[Heading]:
        """The headings so far."""
        return self._headings

    def block(self, text: str, *, tight: bool = False) -> int | None:
        """Add a block after a blank line (`tight`: on the next line).

        Returns:
            The block's offset; None where there was nothing visible to add.
        """
        text = visible(text).strip("\n").rstrip()
        if not text.strip():
            return None
        if self._length:
            self._add("\n" if tight else "\n\n")
        start = self._length
        if self._page_start < 0:
            self._page_start = start
        if self._untitled:
            self._headings.append(Heading(1, "", start))
            self._untitled = False
        self._add(text)
        return start

    def end_section(self) -> None:
        """What comes next is under none of the headings so far."""
        self._untitled = bool(self._headings)

    def heading(self, level: int, title: str) -> None:
        """Add a heading on a line of its own; what is as long as a chapter heads none."""
        title = one_line(visible(title))
        self._untitled = False
        start = self.block(title)
        if start is not None and len(title) <= LONGEST_HEADING:
            self._headings.append(Heading(min(max(level, 1), _DEEPEST_HEADING), title, start))

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Add a table as markdown, its first row as the header; a single row is a line of text."""
        filled = [row for row in rows if any(cell.strip() for cell in row)]
        if len(filled) == 1:
            self.block(one_line(" ".join(filled[0])))
        elif self.block(markdown_table(filled)) is not None:
            self._tables += 1

    def table_lines(self, lines: Sequence[str]) -> None:
        """Add a table that is markdown already; a single line is text."""
        if self.block("\n".join(lines)) is not None and len(lines) > 1:
            self._tables += 1

    def more_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Go on with the table that was added last, which has as many columns."""
        lines = [
            markdown_row([markdown_cell(cell) for cell in cells])
            for cells in rows
            if any(cell.strip() for cell in cells)
        ]
        self.block("\n".join(lines), tight=True)

    def leading_title(self) -> str:
        """The heading that stands for the whole text: the very first line, or alone at the top."""
        if not self._headings or self._headings[0].start > _TOP_CHARACTERS:
            return ""
        first = self._headings[0]
        alone = all(heading.level > first.level for heading in self._headings[1:])
        heads_all = alone or (first.start == 0 and not _CHAPTER.match(first.title))
        return worthy(first.title) if heads_all else ""

    def embed(self, parsed: ParsedText, *, below: int) -> None:
        """Add another document's text, its headings below a level; its pages are not ours."""
        start = self.block(parsed.text)
        if start is None:
            return
        skipped = len(parsed.text) - len(parsed.text.lstrip("\n"))
        for heading in parsed.headings:
            level = min(heading.level + below, _DEEPEST_HEADING)
            place = max(heading.start - skipped, 0) + start
            self._headings.append(Heading(level, heading.title, place))
        self._tables += parsed.tables

    def page(self, number: int, blocks: Iterable[None], *, unreadable: bool = False) -> None:
        """Add a page; consuming `blocks` adds its content."""
        before = self._length
        self._page_start = -1
        for _ in blocks:
            pass
        start = before if self._page_start < 0 else self._page_start
        self._pages.append(PageSpan(number, start, self._length))
        if unreadable:
            self._unreadable.append(number)

    def build(self, title: str = "") -> ParsedText:
        """The text.

        Raises:
            DocumentError: `empty`: nothing visible was added.
        """
        if not self._length:
            raise DocumentError(FailureCode.EMPTY)
        return ParsedText(
            text="".join(self._parts),
            title=title,
            headings=tuple(self._headings),
            pages=tuple(self._pages),
            tables=self._tables,
            unreadable_pages=tuple(self._unreadable),
            media_type=self._media_type,
        )

    def _add(self, text: str) -> None:
        self._length += len(text)
        self._limits.check_characters(self._length)
        self._parts.append(text)


def is_sparse(rows: int, columns: int, cells: int) -> bool:
    """Whether so many cells, laid out in rows and columns, would be little but blanks.

    A few lines can ask for a large grid. What it would take to write its blanks has no bound in
    what is read.
    """
    return rows * columns > max(_SMALL_GRID, cells * _MOST_BLANKS)


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """A markdown table; rows and columns that are all blank are left out.

    Rows are as long as the longest one, but in a table that would be little but blanks.
    """
    cells = [_cells(row) for row in rows]
    cells = [row for row in cells if any(row)]
    width = max((len(row) for row in cells), default=0)
    if not any(len(row) == width and all(row) for row in cells):
        used = {place for row in cells for place, cell in enumerate(row) if cell}
        if len(used) < width:
            kept = [place in used for place in range(width)]
            cells = [list(compress(row, kept)) for row in cells]
            width = len(used)
    if is_sparse(len(cells), width, sum(map(len, cells))):
        lines = [markdown_row(row) for row in cells]
    else:
        lines = [markdown_row(row + [""] * (width - len(row))) for row in cells]
    if lines:
        lines.insert(1, markdown_row(["---"] * width))
    return "\n".join(lines)


def markdown_row(cells: Sequence[str]) -> str:
    """A row of a markdown table."""
    return f"| {' | '.join(cells)} |"


def markdown_cell(text: str) -> str:
    """Text as it may stand in a cell of a markdown table."""
    usual = text.isprintable() and "|" not in text and "  " not in text
    if usual and text[:1] != " " and text[-1:] != " ":
        return text
    return one_line(visible(text)).replace("|", "\\|")


def visible(text: str) -> str:
    """The text without characters that control something or that nobody sees."""
    text = clean(text)
    return text if text.isascii() else _INVISIBLE.sub("", text)


def _cells(row: Sequence[str]) -> list[str]:
    """The cells of a row; of a usual one there is nothing to change."""
    joined = "|".join(row)
    edged = f"|{joined}|"
    if (
        joined.isprintable()
        and joined.count("|") == len(row) - 1
        and " |" not in edged
        and "| " not in edged
        and "  " not in joined
    ):
        return row if isinstance(row, list) else list(row)
    return [markdown_cell(cell) for cell in row]
