"""Chat platforms, and what is kept so that every message gets one reply."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import ChatEvent, MessageKey, Person, SharedFile
from wellread.domain.chat.members import Called, Readers, Standing
from wellread.domain.chat.references import ConversationReference
from wellread.domain.chat.replies import ReplyRecord
from wellread.domain.chat.said import Home, Said


class QuestionQueue(Protocol):
    """From a platform's front to the worker."""

    def put(self, event: ChatEvent) -> None:
        """Enqueue an event, once for each `deduplication` of the last minutes.

        It is delivered at least once, after those of its `group` that were enqueued before.

        Raises:
            TransientError: It was not enqueued, as far as is known.
        """


class ReplyLedger(Protocol):
    """Every reply's state, written only on condition that nobody wrote it meanwhile."""

    def get(self, key: MessageKey) -> ReplyRecord | None:
        """The record of the reply to a message; None where there is none (any more)."""

    def put(self, record: ReplyRecord) -> ReplyRecord:
        """Write a record whose `generation` is the one that was read (0: it must not exist yet).

        Returns:
            The record as written, with its new generation.

        Raises:
            ConflictError: The stored record has another generation; read it again.
        """


class ConversationReferences(Protocol):
    """Where platforms take what is said in their conversations, as verified requests named it.

    What was not heard of for `REFERENCE_KEPT_SECONDS` is forgotten. Each method raises a
    `TransientError` where what is kept cannot be had.
    """

    def keep(self, reference: ConversationReference) -> None:
        """Keep what a verified request said; most calls find it kept, and write nothing."""

    def of_conversation(
        self, platform: str, team: str, conversation: str
    ) -> ConversationReference | None:
        """A conversation's; where it was not heard of, what holds for its team, if that was."""

    def of_person(self, platform: str, team: str, person: str) -> ConversationReference | None:
        """That of somebody's own conversation with the bot; None where it was not heard of."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where something is said.

    Attributes:
        place: The conversation and the thread in it; without a thread it is said in the open.
        key: Of what is said: a message that carries it can be found again.
        person: Whose question it answers.
        reply_url: Where it goes so that the person alone sees it; empty where it is for the place.
    """

    place: Place
    key: MessageKey
    person: Person
    reply_url: str = ""


class ReplyStream(Protocol):
    """A reply that is being written where people see it."""

    @property
    def reference(self) -> str:
        """The platform's of the message."""

    def append(self, text: str) -> None:
        """Show more of it, soon.

        What cannot be shown now is left for `ReplySink.write`; nothing is raised for that.
        """


class ReplySink(Protocol):
    """A platform's conversations, as one writes to them.

    Each method raises a `TransientError` where the platform is away or asks to wait longer than a
    worker can (then it may or may not have taken what was sent), and a `PermanentError`, which says
    cause and fix to the operator, where it refuses: a revoked token, a place that is gone.
    """

    def show_status(self, target: Target, text: str) -> None:
        """Show what is being done, or take that back with an empty text.

        Where a platform cannot or will not, nothing is raised.
        """

    def find(self, target: Target) -> Sequence[str]:
        """The references of what was said with the target's key, in order; empty without any.

        What began as a stream, and carries no key yet, is found by author and place.
        """

    def stream(self, target: Target, text: str) -> ReplyStream | None:
        """Begin a reply that grows with some words; None where the platform does not allow that."""

    def write(self, target: Target, said: Said, references: Sequence[str] = ()) -> Sequence[str]:
        """Say something, in place of what the references name.

        A stream among them is ended. Nothing that could be seen stays but what is said.

        Returns:
            References of the messages that it consists of now.
        """

    def remove(self, target: Target, references: Sequence[str]) -> bool:
        """Take back what was said, where nobody has replied below it.

        Returns:
            Whether it is gone.
        """


class Membership(Protocol):
    """A platform's people, as they are now or were `WELLREAD_CHAT_MEMBERS_SECONDS` ago at most.

    Each method raises a `TransientError` or a `PermanentError` where that cannot be learnt.
    """

    def readers(self, place: Place) -> Readers:
        """Who reads along in a place's conversation, every page of the list."""

    def standings(self, people: Sequence[Person]) -> Mapping[Person, Standing]:
        """What each of these people is; whoever is not known is a guest."""

    def in_groups(
        self, team: str, groups: Collection[str], people: Collection[Person]
    ) -> Mapping[str, frozenset[str]]:
        """The ids of those among some people who are in each group.

        It fails as a whole where one of the groups cannot be looked up.
        """

    def called(self, place: Place, id: str) -> Called:
        """How a person or a group is called to a place."""


class Panes(Protocol):
    """What a platform shows beside conversations. What one has not is left out without an error.

    Raises as `ReplySink` does.
    """

    def suggest(self, place: Place, questions: Sequence[str]) -> None:
        """Offer questions to somebody who opened a conversation with the bot."""

    def entitle(self, place: Place, title: str) -> None:
        """Name a conversation with the bot."""

    def show_home(self, person: Person, home: Home) -> None:
        """Show the bot's own page."""


class ChatFiles(Protocol):
    """Files that people gave to the bot."""

    def described(self, team: str, file: SharedFile) -> SharedFile:
        """A file with all that is known of it, where the event may have named it alone.

        Args:
            team: Where it was given.
            file: Which.

        Raises:
            TransientError: Try again.
            DeliveryError: The platform tells the bot nothing of files.
        """

    def fetch(self, team: str, file: SharedFile, most: int) -> bytes:
        """A file's content.

        Args:
            team: Where it was given.
            file: Which.
            most: More bytes than that are not read.

        Raises:
            DocumentError: `too_large`, or `unreadable`: it is gone, or not the bot's to read.
            TransientError: Try again.
        """


class HeldFiles(Protocol):
    """Contents of files that nobody has decided about yet: read by nobody, and searched by none.

    A key has two parts, as `held_key` makes it: who gave the file, and which request it is of. What
    is not deleted is gone some time after `HELD_SECONDS`.
    """

    def put(self, key: str, data: bytes) -> None:
        """Hold a content, whole or not at all.

        Raises:
            TransientError: Try again.
        """

    def get(self, key: str) -> bytes | None:
        """What is held under a key; None where nothing is (any more).

        Raises:
            TransientError: Try again.
        """

    def delete(self, key: str) -> None:
        """Hold it no longer; nothing happens where it is not held.

        Raises:
            TransientError: It may still be held; try again.
        """

    def count(self, folder: str) -> int:
        """How many are held of one giver: the first part of their keys.

        Raises:
            TransientError: Try again.
        """


@dataclass(frozen=True, slots=True)
class SaidInThread:
    """A message that somebody wrote.

    Attributes:
        by: The platform's id of who did.
        text: Plain words.
    """

    by: str
    text: str


class ThreadReading(Protocol):
    """A platform's threads, as the bot may read them."""

    def said_after(self, place: Place, reference: str) -> Sequence[SaidInThread]:
        """What people said in a thread after a message there, oldest first, bots left out.

        Args:
            place: The thread; without one, what stands below the message.
            reference: The platform's of the message.

        Raises:
            TransientError, PermanentError: As `ReplySink` does.
        """


@dataclass(frozen=True, slots=True)
class Platform:
    """One chat platform, as services use it.

    Attributes:
        name: As in `Place.platform`.
        in_team: Gives the platform as it is in one team, None where the bot is not; None itself
            where it is the same in all of them.
        threaded: Whether all that is said in the open can have a thread of its own. Where not, what
            is said in none goes on with what was said there before.
        judged_by_message: Whether a verdict names a message in place of a reply.
        files_pass: Whether files can be fetched for some minutes only after they were given.
        reading: Reads what people said in a thread; None where a bot sees only what is said to it.
    """

    name: str
    sink: ReplySink
    membership: Membership
    panes: Panes
    files: ChatFiles
    in_team: Callable[[str], Platform | None] | None = None
    threaded: bool = True
    judged_by_message: bool = False
    files_pass: bool = False
    reading: ThreadReading | None = None

    def of(self, team: str) -> Platform | None:
        """The platform as it is in a team; None where the bot is not.

        Args:
            team: Its id; empty for that of the places that the settings document names.

        Raises:
            TransientError: It cannot be learnt now whether it is.
        """
        return self if self.in_team is None else self.in_team(team)
