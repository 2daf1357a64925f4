"""What every membership does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from tests.contract.chat.companies import COMPANIES
from wellread.domain.chat.members import Standing
from wellread.domain.knowledge.errors import PermanentError, TransientError

SECONDS = 60.0


@pytest.fixture(params=COMPANIES.values(), ids=COMPANIES.keys())
def company(request: pytest.FixtureRequest):
    with request.param() as made:
        yield made


@pytest.fixture
def membership(company, clock):
    return company.membership(clock, SECONDS)


@pytest.mark.parametrize(
    ("kind", "standing"),
    [
        ("member", Standing.MEMBER),
        ("guest", Standing.GUEST),
        ("lone guest", Standing.GUEST),
        ("gone", Standing.GUEST),
        ("deactivated", Standing.GUEST),
        ("of another", Standing.GUEST),
        ("bot", Standing.BOT),
    ],
)
def test_people_are_what_the_platform_says_they_are(company, membership, kind, standing):
    somebody = company.person("U0SOME", kind)

    assert membership.standings([somebody]) == {somebody: standing}


def test_whom_nobody_knows_is_a_guest_and_hides_nobody_else(company, membership):
    ann, nobody = company.person("U0ANN"), company.known("U0NOBODY")
    found = membership.standings([ann, nobody])

    assert found[ann] is Standing.MEMBER
    assert found.get(nobody, Standing.GUEST) is Standing.GUEST


def test_nobody_is_asked_about_nobody(membership):
    assert membership.standings([]) == {}


def test_all_who_are_in_a_conversation_read_it_on_however_many_pages(company, membership):
    people = [company.person(f"U{number}") for number in range(10)]
    place = company.conversation("C0LAB", *people, private=True)
    found = membership.readers(place)

    # Not every platform counts the bot.
    assert set(found.members) - {company.bot()} == set(people)
    assert (found.open, found.external) == (False, False)


def test_a_public_conversation_is_open_to_any_member(company, membership):
    assert membership.readers(company.conversation("C0ALL", company.person("U1"))).open


@pytest.mark.parametrize("private", [True, False])
def test_a_shared_conversation_is_read_outside(company, membership, private):
    place = company.conversation("C0LAB", company.person("U1"), private=private)
    company.share(place)

    assert membership.readers(place).external


def test_a_group_has_its_people(company, membership):
    ann, ben, kim = (company.person(id) for id in ("U0ANN", "U0BEN", "U0KIM"))
    both, nobody = company.group("S0HR", ann, ben), company.group("S0NONE")

    people = [ann, ben, kim]
    assert membership.in_groups(ann.team, [both, nobody], people) == {
        both: {ann.id, ben.id},
        nobody: frozenset(),
    }
    assert membership.in_groups(ann.team, [both], [kim, ben]) == {both: {ben.id}}
    assert membership.in_groups(ann.team, [both], []) == {both: frozenset()}
    assert membership.in_groups(ann.team, [], people) == {}


def test_of_more_groups_than_one_call_takes_each_has_its_people(company, membership):
    ann, ben = company.person("U0ANN"), company.person("U0BEN")
    groups = [company.group(f"S0{number}", ann) for number in range(45)]
    last = company.group("S0LAST", ben)
    found = membership.in_groups(ann.team, [*groups, last], [ann, ben])

    assert found == {group: {ann.id} for group in groups} | {last: {ben.id}}


def test_nobody_is_in_a_group_that_does_not_exist(company, membership):
    ann = company.person("U0ANN")
    company.conversation("C0LAB", ann)

    found = {"S0NONE": frozenset()}
    with suppress(PermanentError):
        found = membership.in_groups(ann.team, ["S0NONE"], [ann])
    assert found == {"S0NONE": frozenset()}


def test_a_conversation_that_does_not_exist_cannot_be_looked_up(company, membership):
    place = company.conversation("C0LAB", company.person("U0ANN"))

    with pytest.raises(PermanentError):
        membership.readers(replace(place, conversation="C0NONE"))


LOOKS = {
    "readers": lambda membership, place, *_: membership.readers(place),
    "standings": lambda membership, _place, ann, *_: membership.standings([ann]),
    "in_group": lambda membership, _place, ann, group: membership.in_groups(
        ann.team, [group], [ann]
    ),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_while_the_platform_is_away_nothing_is_learnt_and_nothing_kept(company, membership, look):
    ann = company.person("U0ANN")
    place, group = company.conversation("C0LAB", ann), company.group("S0HR", ann)
    company.is_away()

    with pytest.raises(TransientError):
        look(membership, place, ann, group)
    # Another way of looking may be the one that is away then.
    with suppress(TransientError):
        look(membership, place, ann, group)
    found = look(membership, place, ann, group)
    assert found == look(membership, place, ann, group)
    assert found


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_what_the_bot_may_not_look_up_is_refused_for_good(company, membership, look):
    ann = company.person("U0ANN")
    place, group = company.conversation("C0LAB", ann), company.group("S0HR", ann)
    company.refuses()

    with pytest.raises(PermanentError):
        look(membership, place, ann, group)


def change_everything(company, place, ann):
    company.person(ann.id, "guest")
    company.invite(place, company.person("U0NEW"))
    company.group("S0HR")


@pytest.mark.parametrize(
    ("seconds", "later", "is_new"),
    [(SECONDS, SECONDS - 1, False), (SECONDS, SECONDS, True), (0, 0, True), (SECONDS, -1, True)],
)
def test_what_was_learnt_is_believed_so_long_and_no_longer(company, clock, seconds, later, is_new):
    membership = company.membership(clock, seconds)
    ann = company.person("U0ANN")
    place, group = company.conversation("C0LAB", ann), company.group("S0HR", ann)
    before = (
        membership.readers(place),
        membership.standings([ann]),
        membership.in_groups(ann.team, [group], [ann]),
    )
    change_everything(company, place, ann)
    calls = company.calls()
    clock.now += later

    after = (
        membership.readers(place),
        membership.standings([ann]),
        membership.in_groups(ann.team, [group], [ann]),
    )
    assert [one != other for one, other in zip(before, after, strict=True)] == [is_new] * 3
    assert (company.calls() > calls) is is_new


def test_of_many_people_each_is_what_they_are_for_few_calls(company, membership):
    company.workspace.page_size = 100
    kinds = ["member"] * 140 + ["guest", "gone", "bot", "of another"]
    people = [company.person(f"U{number}", kind) for number, kind in enumerate(kinds)]
    stranger = company.known("U0NOBODY")
    membership.readers(company.conversation("C0ALL", *people))
    calls = company.calls()
    found = membership.standings([*people, stranger])

    assert [found[each] for each in people] == [
        *[Standing.MEMBER] * 140,
        Standing.GUEST,
        Standing.GUEST,
        Standing.BOT,
        Standing.GUEST,
    ]
    assert found.get(stranger, Standing.GUEST) is Standing.GUEST
    assert company.calls() - calls <= 12
    membership.standings(people[:140])
    assert company.calls() - calls <= 12


def test_many_may_look_at_once(company, membership):
    people = [company.person(f"U{number}") for number in range(20)]
    place = company.conversation("C0LAB", *people, private=True)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: membership.readers(place), range(16)))
        standings = list(threads.map(lambda _: membership.standings(people), range(16)))
    assert {len({*readers.members} - {company.bot()}) for readers in found} == {20}
    assert all(each == dict.fromkeys(people, Standing.MEMBER) for each in standings)
