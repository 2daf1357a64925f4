"""The pages of a PDF as lines and tables in reading order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from wellread.adapters.parsing.pdf.aligned import with_aligned_tables
from wellread.adapters.parsing.pdf.columns import in_columns
from wellread.adapters.parsing.pdf.filled import put_in_place, ticks_and_marks
from wellread.adapters.parsing.pdf.lines import Characters, Line, Page, joined, raw_lines
from wellread.adapters.parsing.pdf.tables import RuledTable, page_rules, ruled_tables
from wellread.adapters.parsing.pdf.words import PageWords


def read_page(page: pypdfium2.PdfPage, again: Callable[[], pypdfium2.PdfPage]) -> list[Line]:
    """The lines of a page in reading order, its tables in their places.

    Args:
        page: A page.
        again: Loads it anew, as it is then.
    """
    textpage = page.get_textpage()
    characters = Characters(textpage)
    ticks, shown = ticks_and_marks(page)
    if shown and pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY) >= 0:
        flat = again()
        flat_text = flat.get_textpage()
        filled = Characters(flat_text)
        # A font of the form may take the name of one of the page, which garbles its text.
        if filled.text.startswith(characters.text):
            put_in_place(filled, characters.text, ticks)
            page, textpage, characters = flat, flat_text, filled
    raw = list(raw_lines(characters))
    lines = joined(in_columns(raw, characters) or raw)
    rules = page_rules(page)
    for table in ruled_tables(rules, PageWords(raw, characters)):
        lines = _with_table(lines, table)
    lines = with_aligned_tables(lines, characters, rules)
    textpage.close()
    return lines


def _with_table(lines: Sequence[Line], table: RuledTable) -> list[Line]:
    """The lines with a table in place of those that lie in it."""
    holds = table.box.holds
    inside = [holds(line.left, line.bottom + line.size / 2) for line in lines]
    # Lines that only begin in the table, or reach into it, would lose their words, or say them
    # twice.
    said = " ".join(line.text for line, within in zip(lines, inside, strict=True) if within)
    if not said or not table.says(said):
        return list(lines)
    words = " ".join(cell for row in table.rows for cell in row if cell)
    whole = Line(words, 0.0, table.box.left, table.box.bottom, table=table.rows)
    first = inside.index(True)
    before = list(lines[:first])
    after = [line for line, within in zip(lines, inside, strict=True) if not within][first:]
    return [*before, whole, *after]


def join_tables(pages: Sequence[Page]) -> None:
    """Make one table of those that go on over a page break under the same header."""
    header: tuple[str, ...] | None = None
    for page in pages:
        if not page.lines:
            header = None
            continue
        first, last = page.lines[0], page.lines[-1]
        if header and len(first.table) > 1 and first.table[0] == header:
            rows = first.table[1:]
            words = " ".join(cell for row in rows for cell in row if cell)
            page.lines[0] = first._replace(text=words, table=rows, continued=True)
        if not page.lines[-1].continued:
            header = last.table[0] if last.table and _is_whole(last.table) else None


def _is_whole(rows: Sequence[Sequence[str]]) -> bool:
    """Whether no column is blank, so that none is left out when the table is written."""
    return all(any(column) for column in zip(*rows, strict=True))
