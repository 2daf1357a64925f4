"""What people think of the replies in chats."""

from __future__ import annotations

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Feedback, Verdict
from wellread.domain.ask.questions import Asker, Place, ThreadId
from wellread.domain.chat.events import VerdictGiven
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.errors import InvalidQuestionError, NotFoundError
from wellread.ports.ask import ThreadStore
from wellread.ports.chat import Platform
from wellread.services.ask.feedback import FeedbackCollection
from wellread.services.chat.judged_turns import owner_for
from wellread.services.chat.saying import Sayings

_NOTHING = Scope(frozenset())


class Verdicts:
    """Keeps verdicts on replies, of all who see them."""

    def __init__(
        self, threads: ThreadStore, feedback: FeedbackCollection, sayings: Sayings
    ) -> None:
        self._threads = threads
        self._feedback = feedback
        self._sayings = sayings

    def handle(self, event: VerdictGiven, platform: Platform, _attempt: Attempt) -> None:
        """Keep a verdict; one that cannot be kept is refused to the person alone.

        The click and the words that follow it are two events; in whatever order they are handled,
        the words complete the click.

        Raises:
            TransientError: Deliver it again.
        """
        thread, turn = self._judged(event)
        owner = owner_for(self._threads, thread, event)
        said = Feedback(
            ThreadId(thread),
            turn,
            Verdict(event.verdict),
            event.reason or None,
            event.correction or None,
        )
        try:
            self._feedback.give(
                Asker(event.person.asker, _NOTHING),
                said,
                owner if isinstance(owner, Place) else None,
                platform=event.key.platform,
                at=event.at,
            )
        except (NotFoundError, InvalidQuestionError) as error:
            self._sayings.tell(event, platform, f"Your feedback could not be kept. {error}")

    def _judged(self, event: VerdictGiven) -> tuple[str, int]:
        """Thread and turn of the reply that it is about; empty and 0 where it is not known."""
        if event.thread:
            return event.thread, event.turn
        if event.reference:
            shown = self._sayings.replies.shown_in(event.key, event.reference)
            return (shown.thread, shown.turn) if shown else ("", 0)
        last = self._threads.start(event.place)
        turns = self._threads.turns(last, limit=1)
        return (last, turns[-1].number) if turns else ("", 0)
