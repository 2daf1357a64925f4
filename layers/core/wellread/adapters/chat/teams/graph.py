"""What the directory of a tenant knows of people: their groups, and whether they may sign in.

Sources: https://learn.microsoft.com/graph/api/user-checkmembergroups
https://learn.microsoft.com/graph/api/user-list
https://learn.microsoft.com/graph/filter-query-parameter
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from wellread.adapters.chat.recent import Recent
from wellread.adapters.chat.teams.web import RefusedError, TeamsWeb, in_path
from wellread.domain.knowledge.errors import PermanentError, TransientError
from wellread.ports.operations import Clock

_GROUPS_A_CALL = 20
_PEOPLE_A_CALL = 15
"""A filter takes no more."""

_TOGETHER = 16
_REMEMBERED = 20_000

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")
_Some = tuple[str, ...]

logger = logging.getLogger(__name__)


class Graph:
    """People by their ids in the directory. What was learnt is kept for a while."""

    def __init__(self, web: TeamsWeb, *, seconds: float, longest: float, clock: Clock) -> None:
        """Ask nothing yet.

        Args:
            web: Calls Graph.
            seconds: How long what was learnt is believed; 0 for not at all.
            longest: How many seconds one look may take, over however many people.
            clock: The time.
        """
        self._web = web
        self._longest = longest
        self._in_groups = Recent[frozenset[str]](_REMEMBERED, seconds, clock)
        self._active = Recent[frozenset[str]](_REMEMBERED, seconds, clock)

    def in_groups(
        self, ids: Collection[str], groups: Collection[str]
    ) -> Mapping[str, frozenset[str]]:
        """The ids of those in each group, also by way of other groups.

        Raises:
            TransientError: Graph is away, or it takes too long: what was learnt is kept.
            PermanentError: It refuses, or knows one of the groups not to be an id.
        """
        asked = [(id, some) for some in _cut(sorted(groups), _GROUPS_A_CALL) for id in ids]
        found: dict[str, set[str]] = {group: set() for group in groups}
        for (id, some), of in zip(asked, self._all(self._groups_of, asked), strict=True):
            for group in some:
                if group.lower() in of:
                    found[group].add(id)
        return {group: frozenset(people) for group, people in found.items()}

    def deactivated(self, ids: Collection[str]) -> frozenset[str]:
        """Those who may not sign in, or are gone; nobody where the bot may not ask.

        Raises:
            TransientError, PermanentError: As `in_groups`.
        """
        if not ids or not self._web.may_read_users():
            return frozenset()
        active = self._all(self._active_of, _cut(sorted(ids), _PEOPLE_A_CALL))
        found = frozenset(ids).difference(*active)
        if found:
            logger.warning("deactivated accounts count as guests", extra={"count": len(found)})
        return found

    def _groups_of(self, asked: tuple[str, _Some]) -> frozenset[str]:
        id, groups = asked

        def look() -> frozenset[str]:
            path = f"v1.0/users/{in_path(id)}/checkMemberGroups"
            try:
                answer = self._web.graph("POST", path, body={"groupIds": list(groups)})
            except RefusedError as error:
                if error.status == 404:
                    return frozenset()
                raise
            return frozenset(str(each).lower() for each in answer.get("value") or ())

        return self._in_groups.get(asked, look)

    def _active_of(self, ids: _Some) -> frozenset[str]:
        def look() -> frozenset[str]:
            quoted = ",".join("'" + id.replace("'", "''") + "'" for id in ids)
            query = {"$select": "id,accountEnabled,userType", "$filter": f"id in ({quoted})"}
            users = self._web.graph("GET", "v1.0/users", query=query).get("value")
            if not isinstance(users, list):
                raise PermanentError("Graph's answer has no list of users.")
            known = (each for each in users if isinstance(each, dict))
            return frozenset(
                str(each.get("id")).lower()
                for each in known
                if each.get("accountEnabled") is True
                and str(each.get("userType") or "").lower() != "guest"
            )

        return self._active.get(ids, look)

    def _all(self, look: Callable[[_Item], _Found], items: Iterable[_Item]) -> list[_Found]:
        """What is found of each, several at a time; what fails ends it all."""
        threads = ThreadPoolExecutor(_TOGETHER)
        try:
            return list(threads.map(look, items, timeout=self._longest))
        except TimeoutError as error:
            raise TransientError("Graph takes too long to tell of so many people.") from error
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def _cut(ids: Sequence[str], most: int) -> list[_Some]:
    return [tuple(ids[start : start + most]) for start in range(0, len(ids), most)]
