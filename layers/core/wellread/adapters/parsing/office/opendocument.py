"""OpenDocument files: texts, sheets and slides, from the markup of their content."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from wellread.adapters.parsing import archives
from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.office.word_numbering import numeral
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_SPACE = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TEXT, _TABLE, _OFFICE, _DRAW, _STYLE, _MANIFEST = (
    _SPACE % name for name in ("text", "table", "office", "drawing", "style", "manifest")
)
_PRESENTATION = _SPACE % "presentation"
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
_LEFT_OUT = frozenset(
    (f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_OFFICE}forms", f"{_OFFICE}scripts",
     f"{_TEXT}table-of-content", f"{_TEXT}sequence-decls", f"{_TABLE}shapes",
     f"{_OFFICE}settings", f"{_TEXT}note-citation", f"{_STYLE}page-layout")
)  # fmt: skip
_NESTED = (f"{_TABLE}table", f"{_DRAW}text-box")
_NUMBER_KINDS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman",
                 "I": "upperRoman"}  # fmt: skip
_MOST_REPEATED = 1_000
_MOST_REPEATED_CELLS = 200_000
_DEEPEST = 200
_DEEPEST_NESTED = 10
"""How many tables and boxes of text may lie in one another: each also says what is in it."""


@dataclass(slots=True)
class _List:
    style: str
    level: int
    count: int = 0


def parse_opendocument(archive: zipfile.ZipFile, kind: str, limits: ParseLimits) -> ParsedText:
    """The text of a file of LibreOffice and its kin.

    Raises:
        DocumentError: `encrypted`, `damaged`, `empty` or `too_complex`.
    """
    if b"encryption-data" in _entry(archive, "META-INF/manifest.xml", limits):
        raise DocumentError(FailureCode.ENCRYPTED)
    content = _tree(archive, "content.xml", limits)
    if content is None:
        raise DocumentError(FailureCode.DAMAGED)
    _check_nesting(content)
    builder = TextBuilder(kind, limits)
    body = content.find(f"{_OFFICE}body")
    kinds = _list_styles(content, _tree(archive, "styles.xml", limits))
    writer = _Writer(builder, kinds, limits.max_characters)
    for document in body if body is not None else ():
        if document.tag == f"{_OFFICE}text":
            writer.write(document)
        else:
            _write_pages(builder, writer, document)
    meta = _tree(archive, "meta.xml", limits)
    named = meta.find(f".//{_TITLE}") if meta is not None else None
    title = worthy(named.text) if named is not None else ""
    return builder.build(title or builder.leading_title())


def _check_nesting(content: Xml.Element) -> None:
    waiting = [(content, 0)]
    while waiting:
        element, depth = waiting.pop()
        if element.tag in _NESTED:
            depth += 1
            if depth > _DEEPEST_NESTED:
                raise DocumentError(FailureCode.TOO_COMPLEX)
        waiting.extend((child, depth) for child in element)


def _write_pages(builder: TextBuilder, writer: _Writer, document: Xml.Element) -> None:
    """Write sheets and slides, each as a page."""
    number = 0
    for page in document:
        if page.tag in (f"{_TABLE}table", f"{_DRAW}page"):
            number += 1
            builder.page(number, writer.page(page))


def _entry(archive: zipfile.ZipFile, name: str, limits: ParseLimits) -> bytes:
    if name not in archive.namelist():
        return b""
    return archives.read_entry(archive, name, limits.unpacked_bytes)


def _tree(archive: zipfile.ZipFile, name: str, limits: ParseLimits) -> Xml.Element | None:
    part = _entry(archive, name, limits)
    if not part:
        return None
    try:
        return archives.parse_xml(part)
    except ValueError as error:
        raise DocumentError(FailureCode.DAMAGED) from error


def _list_styles(*trees: Xml.Element | None) -> dict[tuple[str, int], str]:
    """The kind of numbers of each level of each style of list; none for bullets."""
    kinds: dict[tuple[str, int], str] = {}
    for tree in trees:
        for style in tree.iter(f"{_TEXT}list-style") if tree is not None else ():
            for level in style.iterfind(f"{_TEXT}list-level-style-number"):
                place = int(level.get(f"{_TEXT}level", "1"))
                kind = _NUMBER_KINDS.get(level.get(f"{_STYLE}num-format", ""), "")
                kinds[style.get(f"{_STYLE}name", ""), place] = kind
    return kinds


class _Writer:
    """Walks the content and writes its blocks."""

    def __init__(
        self, builder: TextBuilder, kinds: dict[tuple[str, int], str], most_characters: int
    ) -> None:
        self._builder = builder
        self._cells_left = _MOST_REPEATED_CELLS
        self._characters_left = most_characters
        self._kinds = kinds
        self._lists: list[_List] = []
        self._marker = ""
        self._notes: list[str] = []
        self._in_list = False

    def write(self, parent: Xml.Element) -> None:
        self._walk(parent, 0)
        self._write_notes()

    def page(self, page: Xml.Element) -> Iterator[None]:
        """Write a sheet or a slide, and its notes."""
        name = page.get(f"{_TABLE}name", "")
        if page.tag == f"{_TABLE}table":
            rows = self._rows(page)
            if any(cell for row in rows for cell in row):
                self._builder.heading(1, name)
                self._builder.table(rows)
        else:
            self.write(page)
        yield

    def _walk(self, parent: Xml.Element, depth: int) -> None:
        if depth > _DEEPEST:
            raise DocumentError(FailureCode.TOO_COMPLEX)
        for element in parent:
            if element.tag in _LEFT_OUT:
                continue
            if element.tag == f"{_TEXT}h":
                self._write_notes()
                level = element.get(f"{_TEXT}outline-level", "1")
                words = one_line(self._words(element, depth))
                self._builder.heading(int(level) if level.isdigit() else 1, words)
                self._in_list = False
            elif element.tag == f"{_TEXT}p":
                self._paragraph(self._words(element, depth))
            elif element.get(f"{_PRESENTATION}class") == "title":
                self._builder.heading(1, " ".join(element.itertext()))
            elif element.tag == f"{_TEXT}list":
                self._list(element, depth)
            elif element.tag == f"{_TABLE}table":
                self._builder.table(self._rows(element))
            else:
                self._walk(element, depth + 1)

    def _paragraph(self, words: str) -> None:
        tight = self._in_list and bool(self._marker)
        if self._builder.block(self._marker + words if words.strip() else "", tight=tight) is None:
            return
        self._in_list = bool(self._marker) or bool(self._lists)
        self._marker = ""

    def _list(self, element: Xml.Element, depth: int) -> None:
        above = self._lists[-1] if self._lists else None
        style = element.get(f"{_TEXT}style-name") or (above.style if above else "")
        own = _List(style, len(self._lists) + 1)
        self._lists.append(own)
        for item in element:
            if item.tag == f"{_TEXT}list-item":
                start = item.get(f"{_TEXT}start-value", "")
                own.count = int(start) if start.isdigit() else own.count + 1
                kind = self._kinds.get((style, own.level), "")
                bullet = f"{numeral(own.count, kind)}." if kind else "-"
                self._marker = "  " * (own.level - 1) + bullet + " "
            self._walk(item, depth + 1)
        self._lists.pop()
        self._marker = ""

    def _words(self, element: Xml.Element, depth: int) -> str:
        """A paragraph's words; what is anchored in it, such as frames, comes after it."""
        parts = [element.text or ""]
        for child in element:
            if child.tag == f"{_TEXT}s":
                count = child.get(f"{_TEXT}c", "1")
                parts.append(" " * min(int(count) if count.isdigit() else 1, 100))
            elif child.tag == f"{_TEXT}tab":
                parts.append("\t")
            elif child.tag == f"{_TEXT}line-break":
                parts.append("\n")
            elif child.tag == f"{_TEXT}note":
                parts.append(self._note(child))
            elif child.tag == f"{_DRAW}frame" or child.tag in _LEFT_OUT:
                parts.extend(one_line(" ".join(box.itertext())) for box in
                             child.iter(f"{_DRAW}text-box"))  # fmt: skip
            elif depth < _DEEPEST:
                parts.append(self._words(child, depth + 1))
            parts.append(child.tail or "")
        return "".join(parts)

    def _note(self, note: Xml.Element) -> str:
        mark = one_line("".join(note.findtext(f"{_TEXT}note-citation") or ""))
        body = note.find(f"{_TEXT}note-body")
        if body is not None:
            self._notes.append(f"[{mark}] {one_line(' '.join(body.itertext()))}")
        return f"[{mark}]"

    def _write_notes(self) -> None:
        for note in self._notes:
            self._builder.block(note)
        self._notes.clear()

    def _rows(self, table: Xml.Element) -> list[list[str]]:
        """A table's cells; what is repeated, as blank ones are to the edge, is so up to a limit."""
        rows: list[list[str]] = []
        for row in table.iter(f"{_TABLE}table-row"):
            cells: list[str] = []
            for cell in row:
                if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                    continue
                words = one_line(
                    " ".join("".join(p.itertext()) for p in cell if p.tag not in _LEFT_OUT)
                )
                times = _times(cell, f"{_TABLE}number-columns-repeated", words)
                cells.extend([words] * self._repeated(times, [words]))
            while cells and not cells[-1]:
                cells.pop()
            times = _times(row, f"{_TABLE}number-rows-repeated", "".join(cells))
            rows.extend([cells] * self._repeated(times, cells))
        return rows

    def _repeated(self, times: int, cells: Sequence[str]) -> int:
        """How many times cells are repeated, by what is left of that for the file."""
        length = sum(map(len, cells))
        most = min(self._cells_left // max(len(cells), 1), self._characters_left // max(length, 1))
        times = min(times, most + 1)
        self._cells_left -= (times - 1) * len(cells)
        self._characters_left -= (times - 1) * length
        return times


def _times(element: Xml.Element, name: str, words: str) -> int:
    times = element.get(name, "1")
    return min(int(times), _MOST_REPEATED) if times.isdigit() and (words or int(times) < 64) else 1
