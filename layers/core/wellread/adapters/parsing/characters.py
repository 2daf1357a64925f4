"""Characters that a stored text may hold."""

from __future__ import annotations

import re

_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text with line feeds as line ends and without control characters, else unchanged."""
    # No printable character is unwanted, and this test takes a fraction of a search.
    if not text.replace("\n", "").isprintable():
        text = _LINE_ENDS.sub("\n", text)
        text = _UNWANTED.sub("", text)
        text = _SURROGATES.sub("\ufffd", text)
    return text


def one_line(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())
