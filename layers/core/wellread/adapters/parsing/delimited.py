"""CSV and its relatives as one markdown table."""

from __future__ import annotations

import csv
import io
from collections import Counter

from wellread.adapters.parsing.limits import ParseLimits
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.domain.documents import ParsedText

_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 200


def parse_delimited(text: str, limits: ParseLimits) -> ParsedText:
    """Rows of delimited values; the first row is the header."""
    text = text.lstrip("\ufeff").replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    csv.field_size_limit(limits.max_characters)
    delimiter = _delimiter(text)
    if text[:4].lower() == "sep=" and text[5:6] == "\n":
        delimiter, text = text[4], text[6:]
    rows = list(_rows(text, delimiter))
    builder = TextBuilder("text/csv", limits)
    builder.table(rows)
    return builder.build()


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
