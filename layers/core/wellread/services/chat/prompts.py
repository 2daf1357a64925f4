"""What can be asked, for somebody who opened a conversation with the bot."""

from __future__ import annotations

from wellread.domain.chat.events import ChatEvent, PaneOpened
from wellread.domain.knowledge.deliveries import Attempt
from wellread.ports.chat import Platform
from wellread.services.ask.guidance import Guidance
from wellread.services.chat.viewers import Viewers

PROMPTS = 4
"""So many questions are suggested, as many as Slack shows."""


class Prompts:
    """Suggests questions that documents in a person's scope answer."""

    def __init__(self, guidance: Guidance, viewers: Viewers) -> None:
        self._guidance = guidance
        self._viewers = viewers

    def handle(self, event: PaneOpened, platform: Platform, attempt: Attempt) -> None:
        """Suggest questions; none where no document answers any.

        Raises:
            TransientError: Deliver it again.
            DeliveryError: The platform refuses.
        """
        if questions := self.of(event, platform, attempt):
            platform.panes.suggest(event.place, questions)

    def of(self, event: ChatEvent, platform: Platform, attempt: Attempt) -> tuple[str, ...]:
        """What an event's person could ask; raises `TransientError` as `handle` does."""
        seen = self._viewers.alone(event.person, platform.membership, last=attempt.last)
        return tuple(self._guidance.offers(seen.scope, PROMPTS))
