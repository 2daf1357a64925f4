"""The lines of a PDF page, with what tells headings and paragraphs apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pypdfium2

from wellread.adapters.parsing.characters import clean
from wellread.adapters.parsing.pdf.raw import PageCharacters

PARAGRAPH_GAP = 1.6
"""In lines: a wider step down than that starts a new paragraph, or ends a heading."""

# PDFium writes U+FFFE or U+0002 for the hyphen of a word that it takes to be split.
_SPLIT_MARKS = "\x02\ufffe"
_SPLIT_MARK = re.compile(f"[{_SPLIT_MARKS}]")
_HYPHEN = "\u00ad"
_SPLIT_WORD = re.compile("(?<!\\w)(\\w++)\u00ad(\\w+)")
_COMPOUND = re.compile(r"(?<!\w)\w++-\w+")


# A named tuple is made in a fifth of a frozen dataclass's time, and there are many of them.
class Line(NamedTuple):
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
    """The characters of a page: where they stand and what they look like.

    Attributes:
        edges: Gives left, top, right and bottom of the character at a place of the text.
    """

    edges: Callable[[int], tuple[float, float, float, float]]

    def __init__(self, textpage: pypdfium2.PdfTextPage) -> None:
        self.text: str = textpage.get_text_range()
        self._raw = PageCharacters(textpage)
        # Where nothing was left out of the text, a place in it is the index of a character.
        self._direct = self._raw.count == len(self.text)
        self.edges = self._raw.edges if self._direct else self._edges_of_other
        self._split = any(mark in self.text for mark in _SPLIT_MARKS)
        self._order: Sequence[int] = ()
        self._added: Sequence[tuple[float, float, float, float]] = ()

    def rearrange(
        self,
        text: str,
        order: Sequence[int],
        added: Sequence[tuple[float, float, float, float]],
    ) -> None:
        """Put the characters into another order.

        Args:
            text: In the new order.
            order: For each character its place before; -1 and less for those that were added.
            added: The boxes of these.
        """
        self.text = text
        self._direct = False
        self.edges = self._edges_of_other
        self._order = order
        self._added = added

    @property
    def whole(self) -> bool:
        """Whether the text holds all characters of the page, in its order."""
        return self._direct

    def within(self, left: float, bottom: float, right: float, top: float) -> str:
        """What has a character in a rectangle, in the page's order."""
        return self._raw.within(left, bottom, right, top)

    def _edges_of_other(self, place: int) -> tuple[float, float, float, float]:
        """The edges of a character whose place is not its index."""
        if self._order:
            place = self._order[place]
            if place < 0:
                left, bottom, right, height = self._added[-1 - place]
                return left, bottom + height, right, bottom
        return self._raw.edges(self._raw.index(place))

    def box(self, place: int) -> tuple[float, float, float, float]:
        """Left, bottom, right and height of the character at a place of the text."""
        if self._order and self._order[place] < 0:
            return self._added[-1 - self._order[place]]
        left, top, right, bottom = self.edges(place)
        return left, bottom, right, round((top - bottom) * 2) / 2

    def is_bold(self, place: int) -> bool:
        """Whether the character at a place of the text is bold."""
        if not self._direct:
            if self._order:
                place = self._order[place]
                if place < 0:
                    return False
            place = self._raw.index(place)
        return self._raw.is_bold(place)

    def line(self, place: int, end: int) -> Line | None:
        """The line that a stretch of the text makes, None where it is blank."""
        raw = self.text[place:end]
        start = raw.lstrip()
        if not start:
            return None
        indent = len(raw) - len(start)
        last = len(raw.rstrip()) - 1
        left, top, right, bottom = first = self.edges(place + indent)
        height, low = top - bottom, bottom
        if last > indent:
            _, top, right, bottom = self.edges(place + last)
            # A line whose ends are alike is so in the middle.
            if bottom != low or top != first[1]:
                _, high, _, middle = self.edges(place + _visible(raw, (indent + last) // 2))
                height = sorted((height, top - bottom, high - middle))[1]
                low = min(low, bottom, middle)
        bold = self.is_bold(place + last) and self.is_bold(place + indent)
        above = 0.0
        if self._split and _SPLIT_MARK.search(raw):
            above = max(first[3] - bottom, 0.0)
        size = round(height * 2) / 2
        # By their order, which takes half the time of names.
        return Line(raw, size, left, low, bold, 0, right, (), False, place, len(raw), above)


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
    # What the last of them says, in pieces.
    pieces: list[str] = []
    length = 0
    for line in lines:
        previous = done[-1] if done else None
        if previous is not None and pieces[-1][-1] in "\x02\ufffe\u00ad":
            pieces[-1] = pieces[-1][:-1]
            length -= 1
            pieces.append(_HYPHEN + line.text.lstrip())
            done[-1] = previous._replace(
                bottom=line.bottom,
                above=max(previous.bottom + previous.above - line.bottom, 0.0),
            )
        elif previous is not None and line.left > previous.left and _same_row(previous, line):
            close = line.text[0] in ",.;:)]" or pieces[-1][-1].isspace()
            pieces.append(line.text if close else f" {line.text}")
            done[-1] = previous._replace(
                size=previous.size if length >= len(line.text) else line.size,
                right=line.right,
                extent=line.place + line.extent - previous.place,
            )
        else:
            _finish(done, pieces)
            done.append(line)
            pieces, length = [line.text], 0
        length += len(pieces[-1])
    _finish(done, pieces)
    return [line for line in done if line.text]


def _finish(done: list[Line], pieces: Sequence[str]) -> None:
    """Give the last line its whole text, without what only tells where it was split."""
    if done:
        tidy = _tidy("".join(pieces))
        if tidy != done[-1].text:
            done[-1] = done[-1]._replace(text=tidy)


def _same_row(first: Line, second: Line) -> bool:
    height = max(first.size, second.size)
    overlap = min(first.bottom + first.size, second.bottom + second.size) - max(
        first.bottom, second.bottom
    )
    return height > 0 and overlap > 0.6 * min(first.size, second.size)


def _tidy(text: str) -> str:
    if text.isprintable():
        return text.strip(" ")
    text = _SPLIT_MARK.sub(_HYPHEN, text)
    return clean(text.replace("\r", " ").replace("\t", " ")).replace("\n", " ").strip()


def join_words(pages: Sequence[Page]) -> None:
    """Put words together that were split at a line's end.

    The hyphen stays where the document writes it elsewhere, or what follows is no lower-case word.
    """
    lines = [line.text for page in pages for line in page.lines]
    if not any(_HYPHEN in line for line in lines):
        return
    compounds = {
        found.casefold() for line in lines if "-" in line for found in _COMPOUND.findall(line)
    }

    def joined(match: re.Match[str]) -> str:
        compound = f"{match[1]}-{match[2]}"
        keep = not match[2][0].islower() or compound.casefold() in compounds
        return compound if keep else match[1] + match[2]

    for page in pages:
        page.lines = [
            line._replace(text=_SPLIT_WORD.sub(joined, line.text).replace(_HYPHEN, ""))
            if _HYPHEN in line.text
            else line
            for line in page.lines
        ]
