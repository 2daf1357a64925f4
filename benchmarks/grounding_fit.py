"""Fit how much each signal speaks against a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

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

Read = Sequence[tuple[Mapping[str, float], bool]]
Array = np.ndarray[Any, np.dtype[np.float64]]


def fitted(sets: Sequence[Read]) -> dict[str, float]:
    """Weights such that a claim against which they add up to 1 falls.

    A logistic regression with a ridge, no weight below 0: no signal speaks for a claim. Every set
    counts alike, and so do its right and its wrong claims but for `RIGHT_COUNTS`. The limit is the
    lowest that keeps `KEPT` of the right claims of one of the sets.
    """
    names = sorted({n for read in sets for signals, _ in read for n in signals})
    names = [name for name in names if name not in _SIGNALS_OF_PLACE]
    signs = np.array([[s.get(n, 1.0) for n in names] for read in sets for s, _ in read])
    right = np.array([float(good) for read in sets for _, good in read])
    share = np.concatenate([_shares(read) for read in sets])
    share *= _TOTAL / share.sum()
    spread = signs.std(axis=0) + 1e-3
    against = _regress(signs / spread, right, share) / spread
    limits = []
    start = 0
    for read in sets:
        total = signs[start : start + len(read)] @ against
        kept = np.sort(total[right[start : start + len(read)] > 0])
        limits.append(_MARGIN * float(kept[int(np.ceil(KEPT * len(kept))) - 1]))
        start += len(read)
    limit = max(min(limits), 1e-6)
    return {name: float(w) / limit for name, w in zip(names, against, strict=True)}


def _shares(read: Read) -> Array:
    right = np.array([good for _, good in read])
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
