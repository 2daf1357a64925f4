"""Titles and headings as they are shown."""

from __future__ import annotations

import re

from wellread.domain.text.harmless import HostForm, harmless, unlinkable, visible
from wellread.domain.text.injection import speaks_to_the_model
from wellread.domain.text.plain import plain

LONGEST_NAME = 120
"""Characters of a name in a line."""

_LONGEST_TITLE = 1_000
_MARKUP = re.compile(r"[*_`<>\[\]&\\#~|@{}]|[^\S ]")
_TEMPLATE_TAG = re.compile(r"\{[{%#].*?[}%#]\}")


def plain_name(name: str, form: HostForm = unlinkable) -> str:
    """A title or heading in plain words; empty where it speaks to a model instead of naming.

    Of one that is as long as a text, its beginning.

    Args:
        name: The title or heading.
        form: How hosts are written: for people, unless said otherwise.
    """
    name = name[:_LONGEST_TITLE]
    if speaks_to_the_model(name):
        return ""
    name = " ".join(visible(name).split())
    if _MARKUP.search(name):
        return plain(_TEMPLATE_TAG.sub(" ", name), form).rstrip(".")
    return harmless(name, form)


def shown_name(name: str) -> str:
    """A name short enough for a line."""
    name = plain_name(name)
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME].rstrip()}…"
