"""Titles worth showing: most of what programs write into a title field is not."""

from __future__ import annotations

import re

from wellread.adapters.parsing.characters import clean, one_line

_LONGEST = 200
LONGEST_HEADING = 1_000
"""What is longer is a text: every chunk below a heading carries its words."""
_LONGEST_PROGRAM = 40
_PROGRAM = re.compile(
    r"^(?:microsoft\s+(?:office\s+)?(?:word|powerpoint|excel)\s*[-\u2013]\s*)", re.I
)
_FILE_NAME = re.compile(
    r"\.(?:docx?|dotx?|pdf|pptx?|xlsx?|odt|rtf|txt|tex|dvi|indd|qxd|html?|pub|ai|md|pages)$", re.I
)
_PLACEHOLDER = re.compile(
    r"^(?:untitled.*|\(?(?:anonymous|unspecified)\)?|no title|none|null|title"
    r"|document\s*\d*|presentation\s*\d*|slide\s*\d*"
    r"|powerpoint[ -]pr[eé]senta\w*|pr[äe]sentation\s*\d*|sheet\s*\d*|book\s*\d*|mappe\s*\d*"
    r"|dokument\s*\d*|diapositiva?\s*\d*|folie\s*\d*|page\s*\d*|scan\w*+[ _-]*+\d*|new document)$",
    re.I,
)


def worthy(raw: str | None) -> str:
    """The title as a person would write it, empty where it is a program's or a placeholder."""
    title = one_line(clean(raw or "")).strip("\ufeff \"'")
    if len(title) > _LONGEST + _LONGEST_PROGRAM:
        return ""
    title = _PROGRAM.sub("", title)
    if _FILE_NAME.search(title) or _PLACEHOLDER.match(title) or len(title) > _LONGEST:
        return ""
    letters = sum(character.isalpha() for character in title)
    return title if letters >= 2 or (letters and not title.isascii()) else ""
