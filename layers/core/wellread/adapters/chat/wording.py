"""Untrusted words in the forms of text that chat platforms show, so that they lead nowhere.

Platforms read `<...>` in markdown as mentions, links or tags, and make links of bare addresses.
What documents, people and models write holds neither afterwards; what is ours is put around it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from wellread.domain.text.harmless import harmless

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_ANGLE = re.compile(r"<(?=[^\s<=>\d])")
_DEFINITION = re.compile(r"^([ >]*\[[^\]\n]*\])(?=:)", re.MULTILINE)


def in_markdown(text: str) -> str:
    """Untrusted markdown for a `markdown` block or a stream: its marks stay, its links do not."""
    text = harmless(text)
    pieces: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        pieces += (escaped(text[end : code.start()]), code[0])
        end = code.end()
    return "".join((*pieces, escaped(text[end:])))


def in_plain(text: str, most: int) -> str:
    """Untrusted words as one line of plain text, such as a button's, cut where it is too long."""
    return cut(" ".join(harmless(text).split()), most) or "…"


def cut(text: str, most: int) -> str:
    """Text of so many characters at most, with an ellipsis where some are left out."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def is_address(url: str) -> bool:
    """Whether a browser can open it."""
    if any(c.isspace() for c in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def escaped(text: str) -> str:
    """Text in which nothing is read as an entity, a tag, or the address of a marker."""
    return _DEFINITION.sub(r"\1 ", _ANGLE.sub("&lt;", _ENTITY.sub("&amp;", text)))
