"""What every source of the rules of access, identity and chats does."""

from __future__ import annotations

import pytest

from wellread.domain.access.chat_rules import ChatRules
from wellread.domain.access.identity import IdentityRules
from wellread.domain.access.rules import AccessRules
from wellread.domain.knowledge.errors import InvalidConfigurationError

IDENTITIES = """{"access": {}, "identity": {
    "default": [],
    "claims": [{"claim": "groups", "value": "people-team", "audience": ["hr"]}]
}}"""
CHAT = """{"access": {}, "chat": {"slack": {
    "groups": [{"group": "S0HR", "audience": ["hr"]}],
    "places": [{"place": "C0LAB", "follow_up": "quiet", "receipts": ["/lab/"]}]
}}}"""
HR_ONLY = '{"access": {"default": "nobody", "rules": [{"prefix": "hr/", "audience": ["hr"]}]}}'


def test_without_a_settings_document_the_defaults_hold(settings_document):
    source, _ = settings_document

    assert source.load() == AccessRules()
    assert source.identities() == IdentityRules()
    assert source.chat() == ChatRules()


def test_the_rules_are_those_of_the_document(settings_document):
    source, write = settings_document
    write(HR_ONLY)

    rules = source.load()
    assert rules.audiences("hr/pay.pdf", None) == {"hr"}
    assert rules.audiences("menu.pdf", None) == frozenset()


def test_the_identity_rules_are_those_of_the_document(settings_document):
    source, write = settings_document
    write(IDENTITIES)

    rules = source.identities()
    assert rules.of_claims({"groups": ["people-team"]}) == {"hr"}
    assert rules.of_claims({}) == frozenset()
    assert source.load() == AccessRules()


def test_the_rules_of_chats_are_those_of_the_document(settings_document):
    source, write = settings_document
    write(CHAT)

    slack = source.chat().of("slack")
    assert slack.groups == {"S0HR": {"hr"}}
    assert slack.follow_up("C0LAB") == "quiet"
    assert slack.places["C0LAB"].receipts == ("lab/",)
    assert source.load() == AccessRules()
    write(CHAT.replace("S0HR", "S0IT"))
    assert source.chat().of("slack").groups == {"S0IT": {"hr"}}


def test_a_misspelt_entry_of_chats_closes_the_document(settings_document):
    source, write = settings_document
    write(CHAT.replace('"groups"', '"group"'))

    for read in (source.chat, source.load, source.identities):
        with pytest.raises(InvalidConfigurationError, match=r'in "chat", "slack".*"group"'):
            read()


def test_a_changed_document_holds_at_once(settings_document):
    source, write = settings_document
    write(HR_ONLY)
    source.load()
    write(HR_ONLY.replace('["hr"]', '["it"]'))

    assert source.load().audiences("hr/pay.pdf", None) == {"it"}


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "[]",
        '{"access": 3}',
        '{"access": {"rules": [{"prefix": 1}]}}',
        "\x00",
        "[" * 100000,
    ],
)
def test_a_document_that_cannot_be_understood_is_refused_every_time(settings_document, document):
    source, write = settings_document
    write(HR_ONLY)
    source.load()
    write(document)

    for _ in range(2):
        with pytest.raises(InvalidConfigurationError):
            source.load()
        with pytest.raises(InvalidConfigurationError):
            source.identities()
        with pytest.raises(InvalidConfigurationError):
            source.chat()
    write(HR_ONLY)
    assert source.load().audiences("hr/pay.pdf", None) == {"hr"}


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ('{"access": {"rules": [{"prefix": "hr/", "audience": "hr"}]}, "access": {}}', '"access"'),
        ('{"access": {"rules": [{"prefix": "hr/", "audience": "hr"}], "rules": []}}', '"rules"'),
        ('{"access": {"rules": [{"prefix": "é/", "audience": "hr"},'
         ' {"prefix": "e\u0301/", "audience": "everyone"}]}}', "rule 2"),
    ],
    ids=["access-twice", "rules-twice", "prefix-twice"],
)  # fmt: skip
def test_of_what_is_said_twice_nothing_is_silently_dropped(settings_document, document, named):
    source, write = settings_document
    write(document)

    with pytest.raises(InvalidConfigurationError, match=named):
        source.load()


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ('{"claims": [{"claim": "groups", "values": ["x"], "audiences": ["hr"]}]}', "claim rule 1"),
        ('{"principals": [{"arn": "a", "audience": "hr", "except": "b"}]}', "principal rule 1"),
        ('{"defaults": []}', '"defaults"'),
    ],
)
def test_an_identity_rule_with_a_misspelt_entry_is_refused_and_named(
    settings_document, rules, named
):
    source, write = settings_document
    write(f'{{"access": {{}}, "identity": {rules}}}')

    with pytest.raises(InvalidConfigurationError, match=named):
        source.identities()


def test_callers_may_belong_to_nobody_as_documents_may(settings_document):
    source, write = settings_document
    write('{"access": {}, "identity": {"default": "nobody"}}')

    assert source.identities().default == frozenset()


def test_the_longer_of_two_prefixes_wins_however_they_are_written(settings_document):
    source, write = settings_document
    write(
        '{"access": {"rules": [{"prefix": "e\u0301/", "audience": "everyone"},'
        ' {"prefix": "é/p", "audience": "hr"}]}}'
    )

    assert source.load().audiences("é/pay.pdf", None) == {"hr"}


def test_a_misspelt_entry_is_refused_and_named(settings_document):
    source, write = settings_document
    write(HR_ONLY.replace('"rules"', '"rule"'))

    with pytest.raises(InvalidConfigurationError, match='"rule"'):
        source.load()
