"""The words of a message, without what they are written in.

Source: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import re
from collections.abc import Collection

from wellread.adapters.chat.said_words import Words, spoken

_MARKED = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_EVERYBODY = frozenset({"here", "channel", "everyone"})


def words_of(text: str, ours: Collection[str]) -> Words:
    """The words of a message's text.

    Args:
        text: In Slack's markup.
        ours: The ids of the bot's user.
    """
    mentioned: set[bool] = set()

    def plain(found: re.Match[str]) -> str:
        sign, name, label = found[1], found[2], (found[3] or "").lstrip("@#")
        if sign == "@":
            mentioned.add(name in ours)
            return "" if name in ours else label or "somebody"
        if sign == "#":
            return label or "a conversation"
        if sign == "!":
            if name in _EVERYBODY or name.startswith("subteam^"):
                mentioned.add(False)
            return label or ("everybody" if name in _EVERYBODY else "")
        return label or name

    said = _MARKED.sub(plain, text)
    said = said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return Words(spoken(said), to_us=True in mentioned, to_others=False in mentioned)
