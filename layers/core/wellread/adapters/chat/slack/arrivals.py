"""What all events that Slack sends have in common, and what comes of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wellread.adapters.chat.slack.buttons import AskedWhy
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import ChatEvent, MessageKey, Person

PLATFORM = "slack"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request of Slack's.

    Attributes:
        correlation: Names it to people and in the log.
        at: When it arrived, seconds since the epoch.
    """

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
            team: Slack's id of the workspace.
            conversation: Its id of the conversation there.
            message: What the event is about, among all of that conversation.
            thread: `ts` of the thread that replies belong in; empty for none.
            person: Slack's id of who did it.
            direct: Whether they alone read along.
            external: Whether Slack says that people of other organisations do.
        """
        return {
            "key": MessageKey(PLATFORM, team, conversation, message),
            "place": Place(PLATFORM, team, conversation, thread),
            "person": Person(PLATFORM, team, person),
            "direct": direct,
            "external": external,
            "correlation": self.correlation,
            "at": self.at,
        }


@dataclass(frozen=True, slots=True)
class Modal:
    """A modal to open, which has to happen within three seconds of the click."""

    trigger: str
    about: AskedWhy


@dataclass(frozen=True, slots=True)
class Taken:
    """What comes of a request.

    Attributes:
        events: What happened, to be enqueued.
        answer: What Slack is answered, as JSON; None for nothing.
        modal: What to open then.
    """

    events: tuple[ChatEvent, ...] = ()
    answer: dict[str, Any] | None = None
    modal: Modal | None = None
