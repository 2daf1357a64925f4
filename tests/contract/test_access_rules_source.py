"""What every source of access rules does."""

from __future__ import annotations

import pytest

from wellread.domain.access import AccessRules
from wellread.domain.errors import InvalidConfigurationError

HR_ONLY = '{"access": {"default": "nobody", "rules": [{"prefix": "hr/", "audience": ["hr"]}]}}'


def test_without_a_settings_document_the_defaults_hold(access_rules):
    source, _ = access_rules

    assert source.load() == AccessRules()


def test_the_rules_are_those_of_the_document(access_rules):
    source, write = access_rules
    write(HR_ONLY)

    rules = source.load()
    assert rules.audiences("hr/pay.pdf", None) == {"hr"}
    assert rules.audiences("menu.pdf", None) == frozenset()


def test_a_changed_document_holds_at_once(access_rules):
    source, write = access_rules
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
def test_a_document_that_cannot_be_understood_is_refused_every_time(access_rules, document):
    source, write = access_rules
    write(HR_ONLY)
    source.load()
    write(document)

    for _ in range(2):
        with pytest.raises(InvalidConfigurationError):
            source.load()
    write(HR_ONLY)
    assert source.load().audiences("hr/pay.pdf", None) == {"hr"}


def test_a_misspelt_entry_is_refused_and_named(access_rules):
    source, write = access_rules
    write(HR_ONLY.replace('"rules"', '"rule"'))

    with pytest.raises(InvalidConfigurationError, match='"rule"'):
        source.load()
