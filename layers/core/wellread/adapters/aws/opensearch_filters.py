"""The pre-filter: from the rules and a scope of this moment to a query over chunk documents.

A chunk is judged by its document's key, so that a changed rule holds at once and no chunk is
written again for it; where the document's sidecar names audiences, by those that were written with
it too. What only comes near a rule's prefix is not left out here: whoever shows it asks the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from wellread.adapters.aws.opensearch_names import stored_name
from wellread.domain.access.rules import AccessRules, Basis, Decision
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidConfigurationError

Query = dict[str, Any]
Prefixes = tuple[tuple[str, tuple[str, ...]], ...]
"""Pairs of a prefix (composed, NFC) and the prefixes within it that are left out."""

MAX_PREFIXES = 1000
"""OpenSearch takes 1,024 clauses in a query."""

_REMEMBERED = 64


@lru_cache(maxsize=_REMEMBERED)
def scope_filter(rules: AccessRules, scope: Scope) -> Query | None:
    """What a chunk document must match to be within the scope; None where none can be.

    Raises:
        InvalidConfigurationError: The rules have more prefixes than a query takes.
    """
    if not scope.viewers or not all(scope.viewers):
        return None
    ruled, narrowed = readable_prefixes(rules, scope)
    _check_length({ruled, narrowed})
    viewers = sorted(sorted(map(stored_name, viewer)) for viewer in scope.viewers)
    by_rule: list[Query] = [{"term": {"by_rule": True}}]
    by_sidecar: list[Query] = [{"term": {"by_rule": False}}]
    by_sidecar += [{"terms": {"acl": viewer}} for viewer in viewers]
    if ruled == narrowed:
        return (
            _all_of([*_places(ruled), _any_of([by_rule[0], _all_of(by_sidecar)])])
            if ruled
            else None
        )
    branches = [
        _all_of([*judged, *_places(places)])
        for judged, places in ((by_rule, ruled), (by_sidecar, narrowed))
        if places
    ]
    return _any_of(branches)


def within(permitted: Query, documents: frozenset[DocumentId] | None) -> Query:
    """What a chunk document must match besides, to be of these documents; None is all of them."""
    if documents is None:
        return permitted
    names = sorted(map(stored_name, documents))
    return _all_of([permitted, {"terms": {"document": names}}])


def permitted_prefixes(rules: AccessRules, permits: Callable[[Decision], bool]) -> Prefixes:
    """The keys that the rules permit: those under a prefix, but not under some within it.

    What decides about a key is which of the rules' prefixes it begins with. Those are prefixes of
    one another, so the longest of them stands for all; and which rule wins for a key that begins
    with it, is what wins for that prefix taken as a key.

    Args:
        rules: The rules.
        permits: Whether what they decide, without a sidecar, permits a key.

    """
    named: dict[str, list[int]] = {"": []}  # "" stands for the keys that no rule covers
    for number, rule in enumerate(rules.rules):
        named.setdefault(rule.prefix, []).append(number)
    found: dict[str, list[str]] = {}
    around: list[_Place] = []
    for prefix in sorted(named):
        while around and not prefix.startswith(around[-1].prefix):
            around.pop()
        outer = around[-1] if around else _Place("", [], False, "")
        matching = sorted([*outer.rules, *named[prefix]])
        # The rules that match the prefix, in their order, decide as all of them would.
        decide = replace(rules, rules=tuple(rules.rules[number] for number in matching))
        permitted = permits(decide.decide(DocumentId(prefix), None))
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


def readable_prefixes(rules: AccessRules, scope: Scope) -> tuple[Prefixes, Prefixes]:
    """The keys that rules permit to be read, and those that a sidecar may permit to be read."""

    def by_rule(decision: Decision) -> bool:
        return scope.permits(decision.audiences)

    def by_sidecar(decision: Decision) -> bool:
        if decision.basis is Basis.REFUSED_RULE:
            return False
        left_to_it = not rules.narrow or decision.basis is Basis.WANTS_SIDECAR
        return left_to_it or by_rule(decision)

    return permitted_prefixes(rules, by_rule), permitted_prefixes(rules, by_sidecar)


def _check_length(all_places: set[Prefixes]) -> None:
    count = sum(1 + len(without) for places in all_places for _, without in places)
    if count > MAX_PREFIXES:
        raise InvalidConfigurationError(
            f"The access rules take {count} prefixes to say what one asker may read, and the "
            f"passage index takes {MAX_PREFIXES}. Keep together in folders what the same people "
            "may read, or let sidecars say it."
        )


def _places(permitted: Prefixes) -> list[Query]:
    """What the key of a chunk document must be, under one of these prefixes; none where any is."""
    if ("", ()) in permitted:
        return []
    places = [
        _all_of(
            [_under(prefix)] if prefix else [],
            without=[_under(other) for other in without],
        )
        for prefix, without in permitted
    ]
    return [_any_of(places)]


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
