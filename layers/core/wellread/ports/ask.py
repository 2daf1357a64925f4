"""What is kept of questions and answers, and who quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wellread.domain.ask.answers import GivenFeedback, Outcome, Reply
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import AskerId, Place, ThreadId, Turn
from wellread.domain.knowledge.documents import DocumentId


class Quoter(Protocol):
    """Answers in the documents' own words, without a model."""

    def answer(self, prompt: Prompt) -> Outcome:
        """Quotes of the prompt's passages with their citations, or a decline.

        Raises:
            TransientError: Try again.
        """


class Erasable(Protocol):
    """What keeps words of documents, beside the revisions themselves."""

    def erase(self, document: DocumentId) -> None:
        """Forget all words that may come from a document.

        May be called again: whoever dies over it has forgotten a part.
        """


class ThreadStore(Erasable, Protocol):
    """Threads and their turns. A thread belongs to an asker, or to the place that it is in.

    An erased turn keeps its number and who asked, and no words.
    """

    def start(self, owner: AskerId | Place) -> ThreadId:
        """A new, empty thread of an asker; the one thread of a place, new if there is none yet."""

    def owner(self, thread: ThreadId) -> AskerId | Place | None:
        """Whose the thread is; None where there is no such thread."""

    def turns(self, thread: ThreadId, limit: int = 10) -> Sequence[Turn]:
        """The last turns, oldest first."""

    def append(
        self,
        reply: Reply,
        question: str,
        standalone: str,
        *,
        asker: AskerId,
        drawn_on: frozenset[DocumentId] = frozenset(),
    ) -> None:
        """Add `reply.turn` to `reply.thread`.

        Args:
            reply: What was answered.
            question: What was asked.
            standalone: What was searched for.
            asker: Who asked.
            drawn_on: Documents whose words are in it besides the reply's own.

        Raises:
            ConflictError: `reply.turn` is not the thread's next turn.
        """


class AskedQuestions(Protocol):
    """A thread store that finds the turns of somebody."""

    def asked_by(self, asker: AskerId, limit: int = 10) -> Sequence[Turn]:
        """The turns that somebody asked last, in whatever thread, newest first.

        Without those that were erased, and those of before their asker was kept.
        """


class FeedbackStore(Erasable, Protocol):
    """What people said about replies: of each person one thing of each kind about a turn.

    What was erased keeps its verdict, and no words.
    """

    def put(self, given: GivenFeedback, *, drawn_on: frozenset[DocumentId] = frozenset()) -> None:
        """Keep what somebody said, `after` what they said before.

        Args:
            given: It.
            drawn_on: Documents whose words may be in it: those of the turn.
        """

    def list(self) -> Sequence[GivenFeedback]:
        """All of it, oldest first."""
