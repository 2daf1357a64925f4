"""People, groups and conversations of a Teams tenant.

What somebody is, the rosters of conversations say; a person's own one with the bot is one.

Sources: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/channel-and-group-conversations
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wellread.adapters.chat.recent import Recent
from wellread.adapters.chat.teams.graph import Graph
from wellread.adapters.chat.teams.web import RefusedError, TeamsWeb, in_path
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
from wellread.domain.chat.members import MOST_MEMBERS, Called, Readers, Standing
from wellread.domain.chat.references import PERSONAL, ConversationReference
from wellread.domain.knowledge.errors import PermanentError, TransientError
from wellread.ports.chat import ConversationReferences
from wellread.ports.operations import Clock

_CLOSED = frozenset({PERSONAL, "groupChat"})
"""Kinds of conversations that nobody can read or join by themselves."""

_OWN_ROLES = frozenset({"user", "owner", "admin"})
_OF_OUTSIDE = "#ext#"
"""In the principal name of guests, whose role in a roster need not say so."""

_SHARED, _CHANNEL = "shared", "channel"
_ACCOUNTS = ("28:", "29:")
"""How ids begin that are of no directory: of bots, and of people without an object id."""

_PAGE = 500
_MOST_READ = 30_000
"""Teams has fewer in one team."""

_PLACES_REMEMBERED, _PEOPLE_REMEMBERED = 500, 20_000
_LONGEST_SECONDS = 20.0
_MOST_CALLED = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Roster:
    """Who is in a conversation, and what they are."""

    standings: Mapping[str, Standing]
    external: bool


class TeamsMembership:
    """A `Membership` over the Bot Connector and Graph, of the one tenant that the bot is for.

    What was learnt is kept for a while, in this process; that something failed is not.
    """

    def __init__(
        self,
        web: TeamsWeb,
        references: ConversationReferences,
        tenant: str,
        *,
        seconds: float,
        longest: float = _LONGEST_SECONDS,
        clock: Clock = time.time,
    ) -> None:
        """Look nothing up yet.

        Args:
            web: Calls the Bot Connector and Graph.
            references: Know where conversations are.
            tenant: The id of the tenant whose people are members.
            seconds: How long what was learnt is believed; 0 for not at all.
            longest: How many seconds one look at the directory may take.
            clock: The time.
        """
        self._web = web
        self._references = references
        self._tenant = tenant.lower()
        self._rosters = Recent[_Roster](_PLACES_REMEMBERED, seconds, clock)
        self._sorts = Recent[str](_PLACES_REMEMBERED, seconds, clock)
        self._graph = Graph(web, seconds=seconds, longest=longest, clock=clock)
        # Where somebody was seen last is no knowledge of them, only where to ask about them.
        self._seen = Recent[Place](_PEOPLE_REMEMBERED, math.inf, clock)

    def readers(self, place: Place) -> Readers:
        reference = self._reference(place)
        roster = self._roster(place)
        ids = roster.standings
        people = (Person(place.platform, place.team, id) for id in ids)
        return Readers(
            members=tuple(people) if len(ids) <= MOST_MEMBERS else None,
            open=reference.kind not in _CLOSED,
            external=roster.external or self._sort(reference) == _SHARED,
        )

    def standings(self, people: Sequence[Person]) -> Mapping[Person, Standing]:
        own = dict(self._standings_of(each for each in people if self._is_own(each)))
        members = {each.id for each, standing in own.items() if standing is Standing.MEMBER}
        gone = self._graph.deactivated(members)
        own |= {each: Standing.GUEST for each in own if each.id in gone}
        return dict.fromkeys(people, Standing.GUEST) | own

    def in_groups(
        self, team: str, groups: Collection[str], people: Collection[Person]
    ) -> Mapping[str, frozenset[str]]:
        own = (each.id for each in people if self._is_own(each) and each.team == team)
        ids = dict.fromkeys(id for id in own if not id.startswith(_ACCOUNTS))
        return self._graph.in_groups(ids, groups)

    def called(self, place: Place, id: str) -> Called:
        person, there = id.lower(), self._roster(place).standings
        alone = self._references.of_person(place.platform, self._tenant, person)
        if person in there:
            return Called((person,))
        if alone is not None:
            return Called(alone=replace(place, conversation=alone.conversation, thread=""))
        # An app cannot mention a group of the directory.
        people = sorted(each for each in there if not each.startswith(_ACCOUNTS))
        return Called(tuple(sorted(self._graph.in_groups(people, [id])[id])[:_MOST_CALLED]))

    def _standings_of(self, people: Iterable[Person]) -> Iterator[tuple[Person, Standing]]:
        for person in people:
            failed: TransientError | PermanentError | None = None
            for place in self._places_of(person):
                try:
                    standing = self._roster(place).standings.get(person.id)
                except (TransientError, PermanentError) as error:
                    # The bot may have been taken out of where they were seen last.
                    failed = failed or error
                    continue
                if standing is not None:
                    yield person, standing
                    break
            else:
                if failed is not None:
                    raise failed

    def _places_of(self, person: Person) -> Iterator[Place]:
        """Where somebody may be found: where they were seen last, and alone with the bot."""
        if seen := self._seen.known(person):
            yield seen
        alone = self._references.of_person(person.platform, self._tenant, person.id)
        if alone is not None:
            yield Place(alone.platform, person.team, alone.conversation, "")

    def _roster(self, place: Place) -> _Roster:
        key = (place.team, place.conversation)
        return self._rosters.get(key, lambda: self._read_roster(place))

    def _read_roster(self, place: Place) -> _Roster:
        standings: dict[str, Standing] = {}
        external, begun = False, self._rosters.now()
        for member in self._members(self._reference(place), place.conversation):
            id = _id_of(member)
            # Of whom a roster says two things, the narrower one holds.
            if standings.get(id) is not Standing.GUEST:
                standings[id] = self._standing_of(member)
            external = external or self._is_foreign(member)
            self._seen.put(Person(place.platform, place.team, id), place, begun)
            if len(standings) > _MOST_READ:
                raise PermanentError("Too many people are in that conversation.")
        return _Roster(standings, external)

    def _members(
        self, reference: ConversationReference, conversation: str
    ) -> Iterator[Mapping[str, Any]]:
        """All in a conversation, from every page."""
        path = f"v3/conversations/{in_path(conversation)}/pagedmembers"
        query: dict[str, str | int] = {"pageSize": _PAGE}
        passed: set[str] = set()
        while True:
            page = self._web.call("GET", reference.address, path, query=query)
            yield from _listed(page, "members")
            token = page.get("continuationToken")
            if not token:
                return
            if token in passed:
                raise PermanentError("Teams' list of members does not end.")
            passed.add(token)
            query["continuationToken"] = token

    def _sort(self, reference: ConversationReference) -> str:
        """What sort of channel it is; empty where it is none, or the bot is not told."""
        if reference.kind in _CLOSED or not reference.group or reference.sort:
            return reference.sort

        def look() -> str:
            path = f"v3/teams/{in_path(reference.group)}/conversations"
            try:
                page = self._web.call("GET", reference.address, path)
            except RefusedError as error:
                # Who reads a channel, its roster says in any case.
                logger.warning("no list of a team's channels", extra={"why": str(error)})
                return ""
            channels = _listed(page, "conversations")
            same = (each for each in channels if each.get("id") == reference.conversation)
            return str(next(same, {}).get("type") or "")

        return self._sorts.get((reference.team, reference.conversation), look)

    def _reference(self, place: Place) -> ConversationReference:
        conversation = place.conversation
        found = self._references.of_conversation(place.platform, self._tenant, conversation)
        if found is None:
            raise PermanentError(
                "Nobody knows where Teams takes what is said there: the bot has not heard of any "
                "conversation yet. Say something to it."
            )
        return found

    def _standing_of(self, member: Mapping[str, Any]) -> Standing:
        if _text(member, "id").startswith("28:"):
            return Standing.BOT
        role, tenant = _text(member, "userRole").lower(), _text(member, "tenantId")
        is_own = (
            not self._is_foreign(member)
            and (role or tenant)
            and role in {"", *_OWN_ROLES}
            and _OF_OUTSIDE not in _text(member, "userPrincipalName").lower()
            and _in_directory(member)
        )
        return Standing.MEMBER if is_own else Standing.GUEST

    def _is_own(self, person: Person) -> bool:
        return person.team.lower() in ("", self._tenant)

    def _is_foreign(self, member: Mapping[str, Any]) -> bool:
        return _text(member, "tenantId").lower() not in ("", self._tenant)


def _id_of(member: Mapping[str, Any]) -> str:
    """The id of a member, as that of a `Person`: in the directory, or else the account's."""
    return _in_directory(member) or _text(member, "id")


def _in_directory(member: Mapping[str, Any]) -> str:
    """Their object id; empty for callers, visitors of meetings and others without one."""
    return (_text(member, "aadObjectId") or _text(member, "objectId")).lower()


def _text(member: Mapping[str, Any], name: str) -> str:
    value = member.get(name)
    return value if isinstance(value, str) else ""


def _listed(page: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = page.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise PermanentError(f"Teams' answer has no list {name!r}.")
    return found
