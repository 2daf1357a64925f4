"""What happens in chats, as it goes through the question queue from a platform's front to a worker.

Everything in an event comes from the platform's verified request. Words of people and names of
files in it are untrusted.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from wellread.domain.ask.questions import AskerId, Place
from wellread.domain.knowledge.deliveries import RetryPolicy
from wellread.domain.knowledge.journey import Journey

CHAT_RETRIES = RetryPolicy(5, delivered_again_seconds=(2.0, 10.0, 30.0, 60.0))
"""Somebody waits: what is away for longer gets them an apology."""


@dataclass(frozen=True, slots=True)
class MessageKey:
    """One message of a platform, however often and by whatever event it is told of.

    Attributes:
        platform: Such as "slack" or "teams".
        team: The platform's id of the workspace or tenant.
        conversation: Its id of the conversation there.
        message: Its id of the message in that conversation.
    """

    platform: str
    team: str
    conversation: str
    message: str

    @property
    def id(self) -> str:
        """The key in 64 characters; another key has another one."""
        return _digest(self.platform, self.team, self.conversation, self.message)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a platform.

    Attributes:
        id: The platform's id of the person in that team.
    """

    platform: str
    team: str
    id: str

    @property
    def asker(self) -> AskerId:
        """Who asks, as threads and limits know them."""
        return AskerId(f"{self.platform}:{self.team}:{self.id}")


@dataclass(frozen=True, slots=True)
class ChatEvent:
    """Something that happened in a place.

    Attributes:
        key: What it is about: the same key is the same happening.
        place: Where: the thread that what is said about it belongs in.
        person: Who did it.
        direct: Whether nobody but the person reads along in that conversation.
        external: Whether the platform said that people of other organisations share it.
        correlation: Shown to people where something fails, and found in the logs.
        at: When it arrived, seconds since the epoch.
    """

    kind: ClassVar[str] = ""

    key: MessageKey
    place: Place
    person: Person
    direct: bool
    external: bool
    correlation: str
    at: float

    @property
    def group(self) -> str:
        """Events of one group are handled one after another: those of one thread."""
        place = self.place
        return _digest(place.platform, place.team, place.conversation, place.thread)

    @property
    def deduplication(self) -> str:
        """An event that was enqueued under the same one is not enqueued again."""
        return _digest(self.kind, self.key.id)

    @property
    def journey(self) -> Journey:
        """The work that it sets off."""
        return Journey(correlation=self.correlation)

    def as_message(self) -> dict[str, Any]:
        """Itself as JSON."""
        return {"kind": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class QuestionAsked(ChatEvent):
    """A message that may be a question to the bot.

    Attributes:
        text: What was asked, without the mention of the bot.
        addressed: Whether the bot was: by a mention, a command, or in a direct message. What was
            said in a thread without that is answered as the place's policy says.
        to_others: Whether somebody else is mentioned in it.
        reply_url: Where a reply goes that its asker alone sees; empty for a reply in the place.
    """

    kind: ClassVar[str] = "question"

    text: str
    addressed: bool = True
    to_others: bool = False
    reply_url: str = ""

    @property
    def deduplication(self) -> str:
        """Also by whether the bot was addressed: an edit can do that a moment later."""
        return _digest(self.kind, self.key.id, str(self.addressed))


@dataclass(frozen=True, slots=True)
class QuestionDeleted(ChatEvent):
    """The message with this key is gone."""

    kind: ClassVar[str] = "deleted"


@dataclass(frozen=True, slots=True)
class AnswerShared(ChatEvent):
    """The person wants everybody in the place to see the answer to what they asked alone.

    Attributes:
        reply_url: Where a word goes that the person alone sees; empty where there is no way.
    """

    kind: ClassVar[str] = "share"

    text: str
    reply_url: str = ""


@dataclass(frozen=True, slots=True)
class VerdictGiven(ChatEvent):
    """A judgement of a reply.

    Attributes:
        thread, turn: Which reply, as the reply's buttons name it; empty and 0 where they do not.
        verdict: "up" or "down".
        reply_url: Where a word goes that the person alone sees; empty where there is no way.
        reference: The platform's of the reply's message, where its buttons name no reply. Where
            that is not told either, it is about the last reply in its place.
    """

    kind: ClassVar[str] = "verdict"

    thread: str
    turn: int
    verdict: str
    reason: str | None = None
    correction: str | None = None
    reply_url: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class HumanAsked(ChatEvent):
    """The person wants a human to answer what a reply did not.

    Attributes:
        thread, turn: Which reply, as the reply's buttons name it.
        reply_url: Where a word goes that the person alone sees; empty where there is no way.
    """

    kind: ClassVar[str] = "human"

    thread: str
    turn: int
    reply_url: str = ""


@dataclass(frozen=True, slots=True)
class HandOverResolved(ChatEvent):
    """Somebody says that a human has answered.

    Attributes:
        thread, turn: The reply that did not answer, as the button names it.
        reference: The platform's of the message that the button is on.
        reply_url: Where a word goes that the person alone sees; empty where there is no way.
    """

    kind: ClassVar[str] = "resolved"

    thread: str
    turn: int
    reference: str
    reply_url: str = ""


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file in a chat.

    Attributes:
        id: The platform's.
        name: As the person called it.
        size: Bytes, as the platform says; 0 where it does not.
        url: Where the bot may fetch it.
        problem: Why it cannot be fetched, for people; empty where it can.
    """

    id: str
    name: str
    size: int
    url: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FilesShared(ChatEvent):
    """Files that somebody gave to the bot. What they said with them is an event of its own."""

    kind: ClassVar[str] = "files"

    files: tuple[SharedFile, ...]


@dataclass(frozen=True, slots=True)
class FileDecided(ChatEvent):
    """Somebody clicked whether a file is added.

    Attributes:
        approved: Which button.
        request: Of the request for approval, as its buttons name it.
        reference: The platform's of the message that the buttons are on.
        reply_url: Where a word goes that the person alone sees; empty where there is no way.
    """

    kind: ClassVar[str] = "file_decided"

    approved: bool
    request: str
    reference: str
    reply_url: str = ""


@dataclass(frozen=True, slots=True)
class PaneOpened(ChatEvent):
    """Somebody opened the place where they can talk to the bot alone."""

    kind: ClassVar[str] = "pane"


@dataclass(frozen=True, slots=True)
class HomeOpened(ChatEvent):
    """Somebody looks at the bot's own page."""

    kind: ClassVar[str] = "home"


@dataclass(frozen=True, slots=True)
class BotAdded(ChatEvent):
    """The bot was added to a conversation, or somebody began one with it."""

    kind: ClassVar[str] = "added"


_KINDS: dict[str, type[ChatEvent]] = {
    kind.kind: kind
    for kind in (
        QuestionAsked,
        QuestionDeleted,
        AnswerShared,
        VerdictGiven,
        HumanAsked,
        HandOverResolved,
        FilesShared,
        FileDecided,
        PaneOpened,
        HomeOpened,
        BotAdded,
    )
}


def event_of_message(message: dict[str, Any]) -> ChatEvent:
    """The event that `ChatEvent.as_message` was asked of.

    Raises:
        KeyError, TypeError: The message is none.
    """
    fields = dict(message)
    kind = _KINDS[fields.pop("kind")]
    fields["key"] = MessageKey(**fields["key"])
    fields["place"] = Place(**fields["place"])
    fields["person"] = Person(**fields["person"])
    if kind is FilesShared:
        fields["files"] = tuple(SharedFile(**each) for each in fields["files"])
    return kind(**fields)


def _digest(*parts: str) -> str:
    # With their lengths, as ids may hold whatever separates them.
    said = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
