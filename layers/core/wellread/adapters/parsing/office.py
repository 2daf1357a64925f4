"""Word, PowerPoint and Excel files by undoc, from its document tree."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import undoc

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.limits import ParseLimits
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.adapters.parsing.word_markup import LABEL_MARK, with_numbers
from wellread.adapters.parsing.workbook_formats import WorkbookFormats
from wellread.domain.documents import ParsedText
from wellread.domain.errors import DocumentError, FailureCode

_SHEET = re.compile(r"^<!-- sheet (\d+): (.*) -->$", re.MULTILINE)
_TIME = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)$")
_CODES = {
    undoc.ErrorKind.ENCRYPTED: FailureCode.ENCRYPTED,
    undoc.ErrorKind.UNSUPPORTED_FORMAT: FailureCode.UNSUPPORTED,
}

Node = Mapping[str, Any]


def parse_document(data: bytes, media_type: str, limits: ParseLimits) -> ParsedText:
    """A Word file: headings, lists, tables and notes, without headers and footers."""
    tree = _tree(with_numbers(data))
    builder = TextBuilder(media_type, limits)
    blocks = [block for section in tree["sections"] for block in section.get("content", ())]
    notes = {str(block.get("label", "*")): block for block in blocks if block.get("type") == "Note"}
    writer = _Writer(builder, notes)
    writer.write([block for block in blocks if block.get("type") != "Note"])
    writer.finish()
    return builder.build(_title(tree, builder))


def parse_presentation(data: bytes, media_type: str, limits: ParseLimits) -> ParsedText:
    """A PowerPoint file: slides are pages, speaker notes follow their slide."""
    tree = _tree(data)
    builder = TextBuilder(media_type, limits)
    for number, section in enumerate(tree["sections"], start=1):
        builder.page(number, _write_slide(builder, section))
    return builder.build(_title(tree, builder))


def parse_workbook(data: bytes, media_type: str, limits: ParseLimits) -> ParsedText:
    """An Excel file: sheets are pages, each a table under its name."""
    try:
        with undoc.parse_bytes(data) as workbook:
            title = worthy(workbook.title)
            names = _SHEET.findall(workbook.to_markdown(section_markers="comment"))
            found = workbook.get_tables()
    except undoc.UndocError as error:
        raise _document_error(error) from error
    builder = TextBuilder(media_type, limits)
    sheets: dict[int, list[str]] = {}
    for table in found:
        sheets.setdefault(table["section"], []).append(table["text"])
    if not any(_has_value(text) for texts in sheets.values() for text in texts):
        raise DocumentError(FailureCode.EMPTY)
    formats = WorkbookFormats(data)
    csv.field_size_limit(2**31 - 1)
    for place, name in names:
        number = int(place)
        tables = [
            list(csv.reader(io.StringIO(text, newline=""))) for text in sheets.get(number, [])
        ]
        if len(tables) == 1:
            formats.show(number, tables[0])
        # The library hands names on as they stand in the XML.
        builder.page(number, _write_sheet(builder, html.unescape(html.unescape(name)), tables))
    return builder.build(title)


def _tree(data: bytes) -> Node:
    try:
        with undoc.parse_bytes(data) as document:
            tree: Node = json.loads(document.to_json(compact=True))
    except undoc.UndocError as error:
        raise _document_error(error) from error
    return tree


def _document_error(error: undoc.UndocError) -> DocumentError:
    return DocumentError(_CODES.get(error.kind, FailureCode.DAMAGED))


def _title(tree: Node, builder: TextBuilder) -> str:
    return worthy(tree.get("metadata", {}).get("title")) or builder.leading_title()


def _has_value(table: str) -> bool:
    return bool(table.strip(' \r\n\t,"'))


def _write_sheet(
    builder: TextBuilder, name: str, tables: Sequence[Sequence[Sequence[str]]]
) -> Iterator[None]:
    if any(cell.strip() for rows in tables for row in rows for cell in row):
        builder.heading(1, name)
        for rows in tables:
            builder.table([[_value(cell) for cell in row] for row in rows])
            yield


def _value(cell: str) -> str:
    """A cell as a person writes it: the library writes times and errors as programs do."""
    return _TIME.sub(r"\1 \2", cell.removeprefix("#ERROR:"))


def _write_slide(builder: TextBuilder, section: Node) -> Iterator[None]:
    content = section.get("content", ())
    titles = {one_line(_words(block)) for block in content if block.get("heading")}
    _Writer(builder).write(
        [
            block
            for block in content
            if block.get("heading")
            or block.get("type", "Paragraph") != "Paragraph"
            or one_line(_words(block)) not in titles
        ]
    )
    yield
    notes = [_words(paragraph) for paragraph in section.get("notes", ())]
    if any(note.strip() for note in notes):
        builder.block("Notes: " + "\n".join(note for note in notes if note.strip()))
        yield


class _Writer:
    """Writes the blocks of a document tree."""

    def __init__(self, builder: TextBuilder, notes: Mapping[str, Node] | None = None) -> None:
        self._builder = builder
        self._notes = dict(notes or {})
        self._marks: list[str] = []
        self._in_list = False

    def write(self, blocks: Sequence[Node]) -> None:
        for block in blocks:
            if block.get("type", "Paragraph") == "Paragraph":
                self._paragraph(block)
                continue
            self._in_list = False
            if block.get("type") == "Table":
                self._table(block)

    def finish(self) -> None:
        """Write the notes that are left."""
        self._marks.extend(self._notes)
        self._write_notes()

    def _write_notes(self) -> None:
        """Write the notes of the section that ends here."""
        for mark in self._marks:
            note = self._notes.pop(mark, None)
            words = one_line(" ".join(_words(p) for p in note.get("content", ()))) if note else ""
            self._builder.block(f"[{mark}] {words}" if words else "")
        self._marks.clear()

    def _paragraph(self, paragraph: Node) -> None:
        words = _words(paragraph)
        if words.startswith(LABEL_MARK) and not words.rpartition(LABEL_MARK)[2].strip():
            return  # a number that nothing follows
        heading = paragraph.get("heading", "")
        if heading[:1] == "H" and heading[1:].isdigit():
            self._in_list = False
            self._write_notes()
            self._builder.heading(int(heading[1:]), words)
            self._note_marks(paragraph)
            return
        self._note_marks(paragraph)
        item = paragraph.get("list_info")
        if not item:
            self._in_list = False
            self._builder.block(words)
        elif words.strip():
            indent = "  " * min(int(item.get("level", 0)), 9)
            number = item.get("number")
            ordered = number is not None and item.get("list_type") != "bullet"
            marker = f"{number}. " if ordered else "- "
            if words.startswith(LABEL_MARK):
                marker = ""
            self._builder.block(f"{indent}{marker}{words}", tight=self._in_list)
            self._in_list = True

    def _note_marks(self, paragraph: Node) -> None:
        for run in paragraph.get("runs", ()):
            if run.get("note") is not None:
                self._marks.append(str(run["note"]))

    def _table(self, table: Node) -> None:
        """Write a table; one that only frames a single cell is that cell's text."""
        rows = table.get("rows", ())
        cells = [cell for row in rows for cell in row.get("cells", ())]
        if len(cells) == 1:
            self.write(cells[0].get("content", ()))
        else:
            self._builder.table([_row(row) for row in rows])
        for cell in cells:
            for paragraph in cell.get("content", ()):
                self._note_marks(paragraph)
            for nested in cell.get("nested_tables", ()):
                self._table(nested)


def _row(row: Node) -> list[str]:
    values: list[str] = []
    for cell in row.get("cells", ()):
        values.append(" ".join(_words(p) for p in cell.get("content", ())))
        values.extend([""] * (min(int(cell.get("col_span", 1)), 1000) - 1))
    return values


def _words(paragraph: Node) -> str:
    parts = []
    for run in paragraph.get("runs", ()):
        parts.append(run.get("text", ""))
        if run.get("note") is not None:
            parts.append(f"[{run['note']}]")
        if run.get("line_break"):
            parts.append("\n")
    return "".join(parts)
