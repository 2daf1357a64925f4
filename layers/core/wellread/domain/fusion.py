"""Joining ranked lists of passages into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wellread.domain.documents import Passage

RANK_CONSTANT = 60
"""How slowly a rank loses weight.

Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual
Rank Learning Methods", SIGIR 2009.
"""


def fuse(
    lists: Sequence[Sequence[Passage]],
    *,
    k: int = RANK_CONSTANT,
    weights: Sequence[float] | None = None,
) -> list[Passage]:
    """Join ranked lists by reciprocal rank: a passage high in several lists comes first.

    The scores of the lists are not looked at, so BM25 and cosine need not be comparable. The same
    chunk written twice counts as two: which of its writes is valid is for the registry to say.

    Args:
        lists: Each best first.
        k: See `RANK_CONSTANT`.
        weights: One a list; 1 each where left out.

    Returns:
        Every passage once, best first, with its fused score and the cosine that a list knew.
    """
    weights = weights if weights is not None else [1.0] * len(lists)
    scores: dict[tuple[str, str, str, int], float] = {}
    passages: dict[tuple[str, str, str, int], Passage] = {}
    for ranked, weight in zip(lists, weights, strict=True):
        seen: set[tuple[str, str, str, int]] = set()
        for rank, passage in enumerate(ranked, start=1):
            key = (passage.document, passage.revision, passage.write, passage.chunk.ordinal)
            if key in seen:
                continue
            seen.add(key)
            scores[key] = scores.get(key, 0.0) + weight / (k + rank)
            known = passages.setdefault(key, passage)
            if known.cosine is None and passage.cosine is not None:
                passages[key] = replace(known, cosine=passage.cosine)
    # The key breaks ties, so that equal input gives equal output on every host.
    order = sorted(passages, key=lambda key: (-scores[key], key))
    return [replace(passages[key], score=scores[key]) for key in order]
