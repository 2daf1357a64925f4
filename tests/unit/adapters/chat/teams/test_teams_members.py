"""What Teams' rosters say of people and places, in all their shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.doubles import SetClock
from wellread.adapters.chat.teams.members import TeamsMembership
from wellread.adapters.chat.teams.web import RefusedError
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
from wellread.domain.chat.members import MOST_MEMBERS, Standing
from wellread.domain.chat.references import ConversationReference
from wellread.domain.knowledge.errors import PermanentError

TENANT = "Tenant-1"
ANN = {"id": "29:ann", "aadObjectId": "ANN", "userRole": "user", "tenantId": "tenant-1"}


class Web:
    """Answers as it was told, by what paths end in."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []

    def call(self, method: str, address: str, path: str, **more: Any) -> Mapping[str, Any]:
        assert (method, address) == ("GET", "https://smba.example/")
        self.asked.append(path)
        answer = self.answers[path.rpartition("/")[2]]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Iterator):
            found: Mapping[str, Any] = next(answer)
            return found
        return {"members": [], "conversations": [], **answer}

    def graph(self, method: str, path: str, *, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(path)
        answer: Mapping[str, Any] = self.answers["graph"]
        return answer


class Known:
    """References to all conversations, of one kind."""

    def __init__(self, kind: str, **more: str) -> None:
        self.kind, self.more = kind, more
        self.alone: ConversationReference | None = None

    def keep(self, reference: ConversationReference) -> None:
        self.alone = reference

    def of_conversation(
        self, platform: str, team: str, conversation: str
    ) -> ConversationReference | None:
        where = "https://smba.example/"
        return ConversationReference(
            platform, team, conversation, where, kind=self.kind, **self.more
        )

    def of_person(self, platform: str, team: str, person: str) -> ConversationReference | None:
        return self.alone


@pytest.fixture
def web() -> Web:
    return Web()


def membership(web: Web, kind: str = "groupChat", **more: str) -> TeamsMembership:
    return TeamsMembership(
        web,  # type: ignore[arg-type]
        Known(kind, **more),
        TENANT,
        seconds=60.0,
        clock=SetClock(),
    )


def place(conversation: str = "19:lab") -> Place:
    return Place("teams", "tenant-1", conversation, "")


def person(id: str, team: str = "tenant-1") -> Person:
    return Person("teams", team, id)


@pytest.mark.parametrize(
    ("member", "id", "standing"),
    [
        (ANN, "ann", Standing.MEMBER),
        ({**ANN, "userRole": "owner"}, "ann", Standing.MEMBER),
        ({**ANN, "userRole": "User", "tenantId": TENANT}, "ann", Standing.MEMBER),
        ({"id": "29:ann", "objectId": "ann", "tenantId": TENANT}, "ann", Standing.MEMBER),
        ({"id": "29:ann", "objectId": "ann", "userRole": "user"}, "ann", Standing.MEMBER),
        ({"id": "29:ann", "aadObjectId": "ann"}, "ann", Standing.GUEST),
        ({**ANN, "userRole": "guest"}, "ann", Standing.GUEST),
        ({**ANN, "userRole": "anonymous"}, "ann", Standing.GUEST),
        ({**ANN, "userRole": "something new"}, "ann", Standing.GUEST),
        ({**ANN, "tenantId": "tenant-2"}, "ann", Standing.GUEST),
        ({**ANN, "tenantId": 5, "userRole": None}, "ann", Standing.GUEST),
        (
            {**ANN, "userPrincipalName": "ann_far.example#EXT#@near.example"},
            "ann",
            Standing.GUEST,
        ),
        ({"id": "29:Ann", "userRole": "user", "tenantId": TENANT}, "29:Ann", Standing.GUEST),
        ({"id": "28:another-bot", "userRole": "user"}, "28:another-bot", Standing.BOT),
    ],
)
def test_who_is_a_member_and_who_is_not(
    web: Web, member: dict[str, Any], id: str, standing: Standing
) -> None:
    web.answers["pagedmembers"] = {"members": [member]}
    people = membership(web)

    assert people.readers(place()).members == (person(id),)
    assert people.standings([person(id)]) == {person(id): standing}


def test_people_of_another_team_are_guests_without_a_question(web: Web) -> None:
    stranger = person("ann", "tenant-2")

    assert membership(web).standings([stranger]) == {stranger: Standing.GUEST}
    assert membership(web).in_group("tenant-1", "g", [stranger, person("29:x")]) == frozenset()
    assert web.asked == []


def test_a_member_of_another_tenant_opens_a_place_to_the_outside(web: Web) -> None:
    web.answers["pagedmembers"] = {"members": [ANN]}
    assert not membership(web).readers(place()).external

    far = {**ANN, "aadObjectId": "far", "tenantId": "tenant-2"}
    web.answers["pagedmembers"] = {"members": [ANN, far]}
    assert membership(web).readers(place()).external


@pytest.mark.parametrize("kind", ["channel", "", "something new"])
def test_what_is_no_closed_conversation_is_open(web: Web, kind: str) -> None:
    web.answers["pagedmembers"] = {"members": [ANN]}

    assert membership(web, kind).readers(place()).open


def test_whether_a_channel_is_shared_is_asked_where_no_activity_said_so(web: Web) -> None:
    web.answers["pagedmembers"] = {"members": [ANN]}
    for sort, external in (("shared", True), ("private", False)):
        assert membership(web, "channel", group="19:t", sort=sort).readers(place()).external is (
            external
        )
    assert not [path for path in web.asked if "v3/teams" in path]

    web.answers["conversations"] = {"conversations": [{"id": "19:lab", "type": "shared"}]}
    assert membership(web, "channel", group="19:t").readers(place()).external
    assert not membership(web, "channel", group="19:t").readers(place("19:other")).external
    web.answers["conversations"] = RefusedError(403, "Forbidden", "")
    found = membership(web, "channel", group="19:t").readers(place())
    assert (found.open, found.external) == (True, False)


def test_a_list_that_is_none_or_has_no_end_is_no_list(web: Web) -> None:
    for answer in ({"members": None}, {"members": ["ann"]}, {"members": {"ann": {}}}):
        web.answers["pagedmembers"] = answer
        with pytest.raises(PermanentError):
            membership(web).readers(place())
    web.answers["pagedmembers"] = {"members": [ANN], "continuationToken": "again"}
    with pytest.raises(PermanentError, match="end"):
        membership(web).readers(place())


def pages(count: int) -> Iterator[dict[str, Any]]:
    """So many people, on pages of 500."""
    for start in range(0, count, 500):
        members = [{**ANN, "aadObjectId": f"p{number}"} for number in range(start, start + 500)]
        yield {"members": members} | (
            {"continuationToken": str(start + 500)} if start + 500 < count else {}
        )


def test_of_too_many_nobody_is_listed_but_each_is_known(web: Web) -> None:
    web.answers["pagedmembers"] = pages(MOST_MEMBERS + 500)
    people = membership(web, "channel")
    found = people.readers(place())

    assert (found.members, found.open) == (None, True)
    last = person(f"p{MOST_MEMBERS + 499}")
    assert people.standings([last]) == {last: Standing.MEMBER}


def test_of_more_than_teams_has_nothing_is_believed(web: Web) -> None:
    web.answers["pagedmembers"] = pages(40_000)

    with pytest.raises(PermanentError, match="many"):
        membership(web, "channel").readers(place())


def test_who_is_asked_about_out_of_nowhere_is_a_guest(web: Web) -> None:
    assert membership(web).standings([person("ann")]) == {person("ann"): Standing.GUEST}
    assert web.asked == []


def test_who_left_a_place_is_looked_for_where_they_are_alone_with_the_bot(web: Web) -> None:
    known = Known("personal")
    people = TeamsMembership(web, known, TENANT, seconds=0)  # type: ignore[arg-type]
    web.answers["pagedmembers"] = iter(
        [{"members": [ANN]}, {"members": []}, {"members": []}, {"members": [ANN]}]
    )
    people.readers(place())
    assert people.standings([person("ann")]) == {person("ann"): Standing.GUEST}

    known.keep(ConversationReference("teams", "tenant-1", "a:ann", "https://smba.example/"))
    assert people.standings([person("ann")]) == {person("ann"): Standing.MEMBER}
    assert web.asked[-1].startswith("v3/conversations/a:ann/")


def test_groups_are_those_that_graph_says_of_those_that_were_asked_for(web: Web) -> None:
    web.answers["graph"] = {"value": ["GROUP-1", "group-2"]}
    people = membership(web)

    assert people.in_group("tenant-1", "group-1", [person("ann")]) == {"ann"}
    assert people.in_group("tenant-1", "group-3", [person("ann")]) == frozenset()
    assert web.asked == ["v1.0/users/ann/checkMemberGroups"] * 2
