"""A few words where the bot is new."""

from __future__ import annotations

from collections.abc import Callable

from wellread.domain.chat.events import BotAdded
from wellread.domain.chat.replies import posted
from wellread.domain.chat.said import SaidNotice
from wellread.domain.knowledge.deliveries import Attempt
from wellread.ports.chat import Platform, Target
from wellread.services.chat.saying import Sayings, key_beside

ALONE = (
    "Hello! Ask me what your organisation's documents say, in plain words. I answer from those "
    "that you may read, and say where each sentence comes from."
)
IN_A_PLACE = (
    "Hello! Mention me with a question, and I answer it from your organisation's documents: from "
    "those that everybody here may read. In a chat with me alone I know all that you may read."
)


class Welcome:
    """Says who it is, once a conversation."""

    def __init__(self, sayings: Sayings, suggest: Callable[[BotAdded, Platform, Attempt], None]):
        """Nobody was welcomed yet.

        Args:
            sayings: Say things once.
            suggest: Offers questions to somebody who is alone with the bot.
        """
        self._sayings = sayings
        self._suggest = suggest

    def handle(self, event: BotAdded, platform: Platform, attempt: Attempt) -> None:
        """Welcome who added it.

        Raises:
            TransientError: Deliver it again.
            DeliveryError: The platform refuses.
        """
        target = Target(event.place, key_beside(event, "welcome"), event.person)
        with self._sayings.taken_up(target.key) as taken:
            if taken is None:
                return
            record = self._sayings.found(platform, target, taken)
            said = SaidNotice(ALONE if event.direct else IN_A_PLACE)
            written = platform.sink.write(target, said, record.references)
            record = self._sayings.replies.note(posted(record, *written))
            if event.direct:
                self._suggest(event, platform, attempt)
            self._sayings.replies.finish(record)
