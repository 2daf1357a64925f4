"""Who will see a reply, as the settings document and the platform say; less where they do not."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.chat_people import Conversation, Directory, happened, person
from wellread.domain.access.chat_rules import ChatRules, PlatformRules
from wellread.domain.access.scope import Scope
from wellread.domain.chat.events import AnswerShared, QuestionAsked
from wellread.domain.chat.members import MOST_MEMBERS, Standing
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    PermanentError,
    TransientError,
)
from wellread.services.chat.viewers import SeenBy, Viewers

MEMBER, GUEST, BOT = Standing.MEMBER, Standing.GUEST, Standing.BOT
PLAIN, PUBLIC = frozenset({"everyone"}), frozenset({"public"})
HR, BOARD = PLAIN | {"hr"}, PLAIN | {"hr", "board"}


@dataclass
class Rules:
    slack: PlatformRules = field(
        default_factory=lambda: PlatformRules(
            groups={"S0HR": frozenset({"hr"}), "S0IT": frozenset({"it"})},
            users={"ANN": frozenset({"board"})},
            guests=PUBLIC,
        )
    )
    error: Exception | None = None

    def chat(self) -> ChatRules:
        if self.error:
            raise self.error
        return ChatRules({"slack": self.slack})


@pytest.fixture
def company() -> Directory:
    return Directory(
        people={
            "ANN": MEMBER,
            "HAL": MEMBER,
            "BEN": MEMBER,
            "GUS": GUEST,
            "GIA": GUEST,
            "BOT": BOT,
        },
        groups={"S0HR": {"ANN", "HAL", "GUS", "BOT"}, "S0IT": {"BEN"}},
        conversations={
            "OPEN": Conversation(["ANN", "HAL", "BOT"], open=True),
            "HR": Conversation(["ANN", "HAL", "BOT"]),
            "ALL": Conversation(["ANN", "HAL", "BEN", "BOT"]),
            "MIXED": Conversation(["ANN", "HAL", "GUS"]),
            "SHARED": Conversation(["ANN", "HAL"], external=True),
            "LOST": Conversation(None),
        },
    )


@pytest.fixture
def rules() -> Rules:
    return Rules()


@pytest.fixture
def seen(company: Directory, rules: Rules):
    def of(who: str, conversation: str = "DM", *, last: bool = True, **more: object) -> SeenBy:
        event = happened(QuestionAsked, who, conversation, text="Why?", **more)
        return Viewers(rules).of(event, company, last=last)

    return of


def scope(*viewers: frozenset[str]) -> SeenBy:
    return SeenBy(Scope(frozenset(viewers)), narrowed=False)


@pytest.mark.parametrize(
    ("who", "audiences"),
    [
        ("ANN", BOARD | {"slack:T1:ANN"}),
        ("HAL", HR | {"slack:T1:HAL"}),
        ("BEN", PLAIN | {"it", "slack:T1:BEN"}),
        ("GUS", PUBLIC),
        ("BOT", PUBLIC),
        ("WHO", PUBLIC),
    ],
)
def test_where_nobody_reads_along_the_asker_counts_alone(seen, who, audiences) -> None:
    assert seen(who, direct=True) == scope(audiences)
    assert seen(who, "ALL", reply_url="https://hooks.example/1") == scope(audiences)


def test_what_is_shared_with_a_place_is_for_all_who_read_there(company, rules) -> None:
    event = happened(AnswerShared, "ANN", "ALL", text="Why?")

    assert Viewers(rules).of(event, company, last=True) == scope(PLAIN | {"hr"}, PLAIN | {"it"})


@pytest.mark.parametrize(
    ("conversation", "viewers"),
    [
        ("OPEN", [PLAIN]),
        ("HR", [HR]),
        ("ALL", [HR, PLAIN | {"it"}]),
        ("MIXED", [HR, PUBLIC]),
        ("SHARED", [HR, PUBLIC]),
    ],
)
def test_in_a_place_all_count_who_read_there(seen, conversation, viewers) -> None:
    assert seen("ANN", conversation) == scope(*viewers)


def test_the_platforms_word_in_the_request_that_a_place_is_shared_counts(seen) -> None:
    assert seen("ANN", "HR", external=True) == scope(HR, PUBLIC)


def test_who_asks_counts_in_a_place_that_does_not_list_them(seen) -> None:
    assert seen("BEN", "HR") == scope(HR, PLAIN | {"it"})
    assert seen("GIA", "HR") == scope(HR, PUBLIC)


def test_without_rules_a_guest_may_see_nothing(seen, rules: Rules) -> None:
    rules.slack = PlatformRules()

    for found in (seen("GUS", direct=True), seen("ANN", "MIXED"), seen("ANN", "SHARED")):
        assert found == scope(frozenset())
        assert not found.scope.permits({"everyone", "public"})


def test_where_members_cannot_be_known_nothing_restricted_is_used(seen, company) -> None:
    narrowed = SeenBy(Scope(frozenset({PLAIN})), narrowed=True)

    assert seen("ANN", "LOST") == narrowed
    company.failing["HR"] = PermanentError("no such place")
    assert seen("ANN", "HR") == narrowed
    company.failing["HR"] = TransientError("Slack is away")
    assert seen("ANN", "HR") == narrowed
    assert seen("GUS", "HR") == SeenBy(Scope(frozenset({PLAIN, PUBLIC})), narrowed=True)
    assert seen("ANN", "HR", external=True).scope.viewers == {PLAIN, PUBLIC}


def test_what_fails_for_now_is_tried_again_while_there_is_another_attempt(seen, company) -> None:
    for name, asked in (("HR", "HR"), ("standings", "HR"), ("S0HR", "HR"), ("in_group", "DM")):
        company.failing = {name: TransientError("Slack is away")}
        with pytest.raises(TransientError):
            seen("ANN", asked, direct=asked == "DM", last=False)
    company.failing = {"HR": PermanentError("a scope is missing")}
    assert seen("ANN", "HR", last=False).narrowed


def test_whose_standing_cannot_be_learnt_is_a_guest(seen, company) -> None:
    company.failing["HAL"] = TransientError("Slack is away")

    assert seen("HAL", direct=True) == SeenBy(Scope(frozenset({PUBLIC})), narrowed=True)
    assert seen("ANN", "HR") == SeenBy(Scope(frozenset({HR, PUBLIC})), narrowed=True)


def test_a_group_that_cannot_be_looked_up_gives_nothing(seen, company) -> None:
    company.failing["S0HR"] = PermanentError("no such group")

    assert seen("HAL", direct=True) == SeenBy(Scope.of("everyone", "slack:T1:HAL"), narrowed=True)
    assert seen("ANN", "HR").scope.viewers == {PLAIN}
    assert seen("BEN", direct=True).scope == Scope.of("everyone", "it", "slack:T1:BEN")


def test_that_people_read_along_who_may_see_less_is_nothing_to_be_said(seen) -> None:
    assert not seen("ANN", "MIXED").narrowed


def test_while_the_rules_are_broken_nobody_may_ask(seen, rules: Rules) -> None:
    rules.error = InvalidConfigurationError("cannot be understood")

    for direct in (True, False):
        with pytest.raises(InvalidConfigurationError):
            seen("ANN", "HR", direct=direct)


def everybody(company: Directory, conversation: str, count: int, **more: bool) -> list[str]:
    names = [f"P{number}" for number in range(count)]
    company.people.update(dict.fromkeys(names, MEMBER))
    company.conversations[conversation] = Conversation(names, **more)
    return names


def test_groups_are_not_looked_up_for_what_a_plain_member_reads_too(seen, company) -> None:
    assert seen("ANN", "OPEN") == scope(PLAIN)
    assert company.calls("in_group") == []


def test_each_group_is_looked_up_once_for_the_first_people_and_once_for_the_rest(
    seen, company
) -> None:
    company.people.update({f"P{number}": MEMBER for number in range(900)})
    company.groups["S0HR"] |= set(company.people)
    company.conversations["BIG"] = Conversation(list(company.people))
    seen("ANN", "BIG")
    assert sorted(company.calls("in_group")) == ["S0HR", "S0HR", "S0IT", "S0IT"]

    company.asked.clear()
    company.groups["S0HR"].remove("P7")
    seen("ANN", "BIG")
    assert sorted(company.calls("in_group")) == ["S0HR", "S0IT"]


def test_of_a_large_conversation_people_are_looked_up_many_at_a_time(seen, company) -> None:
    everybody(company, "BIG", 2000)
    assert seen("ANN", "BIG") == scope(PLAIN)

    assert sum(company.calls("standings")) == 2001
    assert len(company.calls("standings")) <= 11


def test_nobody_is_looked_up_once_nothing_can_be_shown(seen, company, rules) -> None:
    rules.slack = PlatformRules(groups={"S0HR": frozenset({"hr"})})
    everybody(company, "BIG", 5000, external=True)
    seen("ANN", "BIG")
    assert company.calls("standings") == []

    company.people["P7"] = GUEST
    company.conversations["BIG"].external = False
    assert seen("ANN", "BIG") == scope(frozenset())
    assert company.calls("standings") == [200]


def test_nobody_is_looked_up_once_a_guest_and_a_plain_member_read_along(seen, company) -> None:
    everybody(company, "BIG", 5000, open=True, external=True)

    assert seen("ANN", "BIG") == scope(PLAIN, PUBLIC)
    assert company.calls("standings") == []


def test_past_a_bound_the_members_of_a_conversation_are_not_known(seen, company) -> None:
    names = everybody(company, "HUGE", MOST_MEMBERS + 1)
    company.groups["S0HR"] |= set(names)
    found = seen("HAL", "HUGE")
    assert found == SeenBy(Scope(frozenset({PLAIN})), narrowed=True)
    assert company.calls("standings") in ([], [1])

    company.conversations["HUGE"].open = True
    assert seen("HAL", "HUGE") == scope(PLAIN)


def test_a_place_has_readers_also_where_nobody_asked(company, rules) -> None:
    viewers = Viewers(rules)
    company.conversations["BOTS"] = Conversation(["BOT"])

    for conversation, expected in (
        ("HR", scope(HR)),
        ("MIXED", scope(HR, PUBLIC)),
        ("OPEN", scope(PLAIN)),
        ("BOTS", scope()),
    ):
        place = happened(QuestionAsked, "ANN", conversation, text="").place
        assert viewers.of_place(place, company, last=True) == expected


def test_who_may_be_a_member_or_a_guest_sees_only_what_both_may(seen, company, rules) -> None:
    company.failing["HAL"] = TransientError("Slack is away")
    found = seen("ANN", "HR").scope

    assert not found.permits({"public"})
    assert found.permits({"public", "everyone"})


def test_a_persons_own_page_is_for_them_alone(company, rules) -> None:
    viewers = Viewers(rules)

    assert viewers.alone(person("HAL"), company, last=True) == scope(HR | {"slack:T1:HAL"})
    assert viewers.alone(person("GIA"), company, last=True) == scope(PUBLIC)
