"""Activities of Teams, as what happens in chats.

Sources: https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object,
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/subscribe-to-conversation-events
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from wellread.adapters.chat import arrivals
from wellread.adapters.chat.fields import Fields
from wellread.adapters.chat.teams.attachments import shared_files
from wellread.adapters.chat.teams.clicks import clicked
from wellread.adapters.chat.teams.words import words_of
from wellread.domain.chat.events import (
    BotAdded,
    ChatEvent,
    FilesShared,
    QuestionAsked,
    QuestionDeleted,
)
from wellread.domain.chat.references import PERSONAL, ConversationReference

PLATFORM = "teams"
CHANNEL, GROUP = "channel", "groupChat"
ADDED = "added"
"""In place of a message, in the key of what says that the bot was added: it is told twice."""

_SHARED = "shared"
_ROOT = ";messageid="
_BOT = "28:"


class ActivityFields(Fields):
    """Fields of an activity."""

    ids: ClassVar[re.Pattern[str]] = re.compile(r"[A-Za-z0-9._:;@=+~%-]{1,400}")


@dataclass(frozen=True, slots=True)
class Arrival(arrivals.Arrival):
    """A request of Teams'."""

    platform: ClassVar[str] = PLATFORM


@dataclass(frozen=True, slots=True)
class Told:
    """An activity, known to be of the tenant.

    Attributes:
        team: The tenant's id.
        client_id: The bot's.
    """

    arrival: Arrival
    activity: ActivityFields
    team: str
    client_id: str

    @property
    def conversation(self) -> str:
        """The conversation's id, without that of the thread in it."""
        return self._said_conversation.partition(_ROOT)[0]

    @property
    def thread(self) -> str:
        """The message that a channel's thread began with; empty where there are no threads."""
        if self.kind != CHANNEL:
            return ""
        return self._said_conversation.partition(_ROOT)[2] or self.activity.id_or_none("id")

    @property
    def kind(self) -> str:
        """What kind of conversation it is; a group's where that is not told."""
        kind = self.activity.part("conversation").text("conversationType")
        if kind in (PERSONAL, CHANNEL):
            return kind
        return CHANNEL if self._channel_data.part("team") else GROUP

    @property
    def direct(self) -> bool:
        """Whether nobody but the person reads along."""
        return self.kind == PERSONAL

    @property
    def event_type(self) -> str:
        """What happened to a message that is not new."""
        return self._channel_data.text("eventType")

    @property
    def is_of_a_person(self) -> bool:
        """Whether a person did it: not a bot, this one included.

        Raises:
            MalformedError: It is not told who did.
        """
        sender = self.activity.part("from")
        name = sender.id("id")
        return (
            not name.startswith(_BOT)
            and name not in self.ours
            and sender.text("role") not in ("bot", "skill")
        )

    @property
    def person(self) -> str:
        """Who did it: their id in the directory, written as rosters' are, or else their account.

        Raises:
            MalformedError: It is not told.
        """
        sender = self.activity.part("from")
        return sender.id_or_none("aadObjectId").lower() or sender.id("id")

    @property
    def ours(self) -> frozenset[str]:
        """The bot's own ids."""
        told = self.activity.part("recipient").text("id")
        return frozenset({self.client_id, f"{_BOT}{self.client_id}", told}) - {""}

    @property
    def reference(self) -> ConversationReference:
        """How the bot speaks there."""
        sender = self.activity.part("from")
        return ConversationReference(
            PLATFORM,
            self.team,
            self.conversation,
            self.activity.text("serviceUrl"),
            kind=self.kind,
            bot=self.activity.part("recipient").id_or_none("id"),
            group=self._channel_data.part("team").id_or_none("id"),
            sort=self._sort,
            person=self.person,
            account=sender.id("id"),
            name=sender.text("name"),
            at=self.arrival.at,
        )

    def happened(self, message: str) -> dict[str, Any]:
        """The fields that every event has, of one that is about this."""
        return self.arrival.happened(
            self.team,
            self.conversation,
            message=message,
            thread=self.thread,
            person=self.person,
            direct=self.direct,
            external=self._is_shared,
        )

    @property
    def _said_conversation(self) -> str:
        return self.activity.part("conversation").id("id")

    @property
    def _channel_data(self) -> ActivityFields:
        return self.activity.part("channelData")

    @property
    def _sort(self) -> str:
        return self._channel_data.part("channel").text("type").lower()

    @property
    def _is_shared(self) -> bool:
        """Whether people of other organisations may read along, as far as Teams says it here."""
        theirs = self.activity.part("from").text("tenantId")
        return self._sort == _SHARED or (bool(theirs) and theirs.casefold() != self.team.casefold())


def take_activity(told: Told) -> tuple[ChatEvent, ...]:
    """What an activity comes to that is no `invoke`; nothing where it is no affair of ours.

    Raises:
        MalformedError: It is not of the shape that Teams says it has.
    """
    translate = _TRANSLATIONS.get(told.activity.text("type"))
    return () if translate is None else translate(told)


def _message(told: Told) -> tuple[ChatEvent, ...]:
    activity = told.activity
    if not told.is_of_a_person:
        return ()
    if activity.part("value"):
        event = clicked(told, activity.part("value"))
        return (event,) if event else ()
    question = _question(told)
    if not question.addressed:
        in_thread = told.kind == GROUP or told.thread != question.key.message
        return (question,) if in_thread else ()
    files = shared_files(activity.parts("attachments"), words=bool(question.text))
    if not files or (question.text and not told.direct):
        # Where others read along files are not taken: the words are a question as any other.
        return (question,)
    shared = FilesShared(**told.happened(question.key.message), files=files)
    return (shared, question) if question.text else (shared,)


def _question(told: Told) -> QuestionAsked:
    activity = told.activity
    words = words_of(
        activity.text("text"),
        activity.parts("entities"),
        told.ours,
        marked=activity.text("textFormat") == "xml",
    )
    return QuestionAsked(
        **told.happened(activity.id("id")),
        text=words.text,
        addressed=told.direct or words.to_us,
        to_others=words.to_others,
    )


def _changed(told: Told) -> tuple[ChatEvent, ...]:
    """A question that became one just now. Whatever was one before got its reply."""
    if told.event_type != "editMessage" or not told.is_of_a_person:
        return ()
    question = _question(told)
    return (question,) if question.addressed else ()


def _deleted(told: Told) -> tuple[ChatEvent, ...]:
    if told.event_type != "softDeleteMessage" or not told.is_of_a_person:
        return ()
    return (QuestionDeleted(**told.happened(told.activity.id("id"))),)


def _members(told: Told) -> tuple[ChatEvent, ...]:
    added = {each.text("id") for each in told.activity.parts("membersAdded")}
    return _added(told) if added & told.ours else ()


def _installed(told: Told) -> tuple[ChatEvent, ...]:
    return _added(told) if told.activity.text("action") == "add" else ()


def _added(told: Told) -> tuple[ChatEvent, ...]:
    added = BotAdded(**told.happened(ADDED))
    return (replace(added, place=replace(added.place, thread="")),)


_TRANSLATIONS: dict[str, Callable[[Told], tuple[ChatEvent, ...]]] = {
    "message": _message,
    "messageUpdate": _changed,
    "messageDelete": _deleted,
    "conversationUpdate": _members,
    "installationUpdate": _installed,
}
