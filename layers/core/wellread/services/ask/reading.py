"""What a model is given to read: passages with their neighbours, and more where it declines."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from wellread.domain.access.scope import Scope
from wellread.domain.ask.prompting import PASSAGE_CHARACTERS, Prompt
from wellread.domain.ask.searching.neighbours import with_neighbours
from wellread.ports.ingest import RevisionStore
from wellread.services.ask.retrieval import Retrieval


class Reading:
    """Makes the prompts of models out of what was found."""

    def __init__(self, retrieval: Retrieval, revisions: RevisionStore) -> None:
        self._retrieval = retrieval
        self._revisions = revisions

    def first(self, prompt: Prompt) -> Prompt:
        """The prompt with its passages joined and widened."""
        text_of = cache(self._revisions.get_text)
        passages = with_neighbours(
            prompt.passages,
            lambda passage: text_of(passage.document, passage.revision),
            PASSAGE_CHARACTERS,
        )
        return replace(prompt, passages=passages)

    def further(self, prompt: Prompt, scope: Scope, limit: int) -> Prompt | None:
        """The prompt with more passages of the document that its question names, if it names one.

        Raises:
            TransientError: The index or the model cannot be reached.
        """
        more = self._retrieval.look_again(prompt.standalone, prompt.passages, scope, limit)
        return self.first(replace(prompt, passages=more)) if more else None
