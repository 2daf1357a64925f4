"""Fit how much each signal speaks against a claim, and tell what that is worth elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wellread.domain.ask.checking.support import ASTRAY, ENOUGH
from wellread.domain.evaluation.statistics import area_under_curve

RIDGE = 30.0
"""Pulls the weights of standardised signs towards nothing: what the sets share shall remain."""

RIGHT_COUNTS = 2.0
"""To take a right sentence away is so much worse than to let a wrong one through."""

KEPT = 0.96
"""The share of right sentences that is to stay, in the set that keeps the most."""

_MARGIN = 1.02
"""The limit lies so little above the last claim that stays: weights are written with two digits."""

_TOTAL = 3000.0
_STEPS = 4000
_SIGNALS_OF_PLACE = ("far", "uncovered")
"""These tell which unit of a source is meant; the claim is not judged by them."""

_FOLDS = 10

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Read:
    """What speaks against a claim.

    Attributes:
        signals: By name; none where there was nothing to compare.
        right: Whether the claim is right.
        row: Its number in the set: what is said of the same sources stays together.
        style: Claims of one style were written alike.
    """

    signals: Mapping[str, float]
    right: bool
    row: int = 0
    style: str = ""


def report(sets: Mapping[str, Sequence[Read]]) -> str:
    """Weights fitted on all sets, and what they are worth on what they were not fitted on."""
    lines = [f'    "{name}": {w:.2f},' for name, w in fitted(list(sets.values())).items()]
    lines += ["", "| not fitted on | kept | let through | balanced | area |"]
    lines.append("| --- |" + " ---: |" * 4)
    for name, reads in sets.items():
        others = [each for other, each in sets.items() if other != name]
        tenths = [str(read.row % _FOLDS) for read in reads]
        styles = [read.style for read in reads]
        if others:
            lines.append(_worth(name, _judged(reads, others, [name] * len(reads))))
        lines.append(_worth(f"{name}, each tenth", _judged(reads, others, tenths)))
        if len(set(styles)) > 1:
            judged = list(zip(styles, _judged(reads, others, styles), strict=True))
            for style in sorted(set(styles)):
                lines.append(_worth(f"{name}, {style}", [j for of, j in judged if of == style]))
    return "\n".join(lines)


def _judged(
    reads: Sequence[Read], others: Sequence[Sequence[Read]], parts: Sequence[str]
) -> list[tuple[float, bool]]:
    """What speaks against each claim by weights fitted on all but its part, and if it is right."""
    weights = {}
    for part in set(parts):
        rest = [read for read, of in zip(reads, parts, strict=True) if of != part]
        weights[part] = fitted([*others, *([rest] if rest else [])])
    return [(_against(r, weights[of]), r.right) for r, of in zip(reads, parts, strict=True)]


def _worth(label: str, judged: Sequence[tuple[float, bool]]) -> str:
    kept = float(np.mean([against < ENOUGH for against, right in judged if right]))
    let = float(np.mean([against < ENOUGH for against, right in judged if not right]))
    area = area_under_curve([(-against, right) for against, right in judged]) or 0.0
    return f"| {label} | {kept:.3f} | {let:.3f} | {(1 + kept - let) / 2:.3f} | {area:.3f} |"


def _against(read: Read, weights: Mapping[str, float]) -> float:
    if read.signals.get("uncovered", 1.0) >= ASTRAY:
        return 2 * ENOUGH
    return sum(weight * read.signals[name] for name, weight in weights.items())


def fitted(sets: Sequence[Sequence[Read]]) -> dict[str, float]:
    """Weights such that a claim against which they add up to 1 falls.

    A logistic regression with a ridge, no weight below 0: no signal speaks for a claim. Every set
    counts alike, and so do its right and its wrong claims but for `RIGHT_COUNTS`. The limit is the
    lowest that keeps `KEPT` of the right claims of one of the sets.
    """
    names = sorted({name for reads in sets for read in reads for name in read.signals})
    names = [name for name in names if name not in _SIGNALS_OF_PLACE]
    signs = np.array([[r.signals.get(n, 1.0) for n in names] for reads in sets for r in reads])
    right = np.array([float(read.right) for reads in sets for read in reads])
    share = np.concatenate([_shares(reads) for reads in sets])
    share *= _TOTAL / share.sum()
    spread = signs.std(axis=0) + 1e-3
    against = _regress(signs / spread, right, share) / spread
    limits = []
    start = 0
    for reads in sets:
        total = signs[start : start + len(reads)] @ against
        kept = np.sort(total[right[start : start + len(reads)] > 0])
        limits.append(_MARGIN * float(kept[int(np.ceil(KEPT * len(kept))) - 1]))
        start += len(reads)
    limit = max(min(limits), 1e-6)
    return {name: float(w) / limit for name, w in zip(names, against, strict=True)}


def _shares(reads: Sequence[Read]) -> Array:
    right = np.array([read.right for read in reads])
    shares: Array = np.where(
        right, RIGHT_COUNTS / max(1, right.sum()), 1.0 / max(1, (~right).sum())
    )
    return shares


def _regress(rows: Array, right: Array, share: Array) -> Array:
    """Accelerated projected gradient; how much each sign speaks against, at least 0."""
    columns = np.column_stack([-rows, np.ones(len(rows))])
    pull = np.append(np.full(rows.shape[1], RIDGE), 0.0)
    step = 1.0 / (np.linalg.norm(columns * np.sqrt(share)[:, None], 2) ** 2 / 4 + RIDGE)
    weights = ahead = np.zeros(columns.shape[1])
    momentum = 1.0
    for _ in range(_STEPS):
        sure = 1 / (1 + np.exp(-columns @ ahead))
        moved = ahead - step * (columns.T @ (share * (sure - right)) + pull * ahead)
        moved[:-1] = np.maximum(moved[:-1], 0.0)
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = moved + (momentum - 1) / following * (moved - weights)
        weights, momentum = moved, following
    return np.asarray(weights[:-1])
