"""People, groups and conversations of a Slack workspace.

Source: https://docs.slack.dev/reference/objects/user-object and conversation-object
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from wellread.adapters.chat.recent import Recent
from wellread.adapters.chat.slack.web import RefusedError, SlackWeb
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
from wellread.domain.chat.members import MOST_MEMBERS, Called, Readers, Standing
from wellread.domain.knowledge.errors import PermanentError
from wellread.ports.operations import Clock

_SLACKBOT = "USLACKBOT"
"""Slack's own, of which `users.info` does not say that it is a bot."""

_NOT_KNOWN = frozenset({"user_not_found", "user_not_visible"})
_PRIVATE = ("is_private", "is_im", "is_mpim")
_SHARED = ("is_shared", "is_ext_shared", "is_pending_ext_shared", "is_org_shared")
_PAGE = 999
_TOGETHER = 8
_LISTED_FROM, _MOST_LISTED = 50, 20_000
"""More people than the first are not looked up one by one, but in the list of the workspace, if
that has no more than the second."""
_REMEMBERED = 500


class SlackMembership:
    """A `Membership` over Slack's Web API, of the one workspace that the bot's token is of.

    What was learnt is kept for a while, in this process; that something failed is not.
    """

    def __init__(
        self, web: SlackWeb, *, seconds: float, clock: Clock = time.time, several: bool = False
    ) -> None:
        """Look nothing up yet.

        Args:
            web: The Web API, with the bot's token.
            seconds: How long what was learnt is believed; 0 for not at all.
            clock: The time.
            several: Whether the app is in several workspaces, so that a group may be another's.
        """
        self._web = web
        self._several = several
        self._places = Recent[Readers](_REMEMBERED, seconds, clock)
        self._groups = Recent[frozenset[str]](_REMEMBERED, seconds, clock)
        self._people = Recent[Standing](_MOST_LISTED, seconds, clock)
        self._team = ""

    def readers(self, place: Place) -> Readers:
        return self._places.get((place.team, place.conversation), lambda: self._read_by(place))

    def standings(self, people: Sequence[Person]) -> Mapping[Person, Standing]:
        team = self._own_team()
        ids = dict.fromkeys(each.id for each in people)
        left = [id for id in ids if not self._people.has(id)]
        found = self._listed(left, team) if len(left) > _LISTED_FROM else {}
        if left and not found:
            with ThreadPoolExecutor(_TOGETHER) as threads:
                looked_up = threads.map(lambda id: self._standing(id, team), left)
                found = dict(zip(left, looked_up, strict=True))
        found |= {id: self._standing(id, team) for id in ids if id not in found}
        return {
            each: found[each.id] if each.team in ("", team) else Standing.GUEST for each in people
        }

    def in_groups(
        self, team: str, groups: Collection[str], people: Collection[Person]
    ) -> Mapping[str, frozenset[str]]:
        ids = {each.id for each in people}
        with ThreadPoolExecutor(_TOGETHER) as threads:
            found = threads.map(lambda group: self.people_of(team, group) & ids, groups)
            return dict(zip(groups, found, strict=True))

    def called(self, place: Place, id: str) -> Called:
        del place  # Slack tells of a mention whoever it is and wherever they are.
        return Called((id,))

    def people_of(self, team: str, group: str) -> frozenset[str]:
        """The ids of all people of a user group; raises as `in_groups`."""

        def look() -> frozenset[str]:
            try:
                answer = self._web.call("usergroups.users.list", usergroup=group)
            except RefusedError as error:
                if self._several and error.code == "no_such_subteam":
                    return frozenset()
                raise
            return frozenset(_said(answer, "users"))

        return self._groups.get((team, group), look)

    def _read_by(self, place: Place) -> Readers:
        conversation = place.conversation
        found = _said(self._web.call("conversations.info", channel=conversation), "channel")
        members: list[Person] = []
        for id in self._listed_by("conversations.members", channel=conversation):
            members.append(Person(place.platform, place.team, id))
            if len(members) > MOST_MEMBERS:
                break
        return Readers(
            members=tuple(members) if len(members) <= MOST_MEMBERS else None,
            # What is not said to be closed may be open to any member.
            open=not any(found.get(mark) for mark in _PRIVATE),
            external=any(found.get(mark) for mark in _SHARED),
        )

    def _standing(self, id: str, team: str) -> Standing:
        def look() -> Standing:
            try:
                return _standing_of(_said(self._web.call("users.info", user=id), "user"), team)
            except RefusedError as error:
                if error.code in _NOT_KNOWN:
                    return Standing.GUEST
                raise

        return self._people.get(id, look)

    def _listed(self, ids: Collection[str], team: str) -> dict[str, Standing]:
        """What people are by the list of the workspace, as far as it may be had.

        Raises:
            PermanentError: There are too many people in it.
        """
        found: dict[str, Standing] = {}
        begun = self._people.now()
        try:
            for count, user in enumerate(self._listed_by("users.list")):
                if count == _MOST_LISTED:
                    break
                found[user["id"]] = _standing_of(user, team)
            else:
                found = dict.fromkeys(ids, Standing.GUEST) | found
        except PermanentError:
            return {}
        for id, standing in found.items():
            self._people.put(id, standing, begun)
        if not found.keys() >= set(ids):
            raise PermanentError("The workspace has too many people to look them all up.")
        return found

    def _listed_by(self, method: str, **arguments: Any) -> Iterator[Any]:
        """The items on all pages of a method that lists `members`."""
        for page in self._web.pages(method, limit=_PAGE, **arguments):
            yield from _said(page, "members")

    def _own_team(self) -> str:
        if not self._team:
            self._team = _said(self._web.call("auth.test"), "team_id")
        return self._team


def _standing_of(user: Mapping[str, Any], team: str) -> Standing:
    if user.get("is_bot") or user.get("id") == _SLACKBOT:
        return Standing.BOT
    # In an Enterprise organisation one is of several workspaces.
    teams = {user.get("team_id", team), *((user.get("enterprise_user") or {}).get("teams") or ())}
    of_another = team not in teams or user.get("is_stranger")
    is_guest = user.get("is_restricted") or user.get("is_ultra_restricted")
    is_member = not (of_another or is_guest or user.get("deleted"))
    return Standing.MEMBER if is_member else Standing.GUEST


def _said(answer: Mapping[str, Any], name: str) -> Any:
    if name not in answer:
        raise PermanentError(f"Slack's answer has no {name!r}.")
    return answer[name]
