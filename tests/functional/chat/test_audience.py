"""Nothing that is said in chats tells anybody of a document that they may not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.chat_people import Directory
from tests.functional.chat.audience_world import Company
from tests.functional.chat.teams_directory import TeamsDirectory
from tests.teams.tenant import TeamsTenant, running_tenant
from wellread.adapters.chat.teams.web import TeamsWeb
from wellread.domain.access.scope import Scope
from wellread.domain.ask.questions import Place, Turn
from wellread.domain.chat.events import Person
from wellread.domain.chat.members import Readers, Standing
from wellread.services.ask import answering
from wellread.services.ask.retrieval import Retrieval

STEPS = 150


def steps(company: Company) -> list[Callable[[], None]]:
    """What may happen, as often as it does."""
    return [
        *[company.ask] * 12,
        *[company.join] * 2,
        *[company.share, company.open_home, company.open_pane] * 2,
        *[company.ask_a_human] * 3,
        *[company.work] * 3,
        company.drop,
        company.change,
        company.move,
        company.delete,
        company.change_sidecar,
        company.open_up,
        company.change_standing,
        company.change_group,
        *[company.change_conversation] * 2,
        company.change_rules,
    ]


def live(
    folder: Path,
    seeds: Iterable[int],
    number: int = STEPS,
    kind: Callable[[], Directory] = Directory,
) -> Counter[str]:
    """Have things happen in several companies."""
    tally = Counter[str]()
    for seed in seeds:
        company = Company(folder / str(seed), seed, kind())
        try:
            for _ in range(number):
                company.random.choice(steps(company))()
        finally:
            company.laptop.close()
        tally += company.tally
    return tally


def check_tally(tally: Mapping[str, int], runs: int) -> None:
    """That what must not leak was there to be told, and was told to those who may know."""
    for what in ("question", "share", "human", "home", "pane", "receipts"):
        assert tally[f"shown by {what}"] > runs, what
        assert tally[f"told by {what}"] > 0, what
    for what in ("question", "home", "pane"):
        assert tally[f"restricted told by {what}"] > runs, what
    assert tally["tried again"] > runs
    assert tally["told by history"] > 0
    assert tally["counted"] > 5 * runs


def test_nothing_is_told_to_those_who_may_not_read_it(tmp_path: Path) -> None:
    check_tally(live(tmp_path, range(5)), runs=5)


class AllMembers(Directory):
    """Takes guests for members."""

    def standings(self, people: Sequence[Person]) -> Mapping[Person, Standing]:
        return dict.fromkeys(people, Standing.MEMBER)


class OnePage(Directory):
    """Forgets some of those who read along."""

    def readers(self, place: Place) -> Readers:
        found = super().readers(place)
        return replace(found, members=None if found.members is None else found.members[:1])


class Closed(Directory):
    """Says of no place that others can read it."""

    def readers(self, place: Place) -> Readers:
        return Readers(super().readers(place).members)


class Generous(Directory):
    """Has everybody in every group."""

    def in_groups(
        self, team: str, groups: Collection[str], people: Collection[Person]
    ) -> Mapping[str, frozenset[str]]:
        return dict.fromkeys(groups, frozenset(each.id for each in people))


@pytest.mark.parametrize("kind", [AllMembers, OnePage, Closed, Generous])
def test_what_leaked_would_be_noticed(tmp_path: Path, kind: type[Directory]) -> None:
    with pytest.raises(AssertionError, match=r"told|counts"):
        live(tmp_path, range(20), kind=kind)


@pytest.mark.slow
def test_nothing_is_told_in_many_companies(tmp_path: Path) -> None:
    check_tally(live(tmp_path, range(100, 130), 300), runs=30)


@pytest.fixture
def tenant() -> Iterator[TeamsTenant]:
    with running_tenant() as made:
        yield made


def test_in_teams_nothing_is_told_to_those_who_may_not_read_it(
    tmp_path: Path, tenant: TeamsTenant
) -> None:
    check_tally(live(tmp_path, range(50, 55), kind=lambda: TeamsDirectory(tenant=tenant)), runs=5)
    assert tenant.called("GET", "pagedmembers")
    assert tenant.called("POST", "checkMemberGroups")
    assert tenant.strayed == []


class FirstPage(TeamsWeb):
    """Takes the first page for the whole roster."""

    def call(self, *what: Any, **more: Any) -> Mapping[str, Any]:
        return {**super().call(*what, **more), "continuationToken": ""}


class OneTenant(TeamsWeb):
    """Overlooks who is a guest, or of another tenant."""

    def may_read_users(self) -> bool:
        return False

    def call(self, *what: Any, **more: Any) -> Mapping[str, Any]:
        said = super().call(*what, **more)
        own = {"userRole": "user", "tenantId": "", "userPrincipalName": ""}
        return {**said, "members": [{**each, **own} for each in said.get("members", ())]}


class NoDirectory(TeamsWeb):
    """Overlooks who may not sign in."""

    def may_read_users(self) -> bool:
        return False


@pytest.mark.parametrize("web", [FirstPage, OneTenant, NoDirectory])
def test_in_teams_what_leaked_would_be_noticed(
    tmp_path: Path, tenant: TeamsTenant, web: type[TeamsWeb]
) -> None:
    with pytest.raises(AssertionError, match=r"told|counts"):
        live(tmp_path, range(20), kind=lambda: TeamsDirectory(tenant=tenant, web=web))


def test_in_teams_what_was_said_before_somebody_came_would_be_noticed(
    tmp_path: Path, tenant: TeamsTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_of_them(
        _retrieval: Retrieval, turns: Sequence[Turn], _scope: Scope
    ) -> tuple[Turn, ...]:
        return tuple(turns)

    monkeypatch.setattr(answering, "showable", all_of_them)
    with pytest.raises(AssertionError, match="history told"):
        live(tmp_path, range(20), kind=lambda: TeamsDirectory(tenant=tenant))
