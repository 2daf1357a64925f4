"""Searching for a question in its thread."""

from __future__ import annotations

from dataclasses import dataclass

from wellread.domain.access.scope import Scope
from wellread.domain.ask.searching.going_on import goes_on, speak_of
from wellread.domain.ask.searching.rewriting import Search
from wellread.domain.knowledge.documents import Passage
from wellread.services.ask.retrieval import Retrieval


@dataclass(frozen=True, slots=True)
class Found:
    """What was found.

    Attributes:
        text: What was searched for in the end.
        passages: Best first.
        on: The first of them, where the question goes on about what was cited before.
    """

    text: str
    passages: tuple[Passage, ...]
    on: Passage | None = None


def find(retrieval: Retrieval, search: Search, question: str, scope: Scope, limit: int) -> Found:
    """Search, and once more where what is found tells that the question is to be read otherwise."""
    passages = retrieval.retrieve(
        search.text, scope, limit, also=search.also, preferred=search.preferred
    )
    if search.of is not None and speak_of(*search.of, passages):
        new, of = search.of
        text = f"What is {new} for {of}?"
        return Found(text, retrieval.retrieve(text, scope, limit, also=search.also))
    on = goes_on(question, passages, search.preferred) if search.text == question else None
    if on is not None:
        passages = (on, *(passage for passage in passages if passage != on))
    return Found(search.text, passages, on)
