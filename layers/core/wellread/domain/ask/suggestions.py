"""The questions that are offered about documents, by their titles and headings."""

from __future__ import annotations

import re

from wellread.domain.text.names import LONGEST_NAME, plain_name

_ABOUT = re.compile(r"What is “([^“”]+)” about\?")
_SAYS = re.compile(r"What does “([^“”]+)” say about “([^“”]+)”\?")


def in_question(name: str) -> str:
    """A title or heading as it stands in a question, between quotation marks."""
    return plain_name(name).rstrip(".?").replace("“", "‘").replace("”", "’")


def question_about(title: str, topic: str = "") -> str:
    """A question that a document answers, by its title and one of its headings; empty without."""
    title, topic = in_question(title), in_question(topic)
    if len(title) > LONGEST_NAME or len(topic) > LONGEST_NAME:
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
