"""The lines of a PDF page, with what tells headings and paragraphs apart."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pypdfium2
import pypdfium2.raw as pdfium

from wellread.adapters.parsing.characters import clean
from wellread.adapters.parsing.pdf_tables import RuledTable, ruled_tables

PARAGRAPH_GAP = 1.6
"""In lines: a wider step down than that starts a new paragraph, or ends a heading."""

_BOLD = 600
_LONGEST_FONT_NAME = 128
# PDFium writes U+FFFE or U+0002 for the hyphen of a word that it takes to be split.
_SPLIT_MARK = re.compile("[\x02\ufffe]")
_HYPHEN = "\u00ad"
_SPLIT_WORD = re.compile("(\\w+)\u00ad(\\w+)")
_COMPOUND = re.compile(r"\w+-\w+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page.

    Attributes:
        size: Height of its font on the page, in points, to the half: the middle of three
            characters, because first ones may be symbols or initials of another size.
        level: Of the heading that the line is, 0 for text.
        table: The rows of the table that stands in this place; `text` is then all its words.
    """

    text: str
    size: float
    left: float
    bottom: float
    bold: bool = False
    level: int = 0
    table: tuple[tuple[str, ...], ...] = ()

    @property
    def fixed(self) -> bool:
        """Whether the line is more than running text."""
        return bool(self.level or self.table)


@dataclass(slots=True)
class Page:
    """A page while it is being read.

    Attributes:
        scanned: It is a picture, or cannot be read.
    """

    number: int
    lines: list[Line] = field(default_factory=list)
    scanned: bool = False


def page_lines(page: pypdfium2.PdfPage) -> list[Line]:
    """The lines of a page in reading order, its ruled tables in their places."""
    textpage = page.get_textpage()
    lines = _joined(_lines(textpage))
    for table in ruled_tables(page, textpage):
        lines = _with_table(lines, table)
    textpage.close()
    return lines


def _lines(textpage: pypdfium2.PdfTextPage) -> Iterator[Line]:
    text = textpage.get_text_range()
    offset = 0
    for raw in text.split("\r\n"):
        indent = len(raw) - len(raw.lstrip())
        if indent < len(raw):
            last = len(raw.rstrip()) - 1
            boxes = [
                _box(textpage, offset + place)
                for place in (indent, _visible(raw, (indent + last) // 2), last)
            ]
            size = sorted(box[2] for box in boxes)[1]
            bold = _is_bold(textpage, offset + last) and _is_bold(textpage, offset + indent)
            yield Line(raw, size, boxes[0][0], min(box[1] for box in boxes), bold)
        offset += len(raw) + 2


def _visible(text: str, place: int) -> int:
    """The place of a visible character, near the given one and not after it."""
    while place and text[place].isspace():
        place -= 1
    return place


def _is_bold(textpage: pypdfium2.PdfTextPage, place: int) -> bool:
    index = pdfium.FPDFText_GetCharIndexFromTextIndex(textpage.raw, place)
    weight = int(pdfium.FPDFText_GetFontWeight(textpage.raw, max(index, 0)))
    if weight > 0:
        return weight >= _BOLD
    # Fonts that the file does not carry along have a name only.
    name = ctypes.create_string_buffer(_LONGEST_FONT_NAME)
    pdfium.FPDFText_GetFontInfo(
        textpage.raw, max(index, 0), name, _LONGEST_FONT_NAME, ctypes.c_int()
    )
    return b"bold" in name.value.lower()


def _box(textpage: pypdfium2.PdfTextPage, place: int) -> tuple[float, float, float]:
    """Left, bottom and height of the character at a place of the page's text."""
    index = pdfium.FPDFText_GetCharIndexFromTextIndex(textpage.raw, place)
    try:
        left, bottom, _, top = textpage.get_charbox(max(index, 0), loose=True)
    except pypdfium2.PdfiumError:
        return 0.0, 0.0, 0.0
    return left, bottom, round((top - bottom) * 2) / 2


def _joined(lines: Iterator[Line]) -> list[Line]:
    """Lines with split words and split lines (superscripts, cells of a row) put together."""
    joined: list[Line] = []
    for line in lines:
        previous = joined[-1] if joined else None
        if previous is None:
            joined.append(line)
        elif previous.text[-1] in "\x02\ufffe\u00ad":
            text = previous.text[:-1] + _HYPHEN + line.text.lstrip()
            joined[-1] = replace(previous, text=text, bottom=line.bottom)
        elif line.left > previous.left and _same_row(previous, line):
            between = "" if line.text[0] in ",.;:)]" or previous.text[-1].isspace() else " "
            longer = max(previous, line, key=lambda part: len(part.text))
            text = previous.text + between + line.text
            joined[-1] = replace(previous, text=text, size=longer.size)
        else:
            joined.append(line)
    for index, line in enumerate(joined):
        tidy = _tidy(line.text)
        if tidy != line.text:
            joined[index] = replace(line, text=tidy)
    return [line for line in joined if line.text]


def _with_table(lines: Sequence[Line], table: RuledTable) -> list[Line]:
    """The lines with a table in place of those that lie in it."""
    inside = [table.box.holds(line.left, line.bottom + line.size / 2) for line in lines]
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


def _same_row(first: Line, second: Line) -> bool:
    height = max(first.size, second.size)
    overlap = min(first.bottom + first.size, second.bottom + second.size) - max(
        first.bottom, second.bottom
    )
    return height > 0 and overlap > 0.6 * min(first.size, second.size)


def _tidy(text: str) -> str:
    text = _SPLIT_MARK.sub(_HYPHEN, text)
    return clean(text.replace("\r", " ").replace("\t", " ")).replace("\n", " ").strip()


def join_words(pages: Sequence[Page]) -> None:
    """Put words together that were split at a line's end.

    The hyphen stays where the document writes it elsewhere, or what follows is no lower-case word.
    """
    lines = [line.text for page in pages for line in page.lines]
    if not any(_HYPHEN in line for line in lines):
        return
    compounds = {found.casefold() for line in lines for found in _COMPOUND.findall(line)}

    def joined(match: re.Match[str]) -> str:
        compound = f"{match[1]}-{match[2]}"
        keep = not match[2][0].islower() or compound.casefold() in compounds
        return compound if keep else match[1] + match[2]

    for page in pages:
        page.lines = [
            replace(line, text=_SPLIT_WORD.sub(joined, line.text).replace(_HYPHEN, ""))
            if _HYPHEN in line.text
            else line
            for line in page.lines
        ]
