"""What every passage index does that looks at the prefix rules itself (`RuleAware`)."""

from __future__ import annotations

import pytest

from tests.contract.index.indexed_pieces import ALL, MODEL, found, piece
from wellread.domain.access.rules import AccessRules, PrefixRule
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.ports.index import RuleAware

HR = Scope.of("hr")


def rules(default=("everyone",), *, narrow=False, **audiences):
    return AccessRules(
        tuple(
            PrefixRule(prefix.replace("_", "/"), None if names is None else frozenset(names))
            for prefix, names in audiences.items()
        ),
        frozenset(default),
        narrow=narrow,
    )


def test_it_says_which_rules_it_looks_at(rule_aware_index, around):
    assert isinstance(rule_aware_index, RuleAware)
    assert rule_aware_index.looks_at(around.rules)
    assert not rule_aware_index.looks_at(type(around.rules)())


def test_a_changed_rule_holds_from_the_next_search_on_and_writes_nothing(rule_aware_index, around):
    index = rule_aware_index
    index.add([piece(name, by_rule=True) for name in ("hr/a.md", "b.md")], MODEL)
    before = index.stats()
    assert found(index, "plain", 0, ALL) == {"hr/a.md", "b.md"}

    around.rules.rules = rules(hr_={"hr"})
    assert found(index, "plain", 0, ALL) == {"b.md"}
    assert found(index, "plain", 0, HR) == {"hr/a.md"}
    index.update_access("hr/a.md", frozenset({"hr"}), own=None)
    assert index.stats() == before
    assert index.visible("hr/a.md", frozenset({"w1"})) == 1

    around.rules.rules = rules(default=(), hr_={"hr"}, hr_a=None)
    assert found(index, "plain", 0, Scope.of("hr", "everyone")) == set()


def test_what_a_sidecar_decides_no_rule_changes(rule_aware_index, around):
    index = rule_aware_index
    index.add([piece("hr/a.md", by_rule=False), piece("hr/b.md", by_rule=True)], MODEL)
    around.rules.rules = rules(hr_={"hr"})

    assert found(index, "plain", 0, ALL) == {"hr/a.md"}
    assert found(index, "plain", 0, HR) == {"hr/b.md"}


def test_a_sidecar_narrows_what_the_rules_of_the_moment_give(rule_aware_index, around):
    index = rule_aware_index
    index.add([piece("hr/a.md"), piece("b.md", audiences=frozenset({"hr"}))], MODEL)
    around.rules.rules = rules(hr_={"hr"}, narrow=True)

    assert found(index, "plain", 0, ALL) == set()
    assert found(index, "plain", 0, HR) == set()
    assert found(index, "plain", 0, Scope.of("hr", "everyone")) == {"hr/a.md", "b.md"}

    around.rules.rules = rules(hr_=None, narrow=True)
    assert found(index, "plain", 0, ALL) == {"hr/a.md"}


def test_a_sidecar_that_comes_or_goes_changes_who_decides(rule_aware_index, around):
    index = rule_aware_index
    around.rules.rules = rules(hr_={"hr"})
    index.add([piece("hr/a.md", by_rule=True)], MODEL)

    index.update_access("hr/a.md", frozenset({"everyone"}), own=frozenset({"everyone"}))
    assert found(index, "plain", 0, ALL) == {"hr/a.md"}
    index.update_access("hr/a.md", frozenset({"hr"}), own=None)
    assert found(index, "plain", 0, ALL) == set()
    assert found(index, "plain", 0, HR) == {"hr/a.md"}


def test_a_rule_means_a_name_however_it_is_written(rule_aware_index, around):
    index = rule_aware_index
    around.rules.rules = AccessRules((PrefixRule("caf\u00e9/", frozenset({"hr"})),))
    index.add([piece("cafe\u0301/a.md", by_rule=True), piece("cafe/b.md", by_rule=True)], MODEL)

    assert found(index, "plain", 0, ALL) == {"cafe/b.md"}
    assert found(index, "plain", 0, HR) == {"cafe\u0301/a.md"}


def test_names_that_no_text_can_hold_are_told_apart(rule_aware_index, around):
    index = rule_aware_index
    around.rules.rules = AccessRules((PrefixRule("\udcff/", frozenset({"hr"})),))
    index.add([piece("\udcff/a.md", by_rule=True), piece("\udcfe/a.md", by_rule=True)], MODEL)

    assert found(index, "plain", 0, ALL) == {"\udcfe/a.md"}
    assert [each.document for each in index.inventory()] == ["\udcfe/a.md", "\udcff/a.md"]
    assert index.delete("\udcff/a.md", frozenset({"b1"})) == 1
    assert found(index, "plain", 0, HR) == set()


def test_rules_that_cannot_be_read_show_nothing(rule_aware_index, around, monkeypatch):
    rule_aware_index.add([piece("a.md", by_rule=True), piece("b.md")], MODEL)

    def broken():
        raise InvalidConfigurationError("The settings document is broken. Mend it.")

    monkeypatch.setattr(around.rules, "load", broken)
    with pytest.raises(InvalidConfigurationError):
        found(rule_aware_index, "plain", 0)


def test_hundreds_of_rules_are_followed(rule_aware_index, around):
    index = rule_aware_index
    names = [f"f{n:03}/a.md" for n in range(400)]
    around.rules.rules = AccessRules(
        tuple(
            PrefixRule(f"f{n:03}/", frozenset({"hr" if n % 2 else "everyone"})) for n in range(400)
        )
    )
    index.add(
        [piece(name, "plain" if name < "f010" else "x", by_rule=True) for name in names], MODEL
    )

    assert found(index, "plain", scope=ALL) == set(names[:10:2])
    assert found(index, "plain", scope=HR) == set(names[1:10:2])
