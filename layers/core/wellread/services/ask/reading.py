"""What a model is given to read: passages with their neighbours, and more where it declines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from wellread.domain.access.scope import Scope
from wellread.domain.ask.prompting import PASSAGE_CHARACTERS, Prompt
from wellread.domain.ask.searching.neighbours import with_neighbours
from wellread.domain.knowledge.documents import Passage
from wellread.ports.ingest import RevisionStore
from wellread.ports.models import Chat, Generator, Sparing
from wellread.services.ask.retrieval import Retrieval


def read_by(generator: Generator | Chat) -> int:
    """How many characters of passages a generator reads."""
    return generator.passage_characters if isinstance(generator, Sparing) else PASSAGE_CHARACTERS


class Reading:
    """Makes the prompts of models out of what was found."""

    def __init__(self, retrieval: Retrieval, revisions: RevisionStore) -> None:
        self._retrieval = retrieval
        self._revisions = revisions

    def first(self, prompt: Prompt, characters: int = PASSAGE_CHARACTERS) -> Prompt:
        """The prompt with its passages joined, and widened where there is room.

        Args:
            prompt: With the passages that were found.
            characters: How much of passages its reader takes.
        """
        text_of = cache(self._revisions.get_text)
        passages = with_neighbours(
            _best_that_fit(prompt.passages, characters),
            lambda passage: text_of(passage.document, passage.revision),
            characters,
        )
        return replace(prompt, passages=passages)

    def further(
        self, prompt: Prompt, scope: Scope, limit: int, characters: int = PASSAGE_CHARACTERS
    ) -> Prompt | None:
        """The prompt with more passages of the document that its question names, if it names one.

        Raises:
            TransientError: The index or the model cannot be reached.
        """
        more = self._retrieval.look_again(prompt.standalone, prompt.passages, scope, limit)
        return self.first(replace(prompt, passages=more), characters) if more else None


def _best_that_fit(passages: Sequence[Passage], characters: int) -> tuple[Passage, ...]:
    """The first passages, as many as there is room for: joined with others, they would be cut."""
    kept: list[Passage] = []
    for passage in passages:
        characters -= len(passage.chunk.embedded_text)
        if characters < 0 and kept:
            break
        kept.append(passage)
    return tuple(kept)
