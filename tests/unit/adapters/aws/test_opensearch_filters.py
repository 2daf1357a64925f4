"""The pre-filter says exactly what the rules and the scope say."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellread.adapters.aws.opensearch_chunks import Readers
from wellread.adapters.aws.opensearch_filters import (
    MAX_PREFIXES,
    permitted_prefixes,
    scope_filter,
)
from wellread.adapters.aws.opensearch_names import name_of, stored_name
from wellread.domain.access.rules import AccessRules, Basis, PrefixRule
from wellread.domain.access.scope import Scope
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.knowledge.errors import InvalidConfigurationError

EVERYONE = Scope.of("everyone")


def chunk_document(key, audiences=frozenset(), *, by_rule=True):
    """The fields that the filter looks at, as they are written."""
    readers = Readers.of(None if by_rule else audiences)
    return {"key": stored_name(unicodedata.normalize("NFC", key))} | readers.fields()


def matches(query, source):
    """Whether a chunk document matches a query; every other kind of query is an error."""
    ((kind, inner),) = query.items()
    if kind == "match_all":
        return True
    if kind == "bool":
        assert inner.keys() <= {"filter", "should", "must_not", "minimum_should_match"}
        assert ("should" in inner) == (inner.get("minimum_should_match") == 1)
        return (
            all(matches(each, source) for each in inner.get("filter", ()))
            and not any(matches(each, source) for each in inner.get("must_not", ()))
            and ("should" not in inner or any(matches(each, source) for each in inner["should"]))
        )
    ((field, value),) = inner.items()
    held = source[field] if isinstance(source[field], list) else [source[field]]
    if kind == "term":
        return value in held
    if kind == "terms":
        return not set(value).isdisjoint(held)
    assert kind == "prefix"
    return any(each.startswith(value["value"]) for each in held)


def shown(rules, scope, source):
    query = scope_filter(rules, scope)
    return query is not None and matches(query, source)


audiences = st.frozensets(st.sampled_from(["everyone", "hr", "it"]), max_size=2)
# Letters that compose: a key may be longer as it is written than as it is compared.
pieces = st.sampled_from(["a", "b/", "\u00e9", "e\u0301", "e", "/", "\ue000", "\udcff"])
names = st.lists(pieces, max_size=5).map("".join)
rule_sets = st.builds(
    AccessRules,
    st.lists(
        st.builds(
            PrefixRule,
            names.map(lambda name: unicodedata.normalize("NFC", name)),
            st.none() | audiences,
            st.sampled_from(["", "", "", "It is a pattern."]),
        ),
        max_size=5,
    ).map(tuple),
    audiences,
    st.booleans(),
)
scopes = st.builds(Scope, st.frozensets(audiences, max_size=3))


@given(rule_sets, scopes, names)
@settings(max_examples=300)
def test_chunks_judged_by_rules_pass_exactly_where_the_rules_permit_their_key(rules, scope, key):
    decided = rules.decide(key, None)
    passes = shown(rules, scope, chunk_document(key))

    # What comes near a prefix passes, and is refused by whoever asks the rules again.
    assert passes == scope.permits(decided.audiences) or decided.basis is Basis.NEAR_RULE


@given(rule_sets, scopes, names, audiences)
@settings(max_examples=150)
def test_chunks_whose_sidecar_names_audiences_pass_exactly_where_both_permit(
    rules, scope, key, readers
):
    decided = rules.decide(key, SidecarMetadata(audience=readers))
    passes = shown(rules, scope, chunk_document(key, readers, by_rule=False))

    assert passes == scope.permits(decided.audiences) or decided.basis is Basis.NEAR_RULE


def test_every_set_of_rules_over_a_few_prefixes_is_followed_exactly():
    prefixes = ["", "a", "a/", "a/b", "b"]
    keys = ["", "a", "a/", "a/b", "a/bc", "ab", "b", "bb", "c"]
    readers = [frozenset(), frozenset({"everyone"}), None]
    for chosen in itertools.product([*readers, "no rule"], repeat=len(prefixes)):
        rules = AccessRules(
            tuple(
                PrefixRule(prefix, audience)
                for prefix, audience in zip(prefixes, chosen, strict=True)
                if audience != "no rule"
            )
        )
        for key in keys:
            expected = EVERYONE.permits(rules.audiences(key, None))
            assert shown(rules, EVERYONE, chunk_document(key)) == expected, (rules, key)


def test_where_several_look_on_each_must_be_permitted():
    rules = AccessRules((PrefixRule("hr/", frozenset({"hr"})),))
    both = Scope(frozenset({frozenset({"everyone", "hr"}), frozenset({"everyone"})}))

    assert shown(rules, both, chunk_document("a.md"))
    assert not shown(rules, both, chunk_document("hr/a.md"))
    assert not shown(rules, both, chunk_document("a.md", frozenset({"hr"}), by_rule=False))


@pytest.mark.parametrize("scope", [Scope(frozenset()), Scope.of()], ids=["no viewer", "nobody"])
def test_nobody_is_asked_nothing(scope):
    assert scope_filter(AccessRules(), scope) is None


def test_without_rules_the_filter_names_no_prefix():
    assert "prefix" not in str(scope_filter(AccessRules(), EVERYONE))


def test_prefixes_that_change_nothing_are_left_out():
    rules = AccessRules(
        (
            PrefixRule("a/", frozenset({"everyone"})),
            PrefixRule("a/b/", frozenset({"hr"})),
            PrefixRule("a/b/c/", frozenset({"hr", "it"})),
            PrefixRule("a/b/c/d/", frozenset({"everyone"})),
        )
    )

    def permits(decision):
        return EVERYONE.permits(decision.audiences)

    assert permitted_prefixes(rules, permits) == (("", ("a/b/",)), ("a/b/c/d/", ()))


def test_rules_with_more_prefixes_than_a_query_takes_are_refused():
    """Only the prefixes that matter for an asker count."""
    readers = [frozenset({"hr"}), frozenset({"it"})]
    rules = AccessRules(
        tuple(PrefixRule(f"{n}/", readers[n > MAX_PREFIXES]) for n in range(3 * MAX_PREFIXES)),
        frozenset(),
    )
    with pytest.raises(InvalidConfigurationError, match=r"1001 prefixes.*folders"):
        scope_filter(rules, Scope.of("hr"))

    assert scope_filter(rules, Scope.of("guest")) is None


@given(st.text(st.sampled_from(["a", "\ue000", "\ud800", "\udfff", "0", "ü"])), names)
def test_stored_names_give_the_names_back_and_keep_prefixes(name, other):
    assert name_of(stored_name(name)) == name
    stored_name(name).encode("utf-8")
    assert stored_name(other).startswith(stored_name(name)) == other.startswith(name)
    assert stored_name(name + other) == stored_name(name) + stored_name(other)
