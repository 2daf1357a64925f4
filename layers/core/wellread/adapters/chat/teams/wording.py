"""Untrusted words in the text of Teams' messages and cards, and what is ours around them.

Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages
"""

from __future__ import annotations

from wellread.adapters.chat.wording import cut, escaped, is_address
from wellread.domain.text.harmless import harmless

_IN_LINK = {c: f"%{ord(c):02X}" for c in "<>()[]|`*~\\\"'"}
_NO_LABEL = str.maketrans({"[": "(", "]": ")", "\\": "/"})
_NO_NAME = str.maketrans(dict.fromkeys("<>&[]*`"))


def in_line(text: str, most: int = 500) -> str:
    """Untrusted words as one line of markdown; of more than so many characters the beginning."""
    return escaped(cut(" ".join(harmless(text).split()), most))


def linked(url: str, label: str, most: int = 120) -> str:
    """A link of ours around untrusted words, in markdown; the words alone without an address."""
    words = in_line(label, most).translate(_NO_LABEL)
    if not is_address(url):
        return words
    return f"[{words}]({''.join(_IN_LINK.get(c, c) for c in url)})"


def shown_name(name: str) -> str:
    """What somebody is called, for a mention or a sentence; untrusted, and "Somebody" for none."""
    # What is taken out must not make an address whole.
    words = harmless(" ".join(harmless(name).translate(_NO_NAME).split()))
    return cut(words, 80) or "Somebody"
