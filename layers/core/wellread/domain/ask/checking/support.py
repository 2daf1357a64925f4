"""Whether a source says what a claim says, by their words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from wellread.domain.ask.checking.claim_signals import signals
from wellread.domain.ask.checking.source_reading import Source

WEIGHTS: dict[str, float] = {
    "all_for_some": 1.48,
    "all_new": 3.05,
    "condition_new": 0.21,
    "denial_lost": 2.51,
    "denial_new": 1.26,
    "denial_odd": 1.53,
    "hedge_lost": 1.79,
    "may_for_must": 2.16,
    "missing": 0.79,
    "must_for_less": 4.11,
    "must_new": 1.16,
    "name_missing": 3.11,
    "number_exchanged": 2.55,
    "number_missing": 1.27,
    "number_rival": 5.68,
    "only_lost": 1.48,
    "only_new": 0.98,
    "opposite": 1.93,
    "places_exchanged": 2.15,
    "roles_turned": 1.19,
    "should_new": 1.50,
}
"""How much each signal speaks against a claim. Fitted on the grounding sets by
`python -m benchmarks.grounding --fit`; none may speak for a claim."""

ENOUGH = 1.0
"""So much against a claim, and it is not supported."""

ASTRAY = 0.85
"""A source that has less than the rest of a clause's words together speaks of something else."""

LONGEST = 2_000
"""A sentence of more characters is no statement that a quote could support."""

_MEANT = {
    "far": 1.5, "uncovered": 1.5, "denial_odd": 1.0, "denial_new": 0.5, "denial_lost": 0.5,
    "must_for_less": 1.0, "may_for_must": 1.0, "all_for_some": 1.0, "opposite": 1.0,
    "hedge_lost": 1.0, "number_exchanged": 1.0,
}  # fmt: skip
"""Of several units that share a clause's words, the one meant differs least by these."""

_READ_SOURCES = 64


def supported(claim: str, source: str, head: str = "") -> bool:
    """Whether a source supports a claim, for all that its words tell.

    Args:
        claim: A sentence, without markers.
        source: The passage with its neighbours.
        head: Its title and headings.
    """
    return objection(claim, source, head) < ENOUGH


def objection(claim: str, source: str, head: str = "", without: Collection[str] = ()) -> float:
    """How much speaks against a claim; `without` leaves signals out, to see what they are worth."""
    found = told(claim, source, head) if len(claim) <= LONGEST else {}
    if not found or found["uncovered"] >= ASTRAY:
        return 2 * ENOUGH
    return sum(weight * found[name] for name, weight in WEIGHTS.items() if name not in without)


def told(claim: str, source: str, head: str = "") -> dict[str, float]:
    """The signals that speak against a claim, by name; none where there is nothing to compare."""
    return signals(claim, _read(source, head), _difference)


@lru_cache(maxsize=_READ_SOURCES)
def _read(source: str, head: str) -> Source:
    return Source.of(source, head)


def _difference(found: Mapping[str, float]) -> float:
    return sum(weight * found[name] for name, weight in _MEANT.items())
