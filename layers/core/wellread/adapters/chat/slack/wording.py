"""Untrusted words in Slack's forms of text, so that they call nobody and lead nowhere.

Slack reads `<...>` in text as a mention, a broadcast or a link, and makes links of bare addresses.
What documents, people and models write holds neither afterwards; what is ours is put around it.

Sources: https://docs.slack.dev/messaging/formatting-message-text
https://docs.slack.dev/reference/block-kit/blocks/markdown-block
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from wellread.domain.text.harmless import harmless

_ID = re.compile(r"[A-Z0-9]{2,30}")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_ANGLE = re.compile(r"<(?=[^\s<=>\d])")
_DEFINITION = re.compile(r"^([ >]*\[[^\]\n]*\])(?=:)", re.MULTILINE)
_LINK_CHARACTERS = 1500
_IN_LINK = {"<": "%3C", ">": "%3E", "|": "%7C", "`": "%60", "*": "%2A", "~": "%7E"}


def in_markdown(text: str) -> str:
    """Untrusted markdown for a `markdown` block or a stream: its marks stay, its links do not."""
    text = harmless(text)
    pieces: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        pieces += (_escaped(text[end : code.start()]), code[0])
        end = code.end()
    return "".join((*pieces, _escaped(text[end:])))


def in_mrkdwn(text: str, most: int = 500) -> str:
    """Untrusted words as one line of Slack's own markup, for texts that are `verbatim`.

    Of more than so many characters the beginning; Slack's escapes come on top of them.
    """
    line = cut(" ".join(harmless(text).split()), most)
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def in_plain(text: str, most: int) -> str:
    """Untrusted words as one line of plain text, such as a button's, cut where it is too long."""
    return cut(" ".join(harmless(text).split()), most) or "…"


def cut(text: str, most: int) -> str:
    """Text of so many characters at most, with an ellipsis where some are left out."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def linked(url: str, label: str, most: int = 120) -> str:
    """A link of ours around untrusted words, in mrkdwn.

    The words alone without an address, or with one that leaves no room for them in a block.
    """
    words = in_mrkdwn(label, most)
    address = "".join(_IN_LINK.get(c, c) for c in _ENTITY.sub("&amp;", url))
    if not is_address(url) or len(address) > _LINK_CHARACTERS:
        return words
    return f"<{address}|{words}>"


def is_address(url: str) -> bool:
    """Whether a browser can open it."""
    if any(c.isspace() for c in url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def person(id: str) -> str:
    """A mention of a person, or of a group of people, by Slack's id; empty for no id."""
    if not _ID.fullmatch(id):
        return ""
    return f"<!subteam^{id}>" if id.startswith("S") else f"<@{id}>"


def _escaped(text: str) -> str:
    # What would be read as an entity, a tag, or the address of a marker.
    return _DEFINITION.sub(r"\1 ", _ANGLE.sub("&lt;", _ENTITY.sub("&amp;", text)))
