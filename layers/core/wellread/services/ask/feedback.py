"""What askers think of the replies."""

from __future__ import annotations

from wellread.domain.ask.answers import Feedback
from wellread.domain.ask.questions import Asker, Place, Turn
from wellread.domain.knowledge.errors import InvalidQuestionError, NotFoundError
from wellread.ports.ask import FeedbackStore, ThreadStore
from wellread.services.ask.participation import takes_part

MAX_FEEDBACK_CHARACTERS = 4000


class FeedbackCollection:
    """Keeps verdicts on replies, from those who got them."""

    def __init__(self, threads: ThreadStore, feedback: FeedbackStore) -> None:
        self._threads = threads
        self._feedback = feedback

    def give(self, asker: Asker, feedback: Feedback, place: Place | None = None) -> None:
        """Keep an asker's verdict on a reply of a thread that they may take part in.

        Args:
            asker: Whose.
            feedback: The verdict.
            place: Where it is given; None for an asker alone, as over HTTP.

        Raises:
            NotFoundError: There is no such thread, or it has no such turn (any more).
            InvalidQuestionError: Reason or correction are too long.
        """
        if not takes_part(self._threads, feedback.thread, asker.id, place):
            raise NotFoundError("There is no such thread. Ask the question again.")
        turn = self._turn(feedback)
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
        self._feedback.put(asker.id, feedback, drawn_on=turn.drawn_on)

    def _turn(self, feedback: Feedback) -> Turn:
        last = self._threads.turns(feedback.thread, limit=1)
        back = last[0].number - feedback.turn if last else -1
        found = self._threads.turns(feedback.thread, limit=back + 1) if back >= 0 else ()
        if not found or found[0].number != feedback.turn:
            raise NotFoundError("The thread has no such turn.")
        return found[0]
