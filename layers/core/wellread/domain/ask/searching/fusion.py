"""One ranking out of what the two legs of a search found.

Works on the hits alone, so that it is the same in front of every index.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wellread.domain.ask.searching.held_words import names_in, read_beside
from wellread.domain.knowledge.documents import DocumentId, Passage

NAME_WEIGHT = 3.0
"""How much more than another word a name counts in a question: it says which thing is meant."""

SECOND_BEST = 0.5
"""How much a document's second passage adds to the evidence of its best one. Any further one would
favour long documents."""

PassageKey = tuple[str, str, int]
"""Document, revision and ordinal of a passage."""


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """How much each kind of evidence counts; docs/retrieval.md says what each of them gains.

    Attributes:
        lexical: BM25, as a share of the best hit's.
        vector: The cosine, on a scale from the last hit's to the best one's, because embedders
            differ in what they give to unrelated texts.
        coverage: The share of the question's words that a passage holds. BM25 alone would rather
            have one of them many times.
        document: What the best passages of the same document score. A document that speaks of the
            question twice is more likely to be the one that is meant.
        preferred: That a passage's document is one of those that the thread is about.
    """

    lexical: float = 0.65
    vector: float = 0.35
    coverage: float = 0.4
    document: float = 0.3
    preferred: float = 0.2


DEFAULT_WEIGHTS = FusionWeights()


def fuse(
    question: str,
    lexical: Sequence[Passage],
    vector: Sequence[Passage],
    *,
    depth: int,
    weights: FusionWeights = DEFAULT_WEIGHTS,
    preferred: frozenset[DocumentId] = frozenset(),
) -> list[Passage]:
    """Rank all passages that either leg found.

    Args:
        question: What was searched for.
        lexical: Scored by BM25, best first.
        vector: Scored by cosine, best first.
        depth: Hits that a leg was asked for: one with fewer gave all it had.
        weights: See `FusionWeights`.
        preferred: Documents that come first where others fit as well.

    Returns:
        Every passage once, best first, with its fused score and the cosine where one is known.
    """
    passages: dict[PassageKey, Passage] = {}
    for passage in (*vector, *lexical):
        passages.setdefault(key_of(passage), passage)
    by_words = shares(lexical, floor=0.0)
    by_meaning = shares(vector, floor=vector[-1].score if vector else 0.0)
    # What a leg did not return scores at most as its last hit.
    unmatched = min(by_words.values(), default=0.0) if len(lexical) >= depth else 0.0
    covered = coverage(question, list(passages.values()))
    scores = {
        key: weights.lexical * by_words.get(key, unmatched)
        + weights.vector * by_meaning.get(key, 0.0)
        + weights.coverage * share
        for key, share in zip(passages, covered, strict=True)
    }
    of_document = _document_evidence(passages, scores)
    for key, passage in passages.items():
        scores[key] += weights.document * of_document[passage.document]
        scores[key] += weights.preferred * (passage.document in preferred)
    # The key breaks ties, so that equal input gives equal output on every host.
    order = sorted(passages, key=lambda key: (-scores[key], key))
    return [replace(passages[key], score=scores[key]) for key in order]


def merge(rankings: Sequence[Sequence[Passage]]) -> list[Passage]:
    """One ranking out of those for several wordings of a question.

    What a wording did not find counts as nothing there: one that finds nothing fitting takes little
    from what another found.
    """
    scores: dict[PassageKey, float] = defaultdict(float)
    passages: dict[PassageKey, Passage] = {}
    for passage in (passage for ranking in rankings for passage in ranking):
        scores[key_of(passage)] += passage.score
        passages.setdefault(key_of(passage), passage)
    order = sorted(passages, key=lambda key: (-scores[key], key))
    return [replace(passages[key], score=scores[key]) for key in order]


def coverage(question: str, passages: Sequence[Passage]) -> list[float]:
    """The share of the question's words that each passage holds, from 0 to 1.

    Title, headings and the document's own name count as the passage's. A word counts the more the
    fewer of these passages hold it, and a name counts `NAME_WEIGHT` times. What holds a word is for
    `Wording` to say.
    """
    asked, held = read_beside(question, passages)
    names = names_in(question)
    weights = {
        each.word: (NAME_WEIGHT if each.whole or each.word in names else 1.0)
        * math.log(1 + (len(held) + 1) / (sum(each.word in shares for shares in held) + 0.5))
        for each in asked
    }
    everything = sum(weights.values()) or 1.0
    return [
        sum(weights[word] * share for word, share in shares.items()) / everything for shares in held
    ]


def key_of(passage: Passage) -> PassageKey:
    """What tells passages apart."""
    return (passage.document, passage.revision, passage.chunk.ordinal)


def shares(leg: Sequence[Passage], *, floor: float) -> dict[PassageKey, float]:
    """Scores on a scale from 0 at the floor to 1 at the best hit."""
    shares: dict[PassageKey, float] = {}
    for passage in leg:
        span = leg[0].score - floor
        shares.setdefault(key_of(passage), (passage.score - floor) / span if span > 0 else 1.0)
    return shares


def _document_evidence(
    passages: Mapping[PassageKey, Passage], scores: Mapping[PassageKey, float]
) -> dict[DocumentId, float]:
    found: dict[DocumentId, list[float]] = defaultdict(list)
    for key, passage in passages.items():
        found[passage.document].append(scores[key])
    best = {document: sorted(each, reverse=True) for document, each in found.items()}
    return {
        document: each[0] + SECOND_BEST * (each[1] if len(each) > 1 else 0.0)
        for document, each in best.items()
    }
