"""Untrusted words in Slack's forms of text, so that they call nobody and lead nowhere.

Sources: https://docs.slack.dev/messaging/formatting-message-text
https://docs.slack.dev/reference/block-kit/blocks/markdown-block
"""

from __future__ import annotations

import re

from wellread.adapters.chat.wording import cut, is_address
from wellread.domain.text.harmless import harmless

_ID = re.compile(r"[A-Z0-9]{2,30}")
_ENTITY = re.compile(r"&(?=#?\w{1,32};)")
_LINK_CHARACTERS = 1500
_IN_LINK = {"<": "%3C", ">": "%3E", "|": "%7C", "`": "%60", "*": "%2A", "~": "%7E"}


def in_mrkdwn(text: str, most: int = 500) -> str:
    """Untrusted words as one line of Slack's own markup, for texts that are `verbatim`.

    Of more than so many characters the beginning; Slack's escapes come on top of them.
    """
    line = cut(" ".join(harmless(text).split()), most)
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def linked(url: str, label: str, most: int = 120) -> str:
    """A link of ours around untrusted words, in mrkdwn.

    The words alone without an address, or with one that leaves no room for them in a block.
    """
    words = in_mrkdwn(label, most)
    address = "".join(_IN_LINK.get(c, c) for c in _ENTITY.sub("&amp;", url))
    if not is_address(url) or len(address) > _LINK_CHARACTERS:
        return words
    return f"<{address}|{words}>"


def person(id: str) -> str:
    """A mention of a person, or of a group of people, by Slack's id; empty for no id."""
    if not _ID.fullmatch(id):
        return ""
    return f"<!subteam^{id}>" if id.startswith("S") else f"<@{id}>"
