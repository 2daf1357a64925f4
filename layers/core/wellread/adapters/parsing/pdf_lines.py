"""The lines of a PDF page, with what tells headings and paragraphs apart."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import pypdfium2
import pypdfium2.raw as pdfium

from wellread.adapters.parsing.characters import clean

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
    """A line of a page, or a table in its place.

    Attributes:
        size: Height of its font on the page, in points, to the half: the middle of three
            characters, because first ones may be symbols or initials of another size.
        level: Of the heading that the line is, 0 for text.
        right: Where it ends, 0 where that is not known.
        table: The rows of the table that stands in this place; `text` is then all its words.
        continued: The table goes on from the page before, without its header.
        place: Offset in the page's text as PDFium gives it.
        extent: Characters of that text that the line is made of.
        above: How much higher its first line stands, where it was joined from several.
    """

    text: str
    size: float
    left: float
    bottom: float
    bold: bool = False
    level: int = 0
    right: float = 0.0
    table: tuple[tuple[str, ...], ...] = ()
    continued: bool = False
    place: int = 0
    extent: int = 0
    above: float = 0.0

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


class Characters:
    """The characters of a page: where they stand and what they look like."""

    def __init__(self, textpage: pypdfium2.PdfTextPage) -> None:
        """Read a page's text."""
        self.text: str = textpage.get_text_range()
        self._raw = textpage.raw
        self._rectangle = pdfium.FS_RECTF()

    def box(self, place: int) -> tuple[float, float, float, float]:
        """Left, bottom, right and height of the character at a place of the text."""
        index = max(pdfium.FPDFText_GetCharIndexFromTextIndex(self._raw, place), 0)
        box = self._rectangle
        if not pdfium.FPDFText_GetLooseCharBox(self._raw, index, box):
            return 0.0, 0.0, 0.0, 0.0
        return box.left, box.bottom, box.right, round((box.top - box.bottom) * 2) / 2

    def is_bold(self, place: int) -> bool:
        """Whether the character at a place of the text is bold."""
        index = max(pdfium.FPDFText_GetCharIndexFromTextIndex(self._raw, place), 0)
        weight = int(pdfium.FPDFText_GetFontWeight(self._raw, index))
        if weight > 0:
            return weight >= _BOLD
        # Fonts that the file does not carry along have a name only.
        name = ctypes.create_string_buffer(_LONGEST_FONT_NAME)
        pdfium.FPDFText_GetFontInfo(self._raw, index, name, _LONGEST_FONT_NAME, ctypes.c_int())
        return b"bold" in name.value.lower()

    def line(self, place: int, end: int) -> Line | None:
        """The line that a stretch of the text makes, None where it is blank."""
        raw = self.text[place:end]
        indent = len(raw) - len(raw.lstrip())
        if indent == len(raw):
            return None
        last = len(raw.rstrip()) - 1
        start, middle, stop = (
            self.box(place + offset)
            for offset in (indent, _visible(raw, (indent + last) // 2), last)
        )
        return Line(
            raw,
            sorted((start[3], middle[3], stop[3]))[1],
            start[0],
            min(start[1], middle[1], stop[1]),
            self.is_bold(place + last) and self.is_bold(place + indent),
            right=stop[2],
            place=place,
            extent=len(raw),
            above=max(start[1] - stop[1], 0.0) if _SPLIT_MARK.search(raw) else 0.0,
        )


def raw_lines(characters: Characters, *, split_words: bool = False) -> Iterator[Line]:
    """The lines as PDFium tells them apart.

    Args:
        characters: Of the page.
        split_words: End a line also within a word that PDFium takes to be split there.
    """
    place = 0
    for raw in characters.text.split("\r\n"):
        stop = place + len(raw)
        if split_words:
            for mark in _SPLIT_MARK.finditer(raw):
                line = characters.line(place, stop - len(raw) + mark.end())
                if line is not None:
                    yield line
                place = stop - len(raw) + mark.end()
        line = characters.line(place, stop)
        if line is not None:
            yield line
        place = stop + 2


def first_line(line: Line, characters: Characters) -> Line:
    """Of a line that goes on after a split word, what stands before that."""
    mark = _SPLIT_MARK.search(line.text)
    cut = characters.line(line.place, line.place + mark.end()) if mark else None
    return cut or line


def _visible(text: str, place: int) -> int:
    """The place of a visible character, near the given one and not after it."""
    while place and text[place].isspace():
        place -= 1
    return place


def joined(lines: Iterable[Line]) -> list[Line]:
    """Lines with split words and split lines (superscripts, cells of a row) put together."""
    done: list[Line] = []
    for line in lines:
        previous = done[-1] if done else None
        if previous is None:
            done.append(line)
        elif previous.text[-1] in "\x02\ufffe\u00ad":
            text = previous.text[:-1] + _HYPHEN + line.text.lstrip()
            done[-1] = replace(
                previous,
                text=text,
                bottom=line.bottom,
                above=max(previous.bottom + previous.above - line.bottom, 0.0),
            )
        elif line.left > previous.left and _same_row(previous, line):
            between = "" if line.text[0] in ",.;:)]" or previous.text[-1].isspace() else " "
            longer = max(previous, line, key=lambda part: len(part.text))
            text = previous.text + between + line.text
            done[-1] = replace(
                previous,
                text=text,
                size=longer.size,
                right=line.right,
                extent=line.place + line.extent - previous.place,
            )
        else:
            done.append(line)
    for index, line in enumerate(done):
        tidy = _tidy(line.text)
        if tidy != line.text:
            done[index] = replace(line, text=tidy)
    return [line for line in done if line.text]


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
