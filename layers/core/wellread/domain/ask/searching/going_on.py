"""Whether a question that stands by itself goes on about what was answered before."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from wellread.domain.ask.quoting.pieces import nearest_quote
from wellread.domain.ask.searching.phrases import belongs, things
from wellread.domain.knowledge.documents import DocumentId, Passage
from wellread.domain.text.sentences import split_sentences
from wellread.domain.text.words import content_words

_LONGEST = 5
"""A question with more content words has a topic of its own."""

_ABOUT_THE_ASKER = re.compile(
    r"\W*(?:is|are|was|were|do|does|did|can|could|may|might|must|shall|should|will|would|has|have|"
    r"am|ist|sind|hat|habe|haben|kann|darf|muss|soll|sollte|wird|werden)\b|.*\b(?:i|we|my|our|ich|wir|mein\w*|unser\w*)\b",
    re.IGNORECASE,
)


def may_go_on(question: str) -> bool:
    """Whether a question is of the sort that people ask about what they just read.

    Short, and answered by yes or no, or about the asker: "Should I turn the laptop off?" A question
    of other things by name ("When is a laptop replaced?") is a new one.
    """
    return (
        0 < len(set(content_words(question))) <= _LONGEST
        and _ABOUT_THE_ASKER.match(question) is not None
    )


def goes_on(
    question: str, passages: Sequence[Passage], before: Collection[DocumentId]
) -> Passage | None:
    """The passage of the documents cited before that a question goes on about; None for none.

    It is one with a sentence that speaks of the thing asked about and holds half of the question's
    words, where no other document has a sentence with two more of them.
    """
    if not before or not may_go_on(question):
        return None
    asked = set(content_words(question))
    of = things(question)
    here, best = 0, None
    elsewhere = 0
    for passage in passages:
        span = nearest_quote(question, passage)
        held = asked & set(content_words(passage.chunk.text[slice(*span)])) if span else set()
        if passage.document not in before:
            elsewhere = max(elsewhere, len(held))
        elif len(held) > here and not of.isdisjoint(held):
            here, best = len(held), passage
    return best if 2 * here >= len(asked) and elsewhere < here + 2 else None


def speak_of(new: str, replaced: str, passages: Sequence[Passage]) -> bool:
    """Whether a passage speaks of one thing as something of another: "the deposit for a boat"."""
    return any(
        belongs(new, replaced, passage.chunk.text[unit.start : unit.end])
        for passage in passages
        for unit in split_sentences(passage.chunk.text)
    )
