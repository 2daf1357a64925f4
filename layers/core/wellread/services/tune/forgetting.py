"""What people said before is no part of an evaluation, and what it asks is nobody's talk."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from wellread.domain.ask.answers import Reply
from wellread.domain.ask.questions import AskerId, Place, ThreadId, Turn
from wellread.domain.ask.reviewed import ReviewedAnswer, ReviewedId
from wellread.domain.knowledge.documents import DocumentId


class PassingThreads:
    """A `ThreadStore` that keeps nothing: each question is the first of its thread."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def start(self, owner: AskerId | Place) -> ThreadId:  # noqa: ARG002 - the shape of the port
        """A new thread; nobody owns it."""
        return ThreadId(f"evaluation-{next(self._numbers)}")

    def owner(self, thread: ThreadId) -> AskerId | Place | None:  # noqa: ARG002 - as above
        """Nobody: the thread cannot be gone on with."""
        return None

    def turns(self, thread: ThreadId, limit: int = 10) -> Sequence[Turn]:  # noqa: ARG002 - as above
        """None."""
        return ()

    def append(
        self,
        reply: Reply,
        question: str,
        standalone: str,
        *,
        asker: AskerId,
        drawn_on: frozenset[DocumentId] = frozenset(),
    ) -> None:
        """Forget the reply."""

    def erase(self, document: DocumentId) -> None:
        """There is nothing to forget."""


class NothingReviewed:
    """A `ReviewedAnswers` without any: in every arm the model answers, and not a person before."""

    def put(self, answer: ReviewedAnswer) -> None:
        """Forget the answer."""

    def to(self, key: str) -> Sequence[ReviewedAnswer]:  # noqa: ARG002 - the shape of the port
        """None."""
        return ()

    def list(self) -> Sequence[ReviewedAnswer]:
        """None."""
        return ()

    def delete(self, answer: ReviewedId) -> bool:  # noqa: ARG002 - the shape of the port
        """There is none."""
        return False

    def erase(self, document: DocumentId) -> None:
        """There is nothing to forget."""
