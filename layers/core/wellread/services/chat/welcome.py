"""A few words where the bot is new."""

from __future__ import annotations

from collections.abc import Callable

from wellread.domain.chat.events import BotAdded
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

    def __init__(
        self,
        sayings: Sayings,
        questions: Callable[[BotAdded, Platform, Attempt], tuple[str, ...]],
    ) -> None:
        """Nobody was welcomed yet.

        Args:
            sayings: Say things once.
            questions: What somebody who is alone with the bot could ask.
        """
        self._sayings = sayings
        self._questions = questions

    def handle(self, event: BotAdded, platform: Platform, attempt: Attempt) -> None:
        """Welcome who added it; who is alone with it is offered questions in the same message.

        Raises:
            TransientError: Deliver it again.
            DeliveryError: The platform refuses.
        """
        said = SaidNotice(IN_A_PLACE)
        if event.direct:
            said = SaidNotice(ALONE, self._questions(event, platform, attempt), event.person.id)
        target = Target(event.place, key_beside(event, "welcome"), event.person)
        self._sayings.once(platform, target, said)
