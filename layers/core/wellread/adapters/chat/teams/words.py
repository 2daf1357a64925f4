"""The words of a message in Teams, without what they are written in.

Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/channel-and-group-conversations#work-with-mentions
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable

from wellread.adapters.chat.fields import Fields
from wellread.adapters.chat.said_words import Words, spoken

_AT = re.compile(r"<at(?: [^<>]*)?>([^<>]*)</at>")
_MARK = re.compile(r"</?([A-Za-z]\w*)[^<>]*>")
_IN_LINE = frozenset(("a", "b", "code", "em", "i", "s", "span", "strike", "strong", "u"))


def words_of(
    text: str, entities: Iterable[Fields], ours: Collection[str], *, marked: bool = False
) -> Words:
    """The words of a message's text.

    Args:
        text: As Teams sends it, with `<at>name</at>` for who is mentioned.
        entities: What Teams says of the text; its mentions among it.
        ours: The ids of the bot.
        marked: Whether the text is written in tags.
    """
    ours_said: set[str] = set()
    others_said: set[str] = set()
    mentioned: set[bool] = set()
    for each in entities:
        if each.text("type") != "mention":
            continue
        is_us = each.part("mentioned").text("id") in ours
        mentioned.add(is_us)
        (ours_said if is_us else others_said).add(each.text("text"))

    def plain(found: re.Match[str]) -> str:
        return "" if found[0] in ours_said and found[0] not in others_said else found[1]

    said = _AT.sub(plain, text)
    if marked:
        said = _MARK.sub(lambda found: "" if found[1].lower() in _IN_LINE else "\n", said)
    said = html.unescape(said).replace("\xa0", " ")
    return Words(spoken(said), to_us=True in mentioned, to_others=False in mentioned)
