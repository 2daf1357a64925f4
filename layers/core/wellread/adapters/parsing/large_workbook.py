"""Excel files too large to hold as a tree: by openpyxl, row by row."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from typing import Any

import openpyxl

from wellread.adapters.parsing.limits import ParseLimits
from wellread.adapters.parsing.number_formats import shown_number
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.domain.documents import ParsedText


def parse_large_workbook(data: bytes, media_type: str, limits: ParseLimits) -> ParsedText:
    """An Excel file: sheets are pages, each a table under its name.

    Slower than `office.parse_workbook`, in a fraction of its memory.
    """
    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    builder = TextBuilder(media_type, limits)
    for number, sheet in enumerate(workbook.worksheets, start=1):
        builder.page(number, _write(builder, sheet))
    return builder.build(worthy(workbook.properties.title))


def _write(builder: TextBuilder, sheet: Any) -> Iterator[None]:
    sheet.reset_dimensions()
    rows = [
        [_shown(cell) for cell in row]
        for row in sheet.iter_rows()
        if any(cell.value is not None for cell in row)
    ]
    if rows:
        builder.heading(1, sheet.title)
        builder.table(rows)
    yield


def _shown(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.datetime):
        return str(value.date() if value.time() == datetime.time() else value)
    if isinstance(value, datetime.time):
        value = datetime.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    if isinstance(value, datetime.timedelta):
        value = value / datetime.timedelta(days=1)
    return shown_number(str(value), cell.number_format) or str(value)
