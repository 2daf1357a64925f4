"""The pre-filter: from the rules and a scope of this moment to a query over chunk documents.

A chunk whose audiences come from the prefix rules is judged by its document's key, so that a
changed rule holds at once and no chunk is written again for it. One whose audiences come from its
document's sidecar is judged by the audiences that were written with it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from wellread.adapters.aws.opensearch_names import stored_name
from wellread.domain.access import AccessRules, Scope
from wellread.domain.documents import DocumentId
from wellread.domain.errors import InvalidConfigurationError

Query = dict[str, Any]

MAX_PREFIXES = 1000
"""OpenSearch takes 1,024 clauses in a query."""

_REMEMBERED = 64


def scope_filter(rules: AccessRules, scope: Scope) -> Query | None:
    """What a chunk document must match to be within the scope; None where none can be.

    Raises:
        InvalidConfigurationError: The rules have more prefixes than a query takes.
    """
    branches = [
        branch for branch in (_by_rule(rules, scope), _by_sidecar(scope)) if branch is not None
    ]
    return _any_of(branches) if branches else None


def within(permitted: Query, documents: frozenset[DocumentId] | None) -> Query:
    """What a chunk document must match besides, to be of these documents; None is all of them."""
    if documents is None:
        return permitted
    names = sorted(map(stored_name, documents))
    return _all_of([permitted, {"terms": {"document": names}}])


def permitted_prefixes(rules: AccessRules, scope: Scope) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The keys that the rules permit a scope: those under a prefix, but not under some within it.

    What decides about a key is which of the rules' prefixes it begins with. Those are prefixes of
    one another, so the longest of them stands for all; and which rule wins for a key that begins
    with it, is what wins for that prefix taken as a key.

    Returns:
        Pairs of a prefix (composed, NFC) and the prefixes within it that are not permitted.
    """
    named: dict[str, list[int]] = {"": []}  # "" stands for the keys that no rule covers
    for number, rule in enumerate(rules.rules):
        named.setdefault(unicodedata.normalize("NFC", rule.prefix), []).append(number)
    found: dict[str, list[str]] = {}
    around: list[_Place] = []
    for prefix in sorted(named):
        while around and not prefix.startswith(around[-1].prefix):
            around.pop()
        outer = around[-1] if around else _Place("", [], False, "")
        matching = sorted([*outer.rules, *named[prefix]])
        # The rules that match the prefix, in their order, decide as all of them would.
        decide = replace(rules, rules=tuple(rules.rules[number] for number in matching))
        permitted = scope.permits(decide.audiences(DocumentId(prefix), None))
        within = outer.within
        if permitted and not outer.permitted:
            within = prefix
            found[prefix] = []
        elif outer.permitted and not permitted:
            found[within].append(prefix)
        around.append(_Place(prefix, matching, permitted, within))
    return tuple((prefix, tuple(without)) for prefix, without in found.items())


@dataclass(frozen=True, slots=True)
class _Place:
    """A prefix, the numbers of the rules that match it, and the permitted prefix that it is in."""

    prefix: str
    rules: list[int]
    permitted: bool
    within: str


@lru_cache(maxsize=_REMEMBERED)
def _by_rule(rules: AccessRules, scope: Scope) -> Query | None:
    permitted = permitted_prefixes(rules, scope)
    count = sum(1 + len(without) for _, without in permitted)
    if count > MAX_PREFIXES:
        raise InvalidConfigurationError(
            f"The access rules take {count} prefixes to say what one asker may read, and the "
            f"passage index takes {MAX_PREFIXES}. Keep together in folders what the same people "
            "may read, or let sidecars say it."
        )
    places = [
        _all_of(
            [_under(prefix)] if prefix else [],
            without=[_under(other) for other in without],
        )
        for prefix, without in permitted
    ]
    if not places:
        return None
    ruled: Query = {"term": {"by_rule": True}}
    if {"match_all": {}} in places:
        return ruled
    return _all_of([ruled, _any_of(places)])


def _by_sidecar(scope: Scope) -> Query | None:
    if not scope.viewers or not all(scope.viewers):
        return None
    viewers = sorted(sorted(map(stored_name, viewer)) for viewer in scope.viewers)
    return _all_of([{"term": {"by_rule": False}}, *({"terms": {"acl": v}} for v in viewers)])


def _under(prefix: str) -> Query:
    return {"prefix": {"key": {"value": stored_name(prefix)}}}


def _all_of(queries: list[Query], *, without: list[Query] | None = None) -> Query:
    if not without:
        if not queries:
            return {"match_all": {}}
        if len(queries) == 1:
            return queries[0]
    clauses: Query = {"filter": queries} if queries else {}
    return {"bool": clauses | ({"must_not": without} if without else {})}


def _any_of(queries: list[Query]) -> Query:
    if len(queries) == 1:
        return queries[0]
    return {"bool": {"should": queries, "minimum_should_match": 1}}
