"""Titles and headings as they are shown, and the questions that are offered about them."""

from __future__ import annotations

import re

from wellread.domain.harmless import HostForm, harmless, unlinkable, visible
from wellread.domain.prompting import speaks_to_the_model
from wellread.domain.sentences import plain

_LONGEST_NAME = 120
_MARKUP = re.compile(r"[*_`<>\[\]&\\#~|@{}]|[^\S ]")
_TEMPLATE_TAG = re.compile(r"\{[{%#].*?[}%#]\}")
_ABOUT = re.compile(r"What is “([^“”]+)” about\?")
_SAYS = re.compile(r"What does “([^“”]+)” say about “([^“”]+)”\?")


def plain_name(name: str, form: HostForm = unlinkable) -> str:
    """A title or heading in plain words; empty where it speaks to a model instead of naming.

    Args:
        name: The title or heading.
        form: How hosts are written: for people, unless said otherwise.
    """
    if speaks_to_the_model(name):
        return ""
    name = " ".join(visible(name).split())
    if _MARKUP.search(name):
        return plain(_TEMPLATE_TAG.sub(" ", name), form).rstrip(".")
    return harmless(name, form)


def in_question(name: str) -> str:
    """A title or heading as it stands in a question, between quotation marks."""
    return plain_name(name).rstrip(".?").replace("“", "‘").replace("”", "’")


def shown_name(name: str) -> str:
    """A name short enough for a line."""
    name = plain_name(name)
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME].rstrip()}…"


def question_about(title: str, topic: str = "") -> str:
    """A question that a document answers, by its title and one of its headings; empty without."""
    title, topic = in_question(title), in_question(topic)
    if len(title) > _LONGEST_NAME or len(topic) > _LONGEST_NAME:
        return ""
    if title and topic and topic != title:
        return f"What does “{title}” say about “{topic}”?"
    return f"What is “{topic or title}” about?" if topic or title else ""


def offered(question: str) -> tuple[str, str] | None:
    """Title and heading, perhaps empty, of a question that `question_about` made."""
    if about := _ABOUT.fullmatch(question):
        return about[1], ""
    says = _SAYS.fullmatch(question)
    return (says[1], says[2]) if says else None
