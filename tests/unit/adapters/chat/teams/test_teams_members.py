"""What Teams' rosters say of people and places, in all their shapes."""

from __future__ import annotations

import threading
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
from wellread.domain.knowledge.errors import PermanentError, TransientError

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

    def may_read_users(self) -> bool:
        return bool(self.answers.get("users"))

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
    assert membership(web).in_groups("tenant-1", ["g"], [stranger, person("29:x")]) == {"g": set()}
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

    assert people.in_groups("tenant-1", ["group-1", "group-3"], [person("ann")]) == {
        "group-1": {"ann"},
        "group-3": frozenset(),
    }
    assert web.asked == ["v1.0/users/ann/checkMemberGroups"]


def counted(web: Web, accounts: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What the directory is asked for accounts from now on."""
    asked: list[dict[str, Any]] = []

    def graph(method: str, path: str, *, query: dict[str, Any]) -> Mapping[str, Any]:
        asked.append(query)
        ids = [id for id in accounts if f"'{id}'" in query["$filter"]]
        return {"value": [{"id": id.upper(), **accounts[id]} for id in ids]}

    web.graph = graph  # type: ignore[method-assign, assignment]
    return asked


def test_a_roster_is_believed_of_whom_the_directory_lets_sign_in(web: Web) -> None:
    ids = ["ann", "ben", "gus", "lea", "odd"]
    web.answers["pagedmembers"] = {"members": [{**ANN, "aadObjectId": id} for id in ids]}
    web.answers["users"] = True
    asked = counted(
        web,
        {
            "ann": {"accountEnabled": True, "userType": "Member"},
            "ben": {"accountEnabled": False, "userType": "Member"},
            "gus": {"accountEnabled": True, "userType": "Guest"},
            "odd": {"userType": None},
        },
    )
    people = membership(web)
    people.readers(place())
    found = people.standings([person(id) for id in ids])

    assert {each.id for each in found if found[each] is Standing.MEMBER} == {"ann"}
    assert [query["$select"] for query in asked] == ["id,accountEnabled,userType"]


def test_accounts_are_not_asked_for_where_the_bot_may_not(web: Web) -> None:
    web.answers["pagedmembers"] = {"members": [ANN]}
    asked = counted(web, {})
    people = membership(web)
    people.readers(place())

    assert people.standings([person("ann")]) == {person("ann"): Standing.MEMBER}
    assert asked == []


def test_accounts_that_cannot_be_learnt_leave_nobody_a_member(web: Web) -> None:
    web.answers |= {"pagedmembers": {"members": [ANN]}, "users": True}
    web.answers["graph"] = {"value": None}
    web.graph = lambda *_, **__: web.answers["graph"]  # type: ignore[method-assign]
    people = membership(web)
    people.readers(place())

    with pytest.raises(PermanentError, match="users"):
        people.standings([person("ann")])


def test_a_look_that_takes_too_long_ends_and_the_next_one_goes_on(web: Web) -> None:
    over = threading.Event()
    slow = {"p7"}

    def graph(method: str, path: str, *, body: Mapping[str, Any]) -> Mapping[str, Any]:
        id = path.split("/")[2]
        web.asked.append(id)
        if id in slow:
            over.wait(30)
        return {"value": body["groupIds"] if id != "p3" else []}

    web.graph = graph  # type: ignore[method-assign]
    known = Known("groupChat")
    people = TeamsMembership(
        web,  # type: ignore[arg-type]
        known,
        TENANT,
        seconds=60.0,
        longest=0.3,
        clock=SetClock(),
    )
    some = [person(f"p{number}") for number in range(40)]
    with pytest.raises(TransientError, match="too long"):
        people.in_groups("tenant-1", ["a", "b"], some)
    over.set()
    slow.clear()
    before = len(web.asked)
    found = people.in_groups("tenant-1", ["a", "b"], some)

    assert found["a"] == found["b"] == {each.id for each in some} - {"p3"}
    assert before + len(web.asked[before:]) <= len(some) + 1
