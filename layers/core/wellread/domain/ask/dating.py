"""The date that a document gives itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

_LOOKED_AT = 3_000
"""A document dates itself at its beginning, in so many characters."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar",
            "february feb februar",
            "march mar märz mrz",
            "april apr",
            "may mai",
            "june jun juni",
            "july jul juli",
            "august aug",
            "september sept sep",
            "october oct oktober okt",
            "november nov",
            "december dec dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?:19|20)\d\d"
_DATE = re.compile(
    rf"(?P<iso>(?P<iy>{_YEAR})[-/.](?P<im>0?[1-9]|1[0-2])[-/.](?P<id>0?[1-9]|[12]\d|3[01]))(?!\d)"
    rf"|(?<!\d)(?P<dd>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|\.)?\s+(?:of\s+)?"
    rf"(?P<dm>{_MONTH})\.?,?\s+(?P<dy>{_YEAR})"
    rf"|\b(?P<mm>{_MONTH})\.?\s+(?P<md>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?,?\s+(?P<my>{_YEAR})"
    rf"|\b(?P<om>{_MONTH})\.?,?\s+(?P<oy>{_YEAR})"
    rf"|(?<![\d.,/-])(?P<y>{_YEAR})(?![\d/-]|[.,]\d)",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    r"\b(?:effective|in\s+force|valid|applies|updated|revised|revision|modified|amended|approved|"
    r"published|issued|adopted|dated|date|version|edition|as\s+of|last\s+change[ds]?|"
    r"stand|gültig|fassung|geändert|aktualisiert|datum)\b[^.\n|]{0,40}?$",
    re.IGNORECASE,
)
_IN_CODE = ("'", '"', "`")
"""A date right behind one of these is a value, as of "Version": "2012-10-17"."""

_NOT_ITSELF = re.compile(
    r"\b(?:supersedes?d?|replaces?d?|repeals?|expir\w+|until|through|ending|matur\w+|birth|born|geboren|fällig|copyright|©|\(c\)|ersetzt|bis)\b"
    r"[^.\n]{0,40}?$",
    re.IGNORECASE,
)


def stated_date(text: str, *names: str) -> str:
    """When a document says that it is of: "2024-03-01", "2024-03" or "2024"; else "".

    A date counts where the document announces it ("Effective 1 March 2024", "Last updated:
    2024-03-01"); else one in a name (title, file name). Dates in words that only numbers could
    spell differently (03/04/2024) are left out: which one is the month is not known.

    Args:
        text: The document's.
        names: Its title and its file name.
    """
    beginning = unicodedata.normalize("NFKC", text[:_LOOKED_AT])
    announced = [
        found
        for found, start, _ in dates(beginning)
        if len(found) > len("2024")
        and beginning[max(0, start - 1) : start] not in _IN_CODE
        and _ANNOUNCED.search(beginning, max(0, start - 60), start)
        and not _NOT_ITSELF.search(beginning, max(0, start - 60), start)
    ]
    if announced:
        return max(announced)
    for name in names:
        # File names part their words with all kinds of marks.
        words = re.sub(r"[_\s]+", " ", unicodedata.normalize("NFKC", name))
        found = [when for when, _, _ in dates(words)]
        if found:
            return max(found)
    return ""


def dates(text: str) -> Iterator[tuple[str, int, int]]:
    """The dates written in a text, each with the offsets of its words."""
    for match in _DATE.finditer(text):
        year = match["iy"] or match["dy"] or match["my"] or match["oy"] or match["y"]
        month_name = match["dm"] or match["mm"] or match["om"]
        month = int(match["im"]) if match["im"] else _MONTHS.get((month_name or "").lower(), 0)
        day = int(match["id"] or match["dd"] or match["md"] or 0)
        try:
            date(int(year), month or 1, day or 1)
        except ValueError:
            continue
        parts = [year, *([f"{month:02}"] if month else []), *([f"{day:02}"] if day else [])]
        yield "-".join(parts), match.start(), match.end()
