"""Office files by undoc: those of the time before 2007, and newer ones of unusual make."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import undoc

from wellread.adapters.parsing.characters import one_line
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.office.word_writer import Block, Cell, Paragraph, WordWriter
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_SHEET = re.compile(r"^<!-- sheet (\d+): (.*) -->$", re.MULTILINE)
_TIME = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)$")
_CODES = {
    undoc.ErrorKind.ENCRYPTED: FailureCode.ENCRYPTED,
    undoc.ErrorKind.UNSUPPORTED_FORMAT: FailureCode.UNSUPPORTED,
}

Node = Mapping[str, Any]


def parse_office(data: bytes, media_type: str, limits: ParseLimits) -> ParsedText:
    """The text of an Office file.

    Raises:
        DocumentError: With the code that says why there is no text.
    """
    if media_type.endswith((".sheet", "ms-excel")):
        return _parse_workbook(data, media_type, limits)
    if media_type.endswith((".presentation", "ms-powerpoint")):
        return _parse_presentation(data, media_type, limits)
    return _parse_document(data, media_type, limits)


def _parse_document(data: bytes, media_type: str, limits: ParseLimits) -> ParsedText:
    tree = _tree(data)
    builder = TextBuilder(media_type, limits)
    found = [block for section in tree["sections"] for block in section.get("content", ())]
    blocks = [block for block in found if block.get("type") != "Note"]
    notes = {
        str(block.get("label", "*")): one_line(" ".join(map(_words, block.get("content", ()))))
        for block in found
        if block.get("type") == "Note"
    }
    writer = WordWriter(builder, notes)
    writer.write([*_blocks(blocks)])
    writer.finish()
    return builder.build(_title(tree, builder))


def _parse_presentation(data: bytes, media_type: str, limits: ParseLimits) -> ParsedText:
    tree = _tree(data)
    builder = TextBuilder(media_type, limits)
    for number, section in enumerate(tree["sections"], start=1):
        builder.page(number, _write_slide(builder, section))
    return builder.build(_title(tree, builder))


def _parse_workbook(data: bytes, media_type: str, limits: ParseLimits) -> ParsedText:
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
    csv.field_size_limit(2**31 - 1)
    for place, name in names:
        number = int(place)
        tables = [
            list(csv.reader(io.StringIO(text, newline=""))) for text in sheets.get(number, [])
        ]
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
    kept = [
        block
        for block in content
        if block.get("heading")
        or block.get("type", "Paragraph") != "Paragraph"
        or one_line(_words(block)) not in titles
    ]
    WordWriter(builder, {}).write([*_blocks(kept)])
    yield
    notes = [_words(paragraph) for paragraph in section.get("notes", ())]
    if any(note.strip() for note in notes):
        builder.block("Notes: " + "\n".join(note for note in notes if note.strip()))
        yield


def _blocks(found: Iterable[Node]) -> Iterator[Block]:
    for block in found:
        kind = block.get("type", "Paragraph")
        if kind == "Paragraph":
            yield _paragraph(block)
        elif kind == "Table":
            yield [[*_cells(row)] for row in block.get("rows", ())]


def _cells(row: Node) -> Iterator[Cell]:
    for cell in row.get("cells", ()):
        content = [*_blocks(cell.get("content", ()))]
        nested = ({**table, "type": "Table"} for table in cell.get("nested_tables", ()))
        yield Cell([*content, *_blocks(nested)], int(cell.get("col_span", 1)))


def _paragraph(paragraph: Node) -> Paragraph:
    heading = paragraph.get("heading", "")
    level = int(heading[1:]) if heading[:1] == "H" and heading[1:].isdigit() else 0
    marks = tuple(str(run["note"]) for run in paragraph.get("runs", ()) if run.get("note"))
    item = paragraph.get("list_info")
    if level or not item:
        return Paragraph(_words(paragraph), level, marks=marks)
    number = item.get("number")
    ordered = number is not None and item.get("list_type") != "bullet"
    label = f"{number}." if ordered else "-"
    return Paragraph(_words(paragraph), 0, int(item.get("level", 0)), label, marks)


def _words(paragraph: Node) -> str:
    parts = []
    for run in paragraph.get("runs", ()):
        parts.append(run.get("text", ""))
        if run.get("note") is not None:
            parts.append(f"[{run['note']}]")
        if run.get("line_break"):
            parts.append("\n")
    return "".join(parts)
