"""What happens in chats, each kind in the hands of the service that is for it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from wellread.domain.chat.events import AnswerShared, ChatEvent, QuestionAsked, QuestionDeleted
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.errors import DeliveryError, PermanentError
from wellread.ports.chat import Platform
from wellread.services.chat.questions import Questions

logger = logging.getLogger(__name__)

Handler = Callable[..., None]
"""Takes the event, its platform and the attempt."""


class Chat:
    """Handles what the fronts have enqueued."""

    def __init__(
        self,
        platforms: Mapping[str, Platform],
        questions: Questions,
        handlers: Mapping[type[ChatEvent], Handler],
    ) -> None:
        """Nothing has happened yet.

        Args:
            platforms: Those that are set up, by their names.
            questions: Answers questions, and says so where it could not.
            handlers: What is done about each other kind of event.
        """
        self._platforms = platforms
        self._questions = questions
        self._handlers: Mapping[type[ChatEvent], Handler] = {
            **handlers,
            QuestionAsked: questions.handle,
            AnswerShared: questions.share,
            QuestionDeleted: questions.withdraw,
        }

    def handle(self, event: ChatEvent, attempt: Attempt) -> None:
        """Do what an event asks for.

        Raises:
            TransientError: Deliver it again.
            DeliveryError: The platform lets nobody say that there is no answer.
        """
        platform = self._platform_of(event)
        if platform is None:
            return
        try:
            self._handlers[type(event)](event, platform, attempt)
        except PermanentError:
            if isinstance(event, QuestionAsked):
                raise
            # The thread's next question does not wait for what can only fail again.
            logger.exception("what happened has no effect", extra={"kind": event.kind})

    def give_up(self, event: ChatEvent) -> None:
        """Tell the asker of what was delivered in vain too often; of other events the log tells.

        Raises:
            TransientError: Nothing can be said now.
            PermanentError: Nothing can be said before somebody mends what is wrong here.
        """
        logger.error("an event was delivered in vain", extra={"kind": event.kind})
        platform = self._platform_of(event)
        if platform is None or not isinstance(event, QuestionAsked):
            return
        try:
            self._questions.give_up(event, platform)
        except DeliveryError:
            logger.exception("nobody could be told that there is no answer")

    def _platform_of(self, event: ChatEvent) -> Platform | None:
        platform = self._platforms.get(event.key.platform)
        if platform is not None:
            platform = platform.of(event.key.team)
        if platform is None:
            logger.error("an event from where nothing is set up", extra={"kind": event.kind})
        return platform
