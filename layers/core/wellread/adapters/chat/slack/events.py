"""Slack's events, as what happens in chats.

A message in a conversation arrives as `message` and, where it mentions the bot, as `app_mention`
too; both have the message's `ts`, and so the same key.

Sources: https://docs.slack.dev/apis/events-api, https://docs.slack.dev/reference/events/message
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from wellread.adapters.chat.fields import Fields, MalformedError
from wellread.adapters.chat.said_words import Words
from wellread.adapters.chat.slack.arrivals import Arrival, Taken
from wellread.adapters.chat.slack.shared_files import shared_file
from wellread.adapters.chat.slack.words import words_of
from wellread.domain.chat.events import (
    ChatEvent,
    FilesShared,
    HomeOpened,
    PaneOpened,
    QuestionAsked,
    QuestionDeleted,
)

_OF_PEOPLE = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_EMPTIED = "tombstone"
_SLACKBOT = "USLACKBOT"
_MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class _Told:
    """An event with what Slack says around it.

    Attributes:
        ours: The ids of the bot's user.
    """

    arrival: Arrival
    event: Fields
    team: str
    ours: frozenset[str]
    external: bool

    @property
    def conversation(self) -> str:
        return self.event.id("channel")

    @property
    def direct(self) -> bool:
        kind = self.event.text("channel_type")
        return kind == "im" or (not kind and self.conversation.startswith("D"))

    def words(self, message: Fields) -> Words:
        return words_of(message.text("text"), self.ours)

    def is_of_a_person(self, message: Fields) -> bool:
        """Whether a person wrote it: not a bot, this one included, nor Slack itself."""
        return (
            message.text("subtype") in _OF_PEOPLE
            and not message.has("bot_id")
            and not message.has("bot_profile")
            and message.has("user")
            and message.text("user") not in (*self.ours, _SLACKBOT)
        )

    def question(self, message: Fields, words: Words, *, addressed: bool) -> QuestionAsked:
        happened = self.arrival.happened(
            self.team,
            self.conversation,
            message=message.id("ts"),
            thread=message.id("thread_ts", "ts"),
            person=message.id("user"),
            direct=self.direct,
            external=self.external,
        )
        return QuestionAsked(
            **happened, text=words.text, addressed=addressed, to_others=words.to_others
        )


def take_event(payload: Fields, arrival: Arrival) -> Taken:
    """What an `event_callback` comes to; nothing where it is no affair of ours.

    Raises:
        MalformedError: It is not of the shape that Slack says it has.
    """
    event = payload.part("event")
    if not event.text("type"):
        raise MalformedError("it has no event")
    translate = _TRANSLATIONS.get(event.text("type"))
    if translate is None:
        return Taken()
    team = payload.id("team_id")
    payload.id_or_none("api_app_id")
    # An app may also be authorized for the person who installed it.
    bots = [each for each in payload.parts("authorizations") if not each.denies("is_bot")]
    told = _Told(
        arrival,
        event,
        team,
        frozenset(each.text("user_id") for each in bots) - {""},
        payload.has("is_ext_shared_channel") or _comes_from_elsewhere(event, team),
    )
    return Taken(translate(told))


def _comes_from_elsewhere(event: Fields, team: str) -> bool:
    message = event.part("message") or event
    return any(
        message.has(name) and message.text(name) != team for name in ("user_team", "source_team")
    )


def _mention(told: _Told) -> tuple[ChatEvent, ...]:
    event = told.event
    if not told.is_of_a_person(event):
        return ()
    words = told.words(event) if told.ours else _words_to_us(event.text("text"))
    return (told.question(event, words, addressed=True),)


def _words_to_us(text: str) -> Words:
    """What may be said to us, where Slack does not say who we are: ours comes first then."""
    name = text.partition("<@")[2].partition(">")[0].partition("|")[0]
    return words_of(text, {name} if name else ())


def _message(told: _Told) -> tuple[ChatEvent, ...]:
    event = told.event
    subtype = event.text("subtype")
    if subtype == "message_changed":
        return _changed(told)
    if subtype == "message_deleted":
        return _deleted(told, event.part("previous_message"), event.id("deleted_ts"))
    if not told.is_of_a_person(event):
        return ()
    words = told.words(event)
    if not told.direct:
        in_thread = event.has("thread_ts") and event.text("thread_ts") != event.text("ts")
        # Where Slack does not say who we are, `app_mention` says that it is us.
        if not (words.to_us or in_thread):
            return ()
        if not told.ours:
            words = replace(words, text=_words_to_us(event.text("text")).text)
        return (told.question(event, words, addressed=words.to_us),)
    question = told.question(event, words, addressed=True)
    files = _files(event, question)
    return (*files, question) if words.text or not files else files


def _changed(told: _Told) -> tuple[ChatEvent, ...]:
    """A question that became one just now. Whatever was one before got its reply."""
    message, before = told.event.part("message"), told.event.part("previous_message")
    if message.text("subtype") == _EMPTIED:
        # What somebody replied to is not taken out of its thread, but emptied.
        return _deleted(told, before, message.id("ts"))
    # An unfurled link changes a message too; only people's edits are marked as such.
    by = message.part("edited").text("user")
    if not by or by != message.text("user") or not told.is_of_a_person(message):
        return ()
    words = told.words(message)
    was_one = before and (told.direct or told.words(before).to_us)
    if was_one or not (told.direct or words.to_us):
        return ()
    return (told.question(message, words, addressed=True),)


def _deleted(told: _Told, message: Fields, key: str) -> tuple[ChatEvent, ...]:
    if message.text("subtype") == _EMPTIED:
        message = Fields(None)  # whose it was is not told
    if message and not told.is_of_a_person(message):
        return ()
    words = told.words(message)
    to_us = words.to_us or (words.to_others and not told.ours)
    if message and not (told.direct or message.has("thread_ts") or to_us):
        return ()  # it was no question
    happened = told.arrival.happened(
        told.team,
        told.conversation,
        message=key,
        thread=message.id_or_none("thread_ts") or key,
        person=message.id_or_none("user"),
        direct=told.direct,
        external=told.external,
    )
    return (QuestionDeleted(**happened),)


def _files(event: Fields, question: QuestionAsked) -> tuple[ChatEvent, ...]:
    files = tuple(
        shared_file(each) for each in event.parts("files")[:_MOST_FILES] if each.has("id")
    )
    if not files:
        return ()
    common = ("key", "place", "person", "direct", "external", "correlation", "at")
    return (FilesShared(**{name: getattr(question, name) for name in common}, files=files),)


def _pane(told: _Told) -> tuple[ChatEvent, ...]:
    pane = told.event.part("assistant_thread")
    thread = pane.id("thread_ts")
    happened = told.arrival.happened(
        told.team,
        pane.id("channel_id"),
        message=thread,
        thread=thread,
        person=pane.id("user_id"),
        direct=True,
    )
    return (PaneOpened(**happened),)


def _home(told: _Told) -> tuple[ChatEvent, ...]:
    event = told.event
    if event.text("tab") != "home":
        return ()
    happened = told.arrival.happened(
        told.team,
        told.conversation,
        message=f"home:{event.id_or_none('event_ts') or told.arrival.at}",
        thread="",
        person=event.id("user"),
        direct=True,
    )
    return (HomeOpened(**happened),)


_TRANSLATIONS: dict[str, Callable[[_Told], tuple[ChatEvent, ...]]] = {
    "app_mention": _mention,
    "message": _message,
    "assistant_thread_started": _pane,
    "app_home_opened": _home,
}
