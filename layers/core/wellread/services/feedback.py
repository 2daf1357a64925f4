"""What askers think of the replies."""

from __future__ import annotations

from wellread.domain.answers import Feedback
from wellread.domain.errors import InvalidQuestionError, NotFoundError
from wellread.domain.questions import Asker
from wellread.ports import FeedbackStore, ThreadStore

MAX_FEEDBACK_CHARACTERS = 4000


class FeedbackCollection:
    """Keeps verdicts on replies, from those who got them."""

    def __init__(self, threads: ThreadStore, feedback: FeedbackStore) -> None:
        """Work on these."""
        self._threads = threads
        self._feedback = feedback

    def give(self, asker: Asker, feedback: Feedback) -> None:
        """Keep an asker's verdict on a reply of their own thread.

        Raises:
            NotFoundError: The asker has no such thread, or it has no such turn.
            InvalidQuestionError: Reason or correction are too long.
        """
        if self._threads.owner(feedback.thread) != asker.id:
            raise NotFoundError("There is no such thread. Ask the question again.")
        turns = self._threads.turns(feedback.thread, limit=1)
        if not turns or not 1 <= feedback.turn <= turns[-1].number:
            raise NotFoundError("The thread has no such turn.")
        for words in (feedback.reason, feedback.correction):
            if words is not None and len(words) > MAX_FEEDBACK_CHARACTERS:
                raise InvalidQuestionError(
                    f"Keep reason and correction under {MAX_FEEDBACK_CHARACTERS} characters."
                )
        self._feedback.put(asker.id, feedback)
