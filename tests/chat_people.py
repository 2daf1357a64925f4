"""The people of a chat platform, in memory: who is what, in which groups and conversations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import ChatEvent, MessageKey, Person
from wellread.domain.chat.members import Called, Readers, Standing
from wellread.domain.knowledge.errors import WellreadError

TEAM = "T1"


def person(name: str, team: str = TEAM) -> Person:
    return Person("slack", team, name)


@dataclass
class Conversation:
    """One of the platform's; with whom, and for whom else."""

    members: list[str] | None
    open: bool = False
    external: bool = False


@dataclass
class Directory:
    """A `Membership` whose lookups can be made to fail.

    Attributes:
        failing: What is raised by name of the method, or by id of a person, group or conversation.
        asked: The calls so far: (method, how many people or what).
    """

    people: dict[str, Standing] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)
    failing: dict[str, WellreadError] = field(default_factory=dict)
    asked: list[tuple[str, object]] = field(default_factory=list)

    def readers(self, place: Place) -> Readers:
        self._ask("readers", place.conversation, place.conversation)
        found = self.conversations[place.conversation]
        members = None if found.members is None else tuple(map(person, found.members))
        return Readers(members, open=found.open, external=found.external)

    def standings(self, people: Sequence[Person]) -> Mapping[Person, Standing]:
        self._ask("standings", len(people), *(each.id for each in people))
        return {each: self.people[each.id] for each in people if each.id in self.people}

    def in_groups(
        self, team: str, groups: Collection[str], people: Collection[Person]
    ) -> Mapping[str, frozenset[str]]:
        for group in groups:
            self._ask("in_group", group, group, team)
        ids = {each.id for each in people}
        return {group: frozenset(self.groups[group]) & ids for group in groups}

    def called(self, place: Place, id: str) -> Called:
        return Called((id,))

    def _ask(self, method: str, what: object, *names: str) -> None:
        self.asked.append((method, what))
        for name in (method, *names):
            if name in self.failing:
                raise self.failing[name]

    def calls(self, method: str) -> list[object]:
        return [what for name, what in self.asked if name == method]


def happened(
    kind: type[ChatEvent],
    who: str,
    conversation: str,
    *,
    below: str = "1.0",
    direct: bool = False,
    external: bool = False,
    message: str = "1.1",
    **more: object,
) -> ChatEvent:
    """An event of somebody in a conversation, in the thread below a message."""
    return kind(
        key=MessageKey("slack", TEAM, conversation, message),
        place=Place("slack", TEAM, conversation, below),
        person=person(who),
        direct=direct,
        external=external,
        correlation="c1",
        at=1_800_000_000.0,
        **more,
    )
