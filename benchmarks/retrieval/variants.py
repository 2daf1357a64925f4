"""Ways to rank what was found: the product's, its parts, and what was tried beside it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from benchmarks.retrieval.searches import (
    COLUMNS,
    DEPTH,
    LOOSELY,
    NAMED,
    PRODUCT_DEPTH,
    PRODUCT_WITHIN,
    WHOLE,
    Searched,
)
from wellread.domain.ask.searching.fusion import DEFAULT_WEIGHTS, FusionWeights, fuse
from wellread.domain.ask.searching.named_document import rank_within, take_turns
from wellread.domain.knowledge.documents import Passage
from wellread.domain.text.words import content_words
from wellread.ports.index import PassageHits

RANK_CONSTANT = 60
"""Of plain reciprocal rank fusion.

Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual
Rank Learning Methods", SIGIR 2009.
"""

BASELINE = "plain RRF: equal weights, k = 60, 50 hits of each leg"
FUSED = "fused: scores, coverage and documents"
PRODUCT = "**as shipped**: fused, and a named document by the rest of the question"

Ranking = list[Passage]
Within = Callable[[str, PassageHits], Ranking]
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to rank; `slow` needs the comparison by sentences."""

    name: str
    rank: Callable[[Searched], Ranking]
    slow: bool = False


def variants() -> list[Variant]:
    """All of them, the baseline first."""
    return [
        *_rank_based(),
        *_parts_of_the_product(),
        *_within_the_named_document(),
        *_beside_the_product(),
    ]


def _rank_based() -> list[Variant]:
    def weighted(words: float, constant: int, depth: int) -> Variant:
        return Variant(
            f"RRF: words x {words:g}, k = {constant}, {depth} hits",
            lambda s: reciprocal(
                [s.hits.lexical[:depth], s.hits.vector[:depth]], (words, 1.0), constant
            ),
        )

    return [
        Variant(BASELINE, _plain),
        Variant("words only", lambda s: list(s.legs[0])),
        Variant("meaning only", lambda s: list(s.legs[1])),
        weighted(2.0, 60, 50),
        weighted(3.0, 60, 50),
        weighted(1.0, 20, 50),
        weighted(1.0, 5, 50),
        weighted(1.0, 60, 200),
    ]


def _parts_of_the_product() -> list[Variant]:
    def fused(name: str, depth: int = PRODUCT_DEPTH, **weights: float) -> Variant:
        changed = replace(DEFAULT_WEIGHTS, **weights)
        return Variant(name, lambda s: _fused(s, weights=changed, depth=depth))

    return [
        fused("scores only", coverage=0.0, document=0.0),
        fused("scores and coverage", document=0.0),
        fused("scores and documents", coverage=0.0),
        fused(FUSED),
        fused("fused, words : meaning 1 : 1", lexical=0.5, vector=0.5),
        fused("fused, words : meaning 3 : 1", lexical=0.75, vector=0.25),
        fused("fused, half the coverage", coverage=DEFAULT_WEIGHTS.coverage / 2),
        fused("fused, half the documents", document=DEFAULT_WEIGHTS.document / 2),
        fused("fused, 30 hits of each leg", depth=30),
        fused("fused, 100 hits of each leg", depth=100),
        Variant("cosine as a share of the best, not from the last hit", _cosine_shares),
    ]


def _within_the_named_document() -> list[Variant]:
    def within(
        name: str, rank: Within = _by_both, kind: str = NAMED, depth: int = PRODUCT_WITHIN
    ) -> Variant:
        return Variant(name, lambda s: take_turns(*_found_within(s, rank, kind, depth), _fused(s)))

    return [
        within(PRODUCT),
        within("as shipped, within the document by words alone", _by_words),
        within("as shipped, within the document by meaning alone", lambda _, hits: [*hits.vector]),
        within("as shipped, within the document by BM25 and cosine", _by_scores),
        within("as shipped, within the document by the whole question", kind=WHOLE),
        within("as shipped, also where other documents hold the name's words", kind=LOOSELY),
        within(f"as shipped, {PRODUCT_DEPTH} hits of each leg within the document", depth=50),
        Variant(
            "as shipped, the document's passages first instead of in turns",
            lambda s: take_turns(
                [p for ranking in _found_within(s, _by_both) for p in ranking] + _fused(s)
            ),
        ),
    ]


def _beside_the_product() -> list[Variant]:
    def columns(name: str) -> Variant:
        return Variant(f"fused, BM25 with {name}", lambda s: _columns(s, name))

    def close(weight: float) -> Variant:
        return Variant(
            f"and neighbouring words of the question close together, x {weight:g}",
            lambda s: _lifted(s, _closeness(s), weight),
        )

    def capped(most: int) -> Variant:
        return Variant(f"at most {most} passages of a document", lambda s: _capped(s, most))

    return [
        *map(columns, COLUMNS),
        close(0.1),
        close(0.2),
        Variant("and scores of the neighbouring passages, x 0.1", _beside_good_ones),
        Variant("and the best passage's neighbours next", _with_neighbours),
        Variant("weights by the agreement of the legs", _by_agreement),
        capped(2),
        capped(4),
        Variant("feedback: the question's vector moved to the best 3 (Rocchio)", _nearer),
        Variant("feedback: words of the best 3 added (as RM3)", _wider),
        Variant(
            "and the best sentence's cosine, x 0.3 (small to large)",
            lambda s: _lifted(s, {k: max(c, 0.0) for k, c in s.sentences.items()}, 0.3),
            slow=True,
        ),
    ]


def reciprocal(
    legs: Sequence[Sequence[Passage]], weights: Sequence[float], constant: int
) -> Ranking:
    """Reciprocal rank fusion."""
    scores: dict[Key, float] = defaultdict(float)
    passages: dict[Key, Passage] = {}
    for leg, weight in zip(legs, weights, strict=True):
        for rank, passage in enumerate(leg, start=1):
            scores[key_of(passage)] += weight / (constant + rank)
            passages.setdefault(key_of(passage), passage)
    return [passages[key] for key in sorted(scores, key=lambda key: (-scores[key], key))]


def key_of(passage: Passage) -> Key:
    """What tells the passages of a set apart."""
    return (passage.document, passage.chunk.ordinal)


def _plain(searched: Searched) -> Ranking:
    return reciprocal(searched.legs, (1.0, 1.0), RANK_CONSTANT)


def _fused(
    searched: Searched,
    *,
    lexical: Sequence[Passage] | None = None,
    vector: Sequence[Passage] | None = None,
    weights: FusionWeights = DEFAULT_WEIGHTS,
    depth: int = PRODUCT_DEPTH,
) -> Ranking:
    return fuse(
        searched.question.text,
        (searched.hits.lexical if lexical is None else lexical)[:depth],
        (searched.hits.vector if vector is None else vector)[:depth],
        depth=depth,
        weights=weights,
    )


def _found_within(
    searched: Searched, rank: Within, kind: str = NAMED, depth: int = PRODUCT_WITHIN
) -> list[Ranking]:
    """The ranking of the named document's passages; none where no document is named."""
    if (found := searched.within.get(kind)) is None:
        return []
    hits = PassageHits(found.hits.lexical[:depth], found.hits.vector[:depth])
    return [rank(found.rest, hits)]


def _by_both(rest: str, hits: PassageHits) -> Ranking:
    return rank_within(rest, hits.lexical, hits.vector)


def _by_words(rest: str, hits: PassageHits) -> Ranking:
    return rank_within(rest, (*hits.lexical, *hits.vector), ())


def _by_scores(rest: str, hits: PassageHits) -> Ranking:
    weights = FusionWeights(lexical=0.5, vector=0.5, coverage=0.0, document=0.0)
    return fuse(rest, hits.lexical, hits.vector, depth=DEPTH, weights=weights)


def _columns(searched: Searched, name: str) -> Ranking:
    return _fused(searched, lexical=searched.columns[name])


def _cosine_shares(searched: Searched) -> Ranking:
    lexical, vector = searched.legs
    if not vector:
        return _fused(searched)
    seen = {key_of(passage) for passage in vector}
    beyond = [replace(p, score=vector[-1].score) for p in lexical if key_of(p) not in seen]
    # The scale begins at the last hit's score; of a passage that comes again, the first counts.
    return _fused(searched, vector=[*vector, *beyond, replace(vector[0], score=0.0)], depth=DEPTH)


def _lifted(searched: Searched, lift: Mapping[Key, float], weight: float) -> Ranking:
    ranking = _fused(searched)
    scores = {key_of(p): p.score + weight * lift.get(key_of(p), 0.0) for p in ranking}
    return sorted(ranking, key=lambda p: -scores[key_of(p)])


def _closeness(searched: Searched) -> dict[Key, float]:
    """The share of the question's pairs of neighbouring words that stand within three words."""
    asked = content_words(searched.question.text)
    pairs = {pair for pair in pairwise(asked) if pair[0] != pair[1]}
    found = {}
    for passage in {key_of(p): p for leg in searched.legs for p in leg}.values():
        said = content_words(passage.chunk.embedded_text)
        close = {(a, b) for gap in (1, 2, 3) for a, b in zip(said, said[gap:], strict=False)}
        found[key_of(passage)] = len(pairs & close) / len(pairs) if pairs else 0.0
    return found


def _beside_good_ones(searched: Searched) -> Ranking:
    scores = {key_of(p): p.score for p in _fused(searched)}
    beside = {
        (document, ordinal): max(
            scores.get((document, ordinal - 1), 0.0), scores.get((document, ordinal + 1), 0.0)
        )
        for document, ordinal in scores
    }
    return _lifted(searched, beside, 0.1)


def _with_neighbours(searched: Searched) -> Ranking:
    ranking = _fused(searched)
    if not ranking:
        return ranking
    best = ranking[0]
    beside = [
        p
        for p in ranking[1:]
        if p.document == best.document
        and p.chunk.heading_path == best.chunk.heading_path
        and abs(p.chunk.ordinal - best.chunk.ordinal) == 1
    ]
    return [best, *beside, *(p for p in ranking[1:] if p not in beside)]


def _by_agreement(searched: Searched) -> Ranking:
    """The more of the first ten both legs agree on, the more the meaning counts."""
    first = [{key_of(p) for p in leg[:10]} for leg in searched.legs]
    agreed = len(first[0] & first[1]) / 10
    lexical = 0.75 - 0.25 * agreed
    weights = replace(DEFAULT_WEIGHTS, lexical=lexical, vector=1 - lexical)
    return _fused(searched, weights=weights)


def _capped(searched: Searched, most: int) -> Ranking:
    taken: Counter[str] = Counter()
    first: Ranking = []
    rest: Ranking = []
    for passage in _fused(searched):
        taken[passage.document] += 1
        (first if taken[passage.document] <= most else rest).append(passage)
    return [*first, *rest]


def _nearer(searched: Searched) -> Ranking:
    return _fused(searched, vector=searched.nearer)


def _wider(searched: Searched) -> Ranking:
    return _fused(searched, lexical=searched.wider)
