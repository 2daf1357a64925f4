"""CSV and its relatives as one markdown table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.domain.knowledge.documents import ParsedText

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 200
_LONGEST_PREAMBLE = 10


def parse_delimited(text: str, limits: ParseLimits) -> ParsedText:
    """Rows of delimited values; the first row is the header."""
    text = text.lstrip("\ufeff").replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    csv.field_size_limit(limits.max_characters)
    delimiter = _delimiter(text)
    if text[:4].lower() == "sep=" and text[5:6] == "\n":
        delimiter, text = text[4], text[6:]
    rows = list(_rows(text, delimiter))
    builder = TextBuilder("text/csv", limits)
    if max(map(len, rows), default=0) < 2:
        # One column is a list, and needs no marks of a table.
        builder.block("\n".join(cell for row in rows for cell in row))
        return builder.build()
    start = _preamble(rows)
    for row in rows[:start]:
        builder.block(" ".join(cell for cell in row if cell.strip()), tight=True)
    builder.table(rows[start:])
    return builder.build()


def _preamble(rows: Sequence[Sequence[str]]) -> int:
    """How many rows stand above the table: titles in one cell where the rows have several."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:_SAMPLE_ROWS]]
    usual = Counter(count for count in filled if count).most_common(1)
    if not usual or usual[0][0] < 2:
        return 0
    start = next((i for i, count in enumerate(filled) if count > 1), 0)
    return start if start <= _LONGEST_PREAMBLE else 0


def _delimiter(text: str) -> str:
    """The delimiter whose rows agree best on a width above one; a comma where none does."""
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        widths: Counter[int] = Counter()
        for number, row in enumerate(_rows(text, delimiter)):
            if number == _SAMPLE_ROWS:
                break
            widths[len(row)] += bool(row)
        if not widths:
            continue
        width, agreeing = widths.most_common(1)[0]
        score = agreeing / max(widths.total(), 1) + min(width, 50) / 1000 if width > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _rows(text: str, delimiter: str) -> csv._reader:  # type: ignore[name-defined]
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
