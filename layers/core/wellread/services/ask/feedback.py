"""What askers think of the replies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from wellread.domain.ask.answers import Feedback, GivenFeedback
from wellread.domain.ask.questions import Asker, Place, ThreadId, Turn
from wellread.domain.knowledge.errors import InvalidQuestionError, NotFoundError
from wellread.ports.ask import FeedbackStore, ThreadStore
from wellread.ports.operations import Clock
from wellread.services.ask.cases import Cases
from wellread.services.ask.participation import takes_part

MAX_FEEDBACK_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class JudgedReply:
    """What somebody said about a reply.

    Attributes:
        question: What was asked; None where it is not kept any more.
    """

    given: GivenFeedback
    question: str | None


class FeedbackCollection:
    """Keeps verdicts on replies, from those who got them."""

    def __init__(
        self, threads: ThreadStore, feedback: FeedbackStore, cases: Cases, *, clock: Clock
    ) -> None:
        self._threads = threads
        self._cases = cases
        self._feedback = feedback
        self._clock = clock

    def give(
        self,
        asker: Asker,
        feedback: Feedback,
        place: Place | None = None,
        *,
        platform: str = "web",
        at: float | None = None,
    ) -> None:
        """Keep what an asker says about a reply of a thread that they may take part in.

        Args:
            asker: Who.
            feedback: What they say.
            place: Where it is given; None for an asker alone, as over HTTP.
            platform: Where that is, for those who read it.
            at: When it was given; now, where not said.

        Raises:
            NotFoundError: There is no such thread, or it has no such turn (any more).
            InvalidQuestionError: Reason or correction are too long.
        """
        if not takes_part(self._threads, feedback.thread, asker.id, place):
            raise NotFoundError("There is no such thread. Ask the question again.")
        now = self._clock() if at is None else at
        self.keep(GivenFeedback(feedback, asker.id, platform, now))

    def keep(self, given: GivenFeedback) -> None:
        """Keep what somebody said about a reply, whose affair it is by what the caller knows.

        Raises:
            NotFoundError: There is no such turn (any more).
            InvalidQuestionError: As `give`.
        """
        feedback = given.feedback
        turn = turn_of(self._threads, feedback.thread, feedback.turn)
        if turn is None:
            raise NotFoundError("The thread has no such turn.")
        if turn.erased:
            raise NotFoundError(
                "What this reply said was erased with a document that it came from. Ask the "
                "question again."
            )
        for words in (feedback.reason, feedback.correction):
            if words is not None and len(words) > MAX_FEEDBACK_CHARACTERS:
                raise InvalidQuestionError(
                    f"Keep reason and correction under {MAX_FEEDBACK_CHARACTERS} characters."
                )
        kept = self._feedback.put(given, drawn_on=turn.drawn_on)
        self._cases.hear(kept, turn)

    def list(self) -> Sequence[JudgedReply]:
        """All that was said, oldest first, with what had been asked."""

        @cache  # several people judge the same reply
        def question(thread: ThreadId, number: int) -> str | None:
            turn = turn_of(self._threads, thread, number)
            return None if turn is None or turn.erased else turn.question

        return [
            JudgedReply(given, question(given.feedback.thread, given.feedback.turn))
            for given in self._feedback.list()
        ]


def turn_of(threads: ThreadStore, thread: ThreadId, number: int) -> Turn | None:
    """A thread's turn of that number; None where there is none (any more)."""
    last = threads.turns(thread, limit=1)
    back = last[0].number - number if last else -1
    found = threads.turns(thread, limit=back + 1) if back >= 0 else ()
    return found[0] if found and found[0].number == number else None
