"""What a human answered in a thread, to be proposed as the better answer."""

from __future__ import annotations

import logging

from wellread.domain.ask.questions import Place, ThreadId, Turn
from wellread.domain.chat.events import HandOverResolved
from wellread.domain.knowledge.errors import PermanentError, TransientError
from wellread.ports.ask import ThreadStore
from wellread.ports.chat import Platform, SaidInThread, ThreadReading
from wellread.services.ask.feedback import MAX_FEEDBACK_CHARACTERS

logger = logging.getLogger(__name__)

_LOOKED_BACK = 20


class Proposals:
    """Finds a colleague's words. Nothing that the bot may not read is asked for."""

    def __init__(self, threads: ThreadStore) -> None:
        self._threads = threads

    def of(
        self,
        event: HandOverResolved,
        platform: Platform,
        turn: Turn,
        asked_in: str,
        *,
        last: bool,
    ) -> str | None:
        """What whoever resolved a hand-over said before, or else whoever spoke last but its asker.

        Args:
            event: Says where, and who resolved it.
            platform: Where that is.
            turn: The reply that did not answer.
            asked_in: The platform's reference of the message that asked for a human.
            last: Whether this is the last attempt, so that what cannot be read now is done without.

        Returns:
            None where nobody said anything that the bot could read.

        Raises:
            TransientError: Deliver the event again.
        """
        if platform.reading is None:
            return self._said_to_us(event, turn)
        said = self._read(platform.reading, event.place, asked_in, last=last)
        asker = turn.asker.split(":", 2)[-1] if turn.asker else ""
        others = [each for each in said if each.by != asker]
        speaker = event.person.id
        if others and all(each.by != speaker for each in others):
            speaker = others[-1].by
        words = "\n".join(each.text for each in others if each.by == speaker)
        return words[:MAX_FEEDBACK_CHARACTERS] or None

    def _said_to_us(self, event: HandOverResolved, turn: Turn) -> str | None:
        """What whoever resolved it said to the bot, on a platform that shows it nothing else."""
        turns = self._threads.turns(ThreadId(event.thread), limit=_LOOKED_BACK)
        said = [
            each.question
            for each in turns
            if each.number > turn.number and each.asker == event.person.asker and each.question
        ]
        return said[-1] if said and turn.asker != event.person.asker else None

    def _read(
        self, reading: ThreadReading, place: Place, reference: str, *, last: bool
    ) -> list[SaidInThread]:
        try:
            return list(reading.said_after(place, reference))
        except (TransientError, PermanentError) as error:
            if isinstance(error, TransientError) and not last:
                raise
            logger.warning("a thread cannot be read back", extra={"why": str(error)})
            return []
