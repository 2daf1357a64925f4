"""Whether a source says what a claim says, by their words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from wellread.domain.ask.claim_signals import signals
from wellread.domain.ask.source_reading import Source

WEIGHTS: dict[str, float] = {
    "all_for_some": 1.22,
    "all_new": 2.48,
    "condition_new": 0.18,
    "denial_lost": 2.05,
    "denial_new": 1.03,
    "denial_odd": 1.26,
    "hedge_lost": 1.47,
    "may_for_must": 1.77,
    "missing": 0.67,
    "must_for_less": 3.34,
    "must_new": 0.96,
    "name_missing": 2.54,
    "number_exchanged": 2.05,
    "number_missing": 1.04,
    "number_rival": 4.60,
    "only_lost": 1.22,
    "only_new": 0.81,
    "opposite": 1.58,
    "places_exchanged": 1.47,
    "roles_turned": 1.17,
    "should_new": 1.25,
}
"""How much each signal speaks against a claim. Fitted on the grounding sets by
`python -m benchmarks.grounding --fit`; none may speak for a claim."""

ENOUGH = 1.0
"""So much against a claim, and it is not supported."""

ASTRAY = 0.85
"""A source that has less than the rest of a clause's words together speaks of something else."""

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
    found = told(claim, source, head)
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
