"""What is kept of questions and answers, and who quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wellread.domain.ask.answers import GivenFeedback, Outcome, Reply
from wellread.domain.ask.cases import Case, CaseId
from wellread.domain.ask.gaps import GapReport, Unanswered
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import AskerId, Place, ThreadId, Turn
from wellread.domain.ask.reviewed import ReviewedAnswer, ReviewedId
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

    def put(
        self, given: GivenFeedback, *, drawn_on: frozenset[DocumentId] = frozenset()
    ) -> GivenFeedback:
        """Keep what somebody said, `after` what they said before; returns what is kept now.

        Args:
            given: It.
            drawn_on: Documents whose words may be in it: those of the turn.
        """

    def list(self) -> Sequence[GivenFeedback]:
        """All of it, oldest first."""


class CaseStore(Erasable, Protocol):
    """Cases; one goes with any document whose words may be in it."""

    def get(self, case: CaseId) -> Case | None:
        """A case as it is now; None where there is none."""

    def put(self, case: Case) -> None:
        """Keep a case, in place of the version before it.

        Raises:
            ConflictError: Another version is kept than the one before.
        """

    def delete(self, case: Case) -> None:
        """Forget a case of which nothing is left, where it is still the version before.

        Raises:
            ConflictError: Another version is kept than the one before.
        """

    def list(self) -> Sequence[Case]:
        """All of them, oldest first."""


class ReviewedAnswers(Erasable, Protocol):
    """Answers that somebody reviewed; one goes with any document that it rests on."""

    def put(self, answer: ReviewedAnswer) -> None:
        """Keep an answer, in place of the one of the same id."""

    def to(self, key: str) -> Sequence[ReviewedAnswer]:
        """The answers to the questions of a key, the one that was reviewed last first.

        Args:
            key: Of `domain.ask.reviewed.question_key`.
        """

    def list(self) -> Sequence[ReviewedAnswer]:
        """All of them, in the same order."""

    def delete(self, answer: ReviewedId) -> bool:
        """Forget an answer; whether there was one."""


class UnansweredQuestions(Erasable, Protocol):
    """Questions that the documents did not answer, each for 90 days at least.

    One goes with any document whose words may be in it.
    """

    def note(self, asked: Unanswered) -> None:
        """Keep a question; the same turn again replaces it."""

    def since(self, at: float) -> Sequence[Unanswered]:
        """Those of a moment and after, seconds since the epoch, oldest first."""


class GapNews(Protocol):
    """Where reports of gaps go that nobody asked for at that moment."""

    def tell(self, report: GapReport, audience: str) -> None:
        """Pass a report on.

        Args:
            report: What members of the audience may know.
            audience: Which.

        Raises:
            TransientError, PermanentError: It was not taken.
        """
