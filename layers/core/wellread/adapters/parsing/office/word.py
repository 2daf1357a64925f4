"""Word files, by one pass of patterns over their markup."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.office.drawings import CHART, DIAGRAM, chart, paragraphs
from wellread.adapters.parsing.office.ooxml import (
    Package,
    UnusualMarkupError,
    attributes,
    unescaped,
    without,
)
from wellread.adapters.parsing.office.word_numbering import Numbering, numeral
from wellread.adapters.parsing.office.word_styles import Properties, Styles, properties
from wellread.adapters.parsing.office.word_writer import (
    Block,
    Cell,
    Paragraph,
    Table,
    WordWriter,
    words_of,
)
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.domain.knowledge.documents import ParsedText

# None of the parts can match in two ways, so that the search takes linear time.
_TOKEN = re.compile(
    r"<(?:[wm]:t(?: [^<>]*)?>([^<]*)</[wm]:t>"
    r"|w:pPr>([^<]*(?:<(?!/?w:pPr>)[^<]*)*)</w:pPr>"
    r"|(w:(?:p|tbl|tr|tc|txbxContent|br|cr|p?tab|noBreakHyphen|sym|gridSpan|footnoteReference"
    r"|endnoteReference)|c:chart|dgm:relIds|m:(?:den|sup|sub)|/w:(?:p|tbl|tc|txbxContent))(?=[\s/>])([^<>]*)>)"
)
_STYLE = re.compile(r'<w:pStyle w:val="([^"]*)"')
_VALUE = re.compile(r'w:val="(\d{1,4})"')
_ID = re.compile(r'w:id="(-?\d+)"')
_NOTE = re.compile(r"<w:(?:foot|end)note(\s[^<>]*)>([^<]*(?:<(?!/?w:(?:foot|end)note[\s>])[^<]*)*)")
_NOTE_PARTS = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}
_INSERTED = {
    "w:br": "\n",
    "w:cr": "\n",
    "w:tab": "\t",
    "w:ptab": "\t",
    "w:noBreakHyphen": "\u2011",
    # So that a fraction or a power does not read as one number.
    "m:den": "/",
    "m:sup": "^",
    "m:sub": "_",
}
_SYMBOL = re.compile(r'w:char="([0-9A-Fa-f]{4})"')
# Boxes, ticked and not, and the like: places in the fonts for symbols that Word uses.
_SYMBOLS = {
    0xF0FE: "\u2612",
    0xF0A8: "\u2610",
    0xF06F: "\u2610",
    0xF0FC: "\u2713",
    0xF0B7: "\u2022",
}
_PRIVATE = range(0xE000, 0xF900)
_DEEPEST = 200
# How a paragraph looked before a change, words where they stood before a move, and what says the
# same as a choice before it, for older programs.
_LEFT_OUT = ("w:pPrChange", "w:moveFrom", "mc:Fallback")


def parse_word(package: Package, media_type: str, limits: ParseLimits) -> ParsedText:
    """A Word file: headings, lists, tables and notes, without headers and footers.

    Raises:
        UnusualMarkupError: It is put together in a way that no Office program uses.
        DocumentError: There is no text.
    """
    main = package.main_part()
    markup = package.markup(main)
    if "<w:body" not in markup or "w:val='" in markup:
        raise UnusualMarkupError(main)
    reader = _Reader(package, main)
    blocks = reader.blocks(markup)
    builder = TextBuilder(media_type, limits)
    writer = WordWriter(builder, reader.notes())
    writer.write(blocks)
    writer.finish()
    return builder.build(package.title() or builder.leading_title())


class _Open:
    """A paragraph that has begun: its words so far, and what stands in its text boxes."""

    __slots__ = ("boxes", "marks", "parts", "properties")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.properties: Properties | None = None
        self.marks: list[str] = []
        self.boxes: list[Block] = []


class _Reader:
    """Reads the blocks of the document, and of its notes."""

    def __init__(self, package: Package, main: str) -> None:
        self._package = package
        self._relations = package.relations(main)
        self._parts = dict(self._relations.values())
        self._styles = Styles(lambda: self._part("styles"))
        self._numbering: Numbering | None = None
        self._seen: dict[str, Properties] = {}
        self._roles: dict[Properties, tuple[int, tuple[str, int] | None]] = {}
        self._marks: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()

    def _part(self, kind: str) -> str:
        part = self._parts.get(kind, "")
        return self._package.markup(part) if part in self._package else ""

    def notes(self) -> dict[str, str]:
        """The words of the notes that were referred to, by their marks."""
        marks, notes = dict(self._marks), {}
        for reference, kind in _NOTE_PARTS.items():
            if any(name == reference for name, _ in marks):
                for fields, content in _NOTE.findall(self._part(kind)):
                    mark = marks.get((reference, attributes(fields).get("w:id", "")))
                    if mark:
                        notes[mark] = words_of(self.blocks(content))
        return notes

    def drawing(self, tag: str) -> list[Block]:
        """The title and figures of a chart, or the words of a diagram."""
        named = CHART.search(tag) or DIAGRAM.search(tag)
        relation = self._relations.get(named[1]) if named else None
        if relation is None:
            return []
        if relation.kind == "diagramData":
            words = paragraphs(self._package, relation.target)
            return [Paragraph(line, 0, 0, "-") for line in words]
        title, rows = chart(self._package, relation.target)
        figures: Table = [[Cell([Paragraph(words)]) for words in row] for row in rows]
        return [Paragraph(title), figures] if figures else [Paragraph(title)]

    def blocks(self, markup: str) -> list[Block]:
        """The blocks of a part's markup.

        Raises:
            UnusualMarkupError: What opens and closes in it does not match.
        """
        for name in _LEFT_OUT:
            markup = without(markup, name)
        return _Walk(self).walk(markup)

    def properties(self, markup: str) -> Properties:
        """The properties within a `w:pPr`."""
        found = self._seen.get(markup)
        if found is None:
            style = _STYLE.search(markup)
            found = properties(markup, unescaped(style[1]) if style else "")
            self._seen[markup] = found
        return found

    def paragraph(self, opened: _Open) -> Paragraph:
        """A paragraph that ends, counted in its list."""
        own = opened.properties
        words = "".join(opened.parts)
        if own is None:
            return Paragraph(words, marks=tuple(opened.marks))
        role = self._roles.get(own)
        if role is None:
            role = self._roles[own] = (self._styles.heading(own), self._place(own))
        heading, place = role
        if place is None or self._numbering is None:
            return Paragraph(words, heading, marks=tuple(opened.marks))
        label = self._numbering.count(*place)
        if not label and not heading and self._numbering.is_bullet(*place):
            label = "-"
        return Paragraph(
            words, heading, place[1], label if words.strip() else "", tuple(opened.marks)
        )

    def _place(self, own: Properties) -> tuple[str, int] | None:
        """The list and level of paragraphs with these properties."""
        number, level = self._styles.place(own)
        if not number:
            return None
        if self._numbering is None:
            try:
                self._numbering = Numbering(self._package.raw(self._parts.get("numbering", "")))
            except (ValueError, UnusualMarkupError):
                self._numbering = Numbering(b"<none/>")
        return self._numbering.place(number, level, own.style)

    def mark(self, reference: str, number: str) -> str:
        """The mark that stands for a note: notes are counted in the order of their references."""
        if (reference, number) not in self._marks:
            count = self._counts[reference] = self._counts[reference] + 1
            kind = "decimal" if reference == "footnoteReference" else "lowerRoman"
            self._marks[reference, number] = numeral(count, kind)
        return self._marks[reference, number]


class _Walk:
    """One pass over markup: what is open at the moment."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader
        self._blocks: list[Block] = []
        self._holders: list[list[Block]] = [self._blocks]
        # What stands outside of any paragraph is no text.
        self._paragraphs = [_Open()]
        self._tables: list[Table] = []
        self._spans: list[int] = []
        self._steps: dict[str, Callable[[], object]] = {
            "w:p": lambda: self._paragraphs.append(_Open()),
            "w:tbl": self._start_table,
            "w:tr": lambda: self._tables[-1].append([]),
            "w:tc": self._start_cell,
            "w:txbxContent": self._start_box,
            "/w:p": self._end_paragraph,
            "/w:tbl": lambda: self._holders[-1].append(self._tables.pop()),
            "/w:tc": self._end_cell,
            "/w:txbxContent": self._holders.pop,
        }

    def walk(self, markup: str) -> list[Block]:
        """The blocks of a part's markup."""
        paragraphs, steps = self._paragraphs, self._steps
        try:
            for words, own, name, rest in _TOKEN.findall(markup):
                if words:
                    paragraphs[-1].parts.append(unescaped(words) if "&" in words else words)
                elif name in steps:
                    if rest[-1:] != "/":
                        steps[name]()
                elif name:
                    self._inline(name, rest)
                elif own:
                    paragraphs[-1].properties = self._reader.properties(own)
        except IndexError as error:
            raise UnusualMarkupError("closed, not opened") from error
        if self._tables or (len(self._paragraphs), len(self._holders)) != (1, 1):
            raise UnusualMarkupError("opened, not closed")
        return self._blocks

    def _end_paragraph(self) -> None:
        opened = self._paragraphs.pop()
        holder = self._holders[-1]
        holder.append(self._reader.paragraph(opened))
        holder.extend(opened.boxes)

    def _start_table(self) -> None:
        self._tables.append([])
        if len(self._tables) > _DEEPEST:
            raise UnusualMarkupError("tables in tables")

    def _start_cell(self) -> None:
        self._holders.append([])
        self._spans.append(1)

    def _end_cell(self) -> None:
        self._tables[-1][-1].append(Cell(self._holders.pop(), self._spans.pop()))

    def _start_box(self) -> None:
        self._holders.append(self._paragraphs[-1].boxes)
        if len(self._holders) > _DEEPEST:
            raise UnusualMarkupError("boxes in boxes")

    def _inline(self, name: str, rest: str) -> None:
        if name == "w:gridSpan":
            value = _VALUE.search(rest)
            if self._spans and value:
                self._spans[-1] = max(int(value[1]), 1)
            return
        opened = self._paragraphs[-1]
        if name in _INSERTED:
            opened.parts.append(_INSERTED[name])
        elif name == "w:sym":
            opened.parts.append(_symbol(rest))
        elif name in ("c:chart", "dgm:relIds"):
            opened.boxes.extend(self._reader.drawing(rest))
        elif number := _ID.search(rest):
            mark = self._reader.mark(name.removeprefix("w:"), number[1])
            opened.parts.append(f"[{mark}]")
            opened.marks.append(mark)


def _symbol(rest: str) -> str:
    symbol = _SYMBOL.search(rest)
    code = int(symbol[1], 16) if symbol else 0
    return _SYMBOLS.get(code, "" if not code or code in _PRIVATE else chr(code))
