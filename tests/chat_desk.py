"""A chat platform in memory, as strict as a real one about what it takes, with faults on demand."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import MessageKey, Person, SharedFile
from wellread.domain.chat.members import Called, Readers, Standing
from wellread.domain.chat.said import Home, Said
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.ports.chat import Platform, Target

PLATFORM = "slack"
TEAM = "T1"


@dataclass
class Message:
    """Something that people see."""

    reference: str
    place: Place
    key: MessageKey | None
    said: Said | str
    streaming: bool = False
    seen_by: str = ""


@dataclass
class Fault:
    """What a call raises, and whether it took effect before."""

    error: BaseException
    after: bool = False


class Killed(BaseException):
    """The worker is gone: nothing of its own runs any more."""


class Desk:
    """`ReplySink`, `Membership`, `Panes` and `ChatFiles` of one team.

    Attributes:
        messages: What can be seen, oldest first.
        statuses: What was shown as status, in order.
        streams: Whether replies may grow.
        calls: The names of all calls, in order.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.statuses: list[str] = []
        self.streams = True
        self.calls: list[str] = []
        self.replied_to: set[str] = set()
        self.conversations: dict[str, Readers] = {}
        self.people: dict[str, Standing] = {}
        self.groups: dict[str, frozenset[str]] = {}
        self.calling: dict[str, Called] = {}
        self.suggested: list[tuple[Place, tuple[str, ...]]] = []
        self.titles: dict[Place, str] = {}
        self.homes: dict[str, Home] = {}
        self.contents: dict[str, bytes] = {}
        self.descriptions: dict[str, SharedFile] = {}
        self.faults: dict[str, deque[Fault]] = {}
        self._numbers = itertools.count(1)
        self.lock = threading.RLock()

    def fail(self, call: str, error: BaseException, *, after: bool = False, times: int = 1) -> None:
        """Have the next calls of a method fail, before or after they took effect."""
        self.faults.setdefault(call, deque()).extend([Fault(error, after)] * times)

    def platform(self) -> Platform:
        return Platform(PLATFORM, self, self, self, self)

    def seen(self, person: str = "") -> list[Message]:
        """What is there to be seen by all, or by one person too."""
        return [each for each in self.messages if each.seen_by in ("", person)]

    # ReplySink
    def show_status(self, target: Target, text: str) -> None:
        with self.happens("show_status"):
            self.statuses.append(text)

    def find(self, target: Target) -> Sequence[str]:
        with self.happens("find"):
            keyed = [m.reference for m in self.messages if m.key == target.key and not m.seen_by]
            orphans = [
                m.reference for m in self.messages if m.key is None and m.place == target.place
            ]
            return keyed or orphans

    def stream(self, target: Target, text: str) -> _Stream | None:
        with self.happens("stream"):
            if not self.streams or target.reply_url:
                return None
            message = self._show(target, text, streaming=True)
            return _Stream(self, message)

    def write(self, target: Target, said: Said, references: Sequence[str] = ()) -> Sequence[str]:
        with self.happens("write"):
            for message in self.messages:
                if message.reference in references:
                    message.said, message.key, message.streaming = said, target.key, False
                    return [message.reference]
            return [self._show(target, said).reference]

    def remove(self, target: Target, references: Sequence[str]) -> bool:
        with self.happens("remove"):
            if self.replied_to & set(references):
                return False
            self.messages = [m for m in self.messages if m.reference not in references]
            return True

    # Membership
    def readers(self, place: Place) -> Readers:
        with self.happens("readers"):
            return self.conversations.get(place.conversation, Readers(None))

    def standings(self, people: Sequence[Person]) -> Mapping[Person, Standing]:
        with self.happens("standings"):
            return {each: self.people.get(each.id, Standing.GUEST) for each in people}

    def in_groups(
        self, team: str, groups: Collection[str], people: Collection[Person]
    ) -> Mapping[str, frozenset[str]]:
        with self.happens("in_group"):
            ids = {each.id for each in people}
            return {group: self.groups[group] & ids for group in groups}

    def called(self, place: Place, id: str) -> Called:
        with self.happens("called"):
            return self.calling.get(place.conversation, Called((id,)))

    # Panes
    def suggest(self, place: Place, questions: Sequence[str]) -> None:
        with self.happens("suggest"):
            self.suggested.append((place, tuple(questions)))

    def entitle(self, place: Place, title: str) -> None:
        with self.happens("entitle"):
            self.titles[place] = title

    def show_home(self, person: Person, home: Home) -> None:
        with self.happens("show_home"):
            self.homes[person.id] = home

    # ChatFiles
    def described(self, team: str, file: SharedFile) -> SharedFile:
        with self.happens("described"):
            return self.descriptions.get(file.id, file)

    def fetch(self, team: str, file: SharedFile, most: int) -> bytes:
        with self.happens("fetch"):
            content = self.contents.get(file.id)
            if content is None:
                raise DocumentError(FailureCode.UNREADABLE)
            if len(content) > most:
                raise DocumentError(FailureCode.TOO_LARGE)
            return content

    def _show(self, target: Target, said: Said | str, *, streaming: bool = False) -> Message:
        message = Message(
            str(next(self._numbers)),
            target.place,
            None if streaming else target.key,
            said,
            streaming,
            target.person.id if target.reply_url else "",
        )
        self.messages.append(message)
        return message

    def happens(self, name: str) -> _Call:
        return _Call(self, name)


class _Call:
    """One call: under a lock, noted down, with its fault."""

    def __init__(self, desk: Desk, name: str) -> None:
        self._desk = desk
        self._name = name
        self._fault: Fault | None = None

    def __enter__(self) -> None:
        self._desk.lock.acquire()
        try:
            self._desk.calls.append(self._name)
            faults = self._desk.faults.get(self._name)
            self._fault = faults.popleft() if faults else None
            if self._fault and not self._fault.after:
                raise self._fault.error
        except BaseException:
            self._desk.lock.release()
            raise

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._desk.lock.release()
        if self._fault and self._fault.after and error is None:
            raise self._fault.error


@dataclass
class _Stream:
    desk: Desk
    message: Message

    @property
    def reference(self) -> str:
        return self.message.reference

    def append(self, text: str) -> None:
        with self.desk.happens("append"):
            assert self.message.streaming
            assert isinstance(self.message.said, str)
            self.message.said += text


@dataclass(frozen=True)
class Spot:
    """A conversation of the desk's team, to ask in."""

    conversation: str = "C1"
    thread: str = "1"
    _numbers: itertools.count[int] = field(default_factory=itertools.count, compare=False)

    @property
    def place(self) -> Place:
        return Place(PLATFORM, TEAM, self.conversation, self.thread)

    def in_thread(self, thread: str) -> Spot:
        return replace(self, thread=thread)

    def key(self, message: str | None = None) -> MessageKey:
        name = message or f"{self.thread}.{next(self._numbers)}"
        return MessageKey(PLATFORM, TEAM, self.conversation, name)


def person(name: str = "ann") -> Person:
    return Person(PLATFORM, TEAM, name)
