"""What the settings document may say of chats, and that no slip in it opens anything."""

from __future__ import annotations

import json

import pytest

from wellread.domain.access.chat_rules import ChatRules, FollowUp, PlatformRules
from wellread.domain.access.identity import IdentityRules, parse_identity_rules
from wellread.domain.access.scope import Scope, is_personal, personal
from wellread.domain.access.settings_document import parse_settings_document

WHOLE = {
    "slack": {
        "groups": [{"group": "S0HR", "audience": ["hr"]}, {"group": "S0IT", "audience": "it"}],
        "users": [{"user": "U0ANN", "audience": ["board", " hr "]}],
        "guests": ["public"],
        "helpers": "S0HELP",
        "approvers": "S0APPR",
        "approvals": "C0APPR",
        "places": [
            {"place": "C0LAB", "follow_up": "quiet", "receipts": ["/lab/", "s3://docs/field"]},
            {"place": "C0ALL", "follow_up": "follow", "mode": "tuned"},
            {"place": "C0LOG", "receipts": [""], "answers": "reviewed"},
        ],
        "mode": "tuned_rag",
    },
    "teams": {"groups": [{"group": "7c1e-02", "audience": ["hr"]}]},
}


def chat_of(entry: object) -> ChatRules:
    document = json.dumps({"access": {}, "chat": entry}).encode()
    return parse_settings_document(document, ("s3://docs",)).chat


def test_the_entry_says_who_belongs_to_what_and_what_happens_where() -> None:
    slack = chat_of(WHOLE).of("slack")

    assert slack.groups == {"S0HR": {"hr"}, "S0IT": {"it"}}
    assert slack.users == {"U0ANN": {"board", "hr"}}
    assert slack.guests == {"public"}
    assert (slack.helpers, slack.approvers, slack.approvals) == ("S0HELP", "S0APPR", "C0APPR")
    assert [slack.follow_up(each) for each in ("C0LAB", "C0ALL", "C0LOG", "C0NEW")] == [
        FollowUp.QUIET,
        FollowUp.FOLLOW,
        FollowUp.MENTION,
        FollowUp.MENTION,
    ]
    assert [slack.only_reviewed(each) for each in ("C0LAB", "C0LOG", "C0NEW")] == [
        False,
        True,
        False,
    ]
    modes = [slack.mode_in(each) for each in ("C0ALL", "C0LAB", "C0NEW")]
    assert modes == ["tuned", "tuned_rag", "tuned_rag"]
    assert slack.places["C0LAB"].receipts == ("lab/", "field")
    assert slack.places["C0LOG"].receipts == ("",)


def test_each_platform_has_rules_of_its_own() -> None:
    rules = chat_of(WHOLE)

    assert rules.of("teams") == PlatformRules(groups={"7c1e-02": frozenset({"hr"})})
    assert rules.of("irc") == PlatformRules()


def test_without_the_entry_nobody_is_given_anything() -> None:
    assert parse_settings_document(b'{"access": {}}').chat == ChatRules()
    assert ChatRules().of("slack").guests == frozenset()
    assert list(ChatRules().of("slack").given) == [("guests", frozenset())]


@pytest.mark.parametrize("nobody", ["nobody", []])
def test_guests_may_be_given_nothing_in_so_many_words(nobody: object) -> None:
    assert chat_of({"slack": {"guests": nobody}}).of("slack").guests == frozenset()


WRONG = {
    "no object": ([], '"chat" must be an object'),
    "another platform": ({"slak": {}}, '"chat" has an unknown entry "slak"'),
    "no platform's object": ({"slack": []}, '"slack" must be an object'),
    "another entry": ({"slack": {"group": []}}, '"slack" has an unknown entry "group"'),
    "no list": ({"slack": {"groups": {}}}, 'slack "groups" must be a list of objects'),
    "no objects": ({"slack": {"users": ["U1"]}}, 'slack "users" must be a list of objects'),
    "no group": ({"slack": {"groups": [{"audience": "hr"}]}}, '"group" of slack group 1 must be'),
    "a mention": (
        {"slack": {"users": [{"user": "<@U1>", "audience": "hr"}]}},
        'the "user" of slack user 1 must be an id',
    ),
    "no audience": (
        {"teams": {"groups": [{"group": "G"}]}},
        'teams group 1 needs an "audience"',
    ),
    "no audiences": (
        {"slack": {"groups": [{"group": "G", "audience": []}]}},
        'slack group 1 needs an "audience"',
    ),
    "an audience that is no name": (
        {"slack": {"groups": [{"group": "G", "audience": ["a\u001fb"]}]}},
        'slack group 1 needs an "audience"',
    ),
    "audience in the plural": (
        {"slack": {"groups": [{"group": "G", "audience": "hr", "audiences": ["x"]}]}},
        'slack group 1 has an unknown entry "audiences"',
    ),
    "a group twice": (
        {"slack": {"groups": [{"group": "G", "audience": "a"}, {"group": "G", "audience": "b"}]}},
        "slack group 2 is that of slack group 1",
    ),
    "a user twice": (
        {"slack": {"users": [{"user": "U", "audience": "a"}, {"user": "U", "audience": "a"}]}},
        "slack user 2 is that of slack user 1",
    ),
    "a place twice": (
        {"slack": {"places": [{"place": "C"}, {"place": "C", "follow_up": "follow"}]}},
        "slack place 2 is that of slack place 1",
    ),
    "guests that are none": ({"slack": {"guests": 3}}, 'slack "guests" needs an "audience"'),
    "helpers that are no id": ({"slack": {"helpers": ["S1"]}}, 'slack "helpers" must be an id'),
    "approvers that are no id": ({"slack": {"approvers": ""}}, 'slack "approvers" must be an id'),
    "other answers": (
        {"slack": {"places": [{"place": "C", "answers": "some"}]}},
        'the "answers" of slack place 1 must be one of all, reviewed',
    ),
    "another mode": (
        {"slack": {"mode": "tuned+rag"}},
        'the "mode" of "slack" must be one of base, rag, tuned, tuned_rag',
    ),
    "another mode of a place": (
        {"slack": {"places": [{"place": "C", "mode": True}]}},
        'the "mode" of slack place 1 must be one of base, rag, tuned, tuned_rag',
    ),
    "another follow-up": (
        {"slack": {"places": [{"place": "C", "follow_up": "always"}]}},
        'the "follow_up" of slack place 1 must be one of mention, follow, quiet',
    ),
    "a misspelt follow-up": (
        {"slack": {"places": [{"place": "C", "followup": "quiet"}]}},
        'slack place 1 has an unknown entry "followup"',
    ),
    "receipts that are no list": (
        {"slack": {"places": [{"place": "C", "receipts": "lab/"}]}},
        'the "receipts" of slack place 1 must be a list of prefixes',
    ),
}


@pytest.mark.parametrize(("entry", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_entry_is_refused_and_named(entry: object, said: str) -> None:
    with pytest.raises(ValueError, match=r'^in "chat", |^its "chat"') as refused:
        chat_of(entry)

    assert said in str(refused.value)


def test_a_prefix_that_is_not_understood_tells_nothing_and_the_rest_is_told() -> None:
    place = {"place": "C", "receipts": ["lab/*", "field/", "R&D/", "../x"]}
    rules = chat_of({"slack": {"places": [place]}})

    assert rules.unsure
    assert rules.of("slack").places["C"].receipts == ("field/",)
    assert len(rules.of("slack").places["C"].problems) == 3
    assert not chat_of(WHOLE).unsure


ANNS = personal("slack", "T1", "U1")


def test_a_person_has_an_audience_of_their_own() -> None:
    assert ANNS == "slack:T1:U1"
    assert len({personal("teams", *ids) for ids in (("a", "b:c"), ("a:b", "c"), ("b:c", "a"))}) == 3
    assert personal("teams", "t", "29:1\ud800") == "teams:t:29%3A1%ED%A0%80"
    assert not is_personal("hr:payroll")
    assert not is_personal("slack")


@pytest.mark.parametrize(
    "name", [ANNS, "Slack:T1:U1", " slack :T1:U1", "\uff53lack:T1:U1", "slack\uff1aT1:U1"]
)
def test_nobody_is_put_into_a_persons_own_audience(name: str) -> None:
    given = {"audience": ["hr", name]}
    for entry in (
        {"groups": [{"group": "G", **given}]},
        {"users": [{"user": "U2", **given}]},
        {"guests": given["audience"]},
    ):
        with pytest.raises(ValueError, match="which is one person's"):
            chat_of({"slack": entry})
    for rules in (
        {"default": [name]},
        {"claims": [{"claim": "groups", "value": "x", **given}]},
        {"principals": [{"arn": "*", **given}]},
    ):
        with pytest.raises(ValueError, match="which is one person's"):
            parse_identity_rules(rules)


def test_a_token_gives_its_bearer_no_other_persons_audience() -> None:
    rules: IdentityRules = parse_identity_rules({"default": [], "claims": [{"claim": "groups"}]})

    assert rules.of_claims({"groups": ["hr", ANNS]}) == {"hr"}


def test_of_several_viewers_those_count_who_may_read_least() -> None:
    plain, hr, public = (
        frozenset({"everyone"}),
        frozenset({"everyone", "hr"}),
        frozenset({"public"}),
    )

    assert Scope.among([plain, hr, hr]) == Scope(frozenset({plain}))
    assert Scope.among([public, hr]) == Scope(frozenset({public, hr}))
    assert Scope.among([public, hr, frozenset()]).viewers == {frozenset()}
    assert not Scope.among([frozenset()]).permits({"public", "everyone"})
    assert not Scope.among([]).permits({"everyone"})
