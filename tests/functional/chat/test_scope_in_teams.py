"""Who is answered from what in Teams: signed activities in, what a tenant shows out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.chat.teams_office import Office, running_office
from tests.teams.activities import activity


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with running_office(tmp_path / "data") as made:
        yield made


@pytest.mark.parametrize(
    ("who", "audiences"),
    [
        ("ann", {"everyone", "public"}),
        ("hal", {"everyone", "public", "hr"}),
        ("bob", {"everyone", "public", "hr", "board"}),
        ("gus", {"public"}),
        ("out", {"public"}),
    ],
)
def test_in_a_personal_chat_one_is_told_what_one_may_read(
    office: Office, who: str, audiences: set[str]
) -> None:
    assert office.told(who, office.tenant.add_personal(who).id) == audiences


@pytest.mark.parametrize(
    ("members", "audiences"),
    [
        (("hal", "bob"), {"everyone", "public", "hr"}),
        (("hal", "bob", "ann"), {"everyone", "public"}),
        (("hal", "bob", "gus"), {"public"}),
        (("hal", "bob", "out"), {"public"}),
    ],
)
def test_in_a_group_chat_one_is_told_what_all_may_read_who_are_there(
    office: Office, members: tuple[str, ...], audiences: set[str]
) -> None:
    place = office.tenant.add_conversation("19:lab@thread.v2", members).id

    assert office.told(members[0], place) == audiences


@pytest.mark.parametrize(
    ("members", "sort", "audiences"),
    [
        (("hal", "bob"), "standard", {"everyone", "public"}),
        (("hal", "bob"), "private", {"everyone", "public"}),
        (("hal", "bob"), "shared", {"public"}),
        (("ann", "gus"), "standard", {"public"}),
    ],
)
def test_in_a_channel_one_is_told_what_any_member_of_the_team_may_read(
    office: Office, members: tuple[str, ...], sort: str, audiences: set[str]
) -> None:
    place = office.tenant.add_channel("19:ch@thread.tacv2", members, sort=sort).id

    assert office.told(members[0], place) == audiences


def test_who_comes_in_ends_what_is_told_there(office: Office) -> None:
    place = office.tenant.add_conversation("19:lab@thread.v2", ("hal", "bob"))
    assert "hr" in office.told("hal", place.id)

    place.members.append("ann")
    assert "hr" not in office.told("hal", place.id)
    place.members.remove("ann")
    office.tenant.groups["g-hr"].remove("bob")
    assert "hr" not in office.told("hal", place.id)


@pytest.mark.parametrize(
    ("lookup", "audiences"), [("members", {"public"}), ("graph", {"everyone", "public"})]
)
def test_a_lookup_that_is_refused_ends_in_less(
    office: Office, lookup: str, audiences: set[str]
) -> None:
    place = office.tenant.add_conversation("19:lab@thread.v2", ("hal", "bob"))
    office.tenant.fail(lookup, error="Forbidden", times=1000)

    assert office.told("hal", place.id) <= audiences


@pytest.mark.parametrize(
    "stranger",
    [
        {"role": "guest"},
        {"role": "anonymous", "known": False},
        {"known": False},
        {"role": "user", "invited": True},
        {"role": "user", "tenant": "another tenant"},
        {"role": "owner", "tenant": "another tenant"},
        {"role": "", "tenant": ""},
        {"role": "something new"},
        {"deactivated": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("channel", [True, False])
def test_whoever_is_no_member_and_reads_along_ends_what_guests_may_not_read(
    office: Office, stranger: dict[str, object], channel: bool
) -> None:
    tenant = office.tenant
    tenant.add_person("odd", **stranger)
    tenant.groups["g-hr"].append("odd")
    # On the last page of the list.
    members = ("hal", "bob", "odd")
    add = tenant.add_channel if channel else tenant.add_conversation
    place = add("19:lab@thread.tacv2" if channel else "19:lab@thread.v2", members)

    assert office.told("hal", place.id) == {"public"}


def test_where_a_page_of_the_list_cannot_be_had_nothing_restricted_is_told(
    office: Office,
) -> None:
    members = ("hal", "bob", "kim", "lee")
    place = office.tenant.add_conversation("19:lab@thread.v2", members)
    office.tenant.groups["g-hr"] += ["kim", "lee"]
    assert "hr" in office.told("hal", place.id)

    for _ in range(40):
        # Each first page is given, and each second one refused.
        office.tenant.fail("members", error="Forbidden", skip=1)
    assert office.told("hal", place.id) <= {"everyone", "public"}


def test_who_is_new_once_and_offered_what_they_may_read(office: Office) -> None:
    for who in ("gus", "bob"):
        place = office.tenant.add_personal(who).id
        for number in range(2):
            added = activity(office.tenant, "installationUpdate", who, place, action="add")
            office.send({**added, "id": f"f:{who}{number}"})
        said = [json.dumps(each.activity) for each in office.tenant.visible(place)]
        assert sum("Hello!" in each for each in said) == 1
        words = " ".join(said)
        assert ("Hours" in words) or who == "bob"
        assert any(name in words for name in ("Pay", "Plan", "Leave")) is (who == "bob")
