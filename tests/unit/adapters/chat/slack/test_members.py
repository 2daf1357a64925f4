"""What Slack's marks of people and conversations mean, and what is made of odd answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from wellread.adapters.chat.slack.members import SlackMembership
from wellread.adapters.chat.slack.web import SlackWeb
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person
from wellread.domain.chat.members import MOST_MEMBERS, Standing
from wellread.domain.knowledge.errors import PermanentError, TransientError

LAB = Place("slack", "T1", "C0LAB", "1.0")
ANN = Person("slack", "T1", "U0ANN")
PLAIN = {"is_private": False, "is_im": False, "is_mpim": False}


class Answers(SlackWeb):
    """Slack's Web API, with an answer for each method; several are given one after the other."""

    def __init__(self, **answers: Any) -> None:
        self.calls: list[str] = []
        self._answers = {
            "auth_test": {"team_id": "T1"},
            "conversations_members": {"members": ["U0ANN"]},
            **answers,
        }

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        self.calls.append(method)
        answer = self._answers[method.replace(".", "_")]
        if callable(answer):
            answer = answer(arguments)
        if isinstance(answer, Exception):
            raise answer
        return answer


def membership(**answers: Any) -> SlackMembership:
    return SlackMembership(Answers(**answers), seconds=60)


def user(**marks: Any) -> dict[str, Any]:
    return {"user": {"id": "U0ANN", "team_id": "T1", "deleted": False, **marks}}


def channel(**marks: Any) -> dict[str, Any]:
    return {"channel": {"id": "C0LAB", **PLAIN, **marks}}


@pytest.mark.parametrize(
    ("marks", "standing"),
    [
        ({}, Standing.MEMBER),
        ({"is_restricted": True}, Standing.GUEST),
        ({"is_ultra_restricted": True, "is_restricted": True}, Standing.GUEST),
        ({"is_stranger": True}, Standing.GUEST),
        ({"team_id": "T2"}, Standing.GUEST),
        ({"team_id": None}, Standing.GUEST),
        ({"team_id": "", "is_stranger": True}, Standing.GUEST),
        ({"team_id": "T2", "enterprise_user": {"teams": ["T3", "T1"]}}, Standing.MEMBER),
        ({"team_id": "T2", "enterprise_user": {"teams": ["T3"]}}, Standing.GUEST),
        ({"team_id": "T2", "enterprise_user": {}}, Standing.GUEST),
        ({"deleted": True}, Standing.GUEST),
        ({"deleted": True, "is_bot": True}, Standing.BOT),
        ({"is_bot": True}, Standing.BOT),
        ({"id": "USLACKBOT", "is_bot": False}, Standing.BOT),
    ],
)
def test_marks_say_what_somebody_is(marks: dict[str, Any], standing: Standing) -> None:
    assert membership(users_info=user(**marks)).standings([ANN]) == {ANN: standing}


def test_whose_team_is_not_told_is_of_the_bots_own_unless_they_are_strangers() -> None:
    told = user()
    del told["user"]["team_id"]
    assert membership(users_info=told).standings([ANN]) == {ANN: Standing.MEMBER}
    told["user"]["is_stranger"] = True
    assert membership(users_info=told).standings([ANN]) == {ANN: Standing.GUEST}


def test_who_is_of_another_team_by_the_request_is_a_guest() -> None:
    people = [ANN, Person("slack", "T2", ANN.id), Person("slack", "", ANN.id)]
    found = membership(users_info=user()).standings(people)

    assert list(found.values()) == [Standing.MEMBER, Standing.GUEST, Standing.MEMBER]


@pytest.mark.parametrize("error", [TransientError("away"), PermanentError("a scope is missing")])
@pytest.mark.parametrize("method", ["users_info", "auth_test"])
def test_what_fails_says_nothing_of_anybody(method: str, error: Exception) -> None:
    with pytest.raises(type(error)):
        membership(**{"users_info": user(), method: error}).standings([ANN])


@pytest.mark.parametrize(
    "mark", ["is_shared", "is_ext_shared", "is_pending_ext_shared", "is_org_shared"]
)
def test_however_a_conversation_is_shared_others_read_it(mark: str) -> None:
    assert membership(conversations_info=channel(**{mark: True})).readers(LAB).external
    assert not membership(conversations_info=channel(**{mark: False})).readers(LAB).external


@pytest.mark.parametrize("mark", PLAIN)
def test_a_conversation_is_open_unless_it_is_said_to_be_closed(mark: str) -> None:
    assert membership(conversations_info=channel()).readers(LAB).open
    assert not membership(conversations_info=channel(**{mark: True})).readers(LAB).open
    silent = channel()
    del silent["channel"][mark]
    assert membership(conversations_info=silent).readers(LAB).open


@pytest.mark.parametrize(
    "odd", [{"conversations_info": {}}, {"conversations_members": {"ok": True}}]
)
def test_an_answer_without_what_was_asked_for_is_none(odd: dict[str, Any]) -> None:
    with pytest.raises(PermanentError):
        membership(**{"conversations_info": channel(), **odd}).readers(LAB)


def numbered(pages: int, of: Iterable[Any] = range(999)):
    """A list of so many pages; of users, where it is one of users."""
    items = [f"U{number}" for number in of]

    def answer(arguments: dict[str, Any]) -> dict[str, Any]:
        at = int(arguments.get("cursor") or 0)
        following = str(at + 1) if at + 1 < pages else ""
        members: list[Any] = [f"{each}-{at}" for each in items]
        if "channel" not in arguments:
            members = [user(id=each)["user"] for each in members]
        return {"members": members, "response_metadata": {"next_cursor": following}}

    return answer


def test_past_a_bound_it_is_not_known_who_reads_along() -> None:
    known = membership(conversations_info=channel(), conversations_members=numbered(10))
    assert len(known.readers(LAB).members or ()) == 9990

    web = Answers(conversations_info=channel(), conversations_members=numbered(10_000))
    assert SlackMembership(web, seconds=60).readers(LAB).members is None
    assert web.calls.count("conversations.members") <= 2 + MOST_MEMBERS // 999


def everybody(count: int) -> list[Person]:
    return [Person("slack", "T1", f"U{number}-0") for number in range(count)]


def test_many_people_are_found_in_the_list_of_the_workspace() -> None:
    web = Answers(users_list=numbered(3), users_info=user())
    found = SlackMembership(web, seconds=60).standings([*everybody(200), ANN])

    assert found == {**dict.fromkeys(everybody(200), Standing.MEMBER), ANN: Standing.GUEST}
    assert web.calls == ["auth.test", *["users.list"] * 3]


def test_where_the_workspace_may_not_be_listed_each_is_looked_up() -> None:
    web = Answers(users_list=PermanentError("a scope is missing"), users_info=user())

    assert set(SlackMembership(web, seconds=60).standings(everybody(60)).values()) == {
        Standing.MEMBER
    }
    assert web.calls.count("users.info") == 60


def test_of_a_workspace_too_large_to_list_nothing_is_said() -> None:
    web = Answers(users_list=numbered(1000), users_info=user())

    with pytest.raises(PermanentError, match="too many people"):
        SlackMembership(web, seconds=60).standings([*everybody(100), ANN])
    assert len(web.calls) < 30


def test_what_is_kept_is_bounded() -> None:
    web = Answers(conversations_info=channel())
    looked = SlackMembership(web, seconds=1e9)
    for number in range(600):
        looked.readers(Place("slack", "T1", f"C{number}", ""))
    calls = len(web.calls)

    looked.readers(Place("slack", "T1", "C599", ""))
    assert len(web.calls) == calls
    looked.readers(Place("slack", "T1", "C0", ""))
    assert len(web.calls) > calls
