"""Prompts as the product makes them for a question without a thread."""

from __future__ import annotations

from collections.abc import Sequence

from wellread.domain.access.scope import Scope
from wellread.domain.ask.prompting import Prompt, fitting, render_messages
from wellread.domain.ask.questions import Mode
from wellread.domain.ask.searching.rewriting import follow_up
from wellread.domain.knowledge.documents import Passage
from wellread.ports.ingest import RevisionStore
from wellread.services.ask.reading import Reading
from wellread.services.ask.retrieval import Retrieval
from wellread.services.ask.searching import Found, find


class LivePrompts:
    """Searches, and puts what was found into a prompt, through the code that answers people."""

    def __init__(
        self, retrieval: Retrieval, revisions: RevisionStore, *, passage_characters: int
    ) -> None:
        """Make prompts of a size.

        Args:
            retrieval: Finds passages.
            revisions: Holds the texts around them.
            passage_characters: How much of passages a prompt holds.
        """
        self._retrieval = retrieval
        self._reading = Reading(retrieval, revisions)
        self._characters = passage_characters

    def find(self, question: str, scope: Scope, limit: int) -> Found:
        """What is found for a question that stands by itself.

        Raises:
            TransientError: Try again.
        """
        return find(self._retrieval, follow_up(question, ()), question, scope, limit)

    def read(self, question: str, standalone: str, passages: Sequence[Passage]) -> Prompt:
        """A prompt with its passages joined and widened, as a model of this size reads them."""
        prompt = Prompt(question, standalone, tuple(passages), Mode.TUNED_RAG)
        return self._reading.first(prompt, self._characters)

    def shown(self, passages: Sequence[Passage]) -> list[str]:
        """The texts of those passages that a prompt shows, as far as it shows them."""
        return [text for _, text in fitting(passages, self._characters)]

    def messages(self, prompt: Prompt) -> list[dict[str, str]]:
        """The prompt as a model gets it."""
        return render_messages(prompt, passage_characters=self._characters)
