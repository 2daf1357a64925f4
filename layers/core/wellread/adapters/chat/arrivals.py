"""What all events that chat platforms send have in common, and what comes of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import ChatEvent, MessageKey, Person


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request of a chat platform's.

    Attributes:
        platform: As in `Place.platform`.
        correlation: Names it to people and in the log.
        at: When it arrived, seconds since the epoch.
    """

    platform: ClassVar[str] = ""

    correlation: str
    at: float

    def happened(
        self,
        team: str,
        conversation: str,
        *,
        message: str,
        thread: str,
        person: str,
        direct: bool,
        external: bool = False,
    ) -> dict[str, Any]:
        """The fields that every `ChatEvent` has.

        Args:
            team: The platform's id of the workspace or tenant.
            conversation: Its id of the conversation there.
            message: What the event is about, among all of that conversation.
            thread: The platform's id of the thread that replies belong in; empty for none.
            person: The platform's id of who did it.
            direct: Whether they alone read along.
            external: Whether the platform says that people of other organisations do.
        """
        return {
            "key": MessageKey(self.platform, team, conversation, message),
            "place": Place(self.platform, team, conversation, thread),
            "person": Person(self.platform, team, person),
            "direct": direct,
            "external": external,
            "correlation": self.correlation,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """What comes of a request.

    Attributes:
        events: What happened, to be enqueued.
        answer: What the platform is answered, as JSON; None for nothing.
    """

    events: tuple[ChatEvent, ...] = ()
    answer: dict[str, Any] | None = None
