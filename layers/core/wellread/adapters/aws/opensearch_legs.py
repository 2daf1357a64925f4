"""The two legs of a search: by words and by vector, as queries and back to passages."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import ascii_lowercase

from wellread.adapters.aws.opensearch_chunks import SHOWN, cosine_of, passage_of
from wellread.adapters.aws.opensearch_requests import Json, Query
from wellread.domain.ask.searching.spelling import (
    MOST_SPELT,
    SHORTEST_OF_COMPOUND,
    folded,
    halves,
    one_slip_away,
    possible_parts,
)
from wellread.domain.ask.searching.wording import cut
from wellread.domain.knowledge.documents import Passage, best_first
from wellread.domain.text.words import stem
from wellread.ports.index import PassageHits, PassageQuery
from wellread.wire.question_terms import question_pairs, question_phrases, question_words

_LARGEST_RESULT = 10_000
"""OpenSearch gives no more hits of a search, and takes no larger k."""
_NEIGHBOURS = 200
"""So many neighbours are looked for at least, as the search is approximate.

Measured on 6,917 chunks (lucene): of the 50 nearest it finds 96.6 % with k = 50, 99.6 % with 200.
"""

_MOST_CLAUSES = 1000
"""OpenSearch takes 1,024 in a query, and all that a word may have been meant for is hundreds."""
_LONG = 10
"""Compounds have so many letters."""

_WORDS = "words"
_VECTOR = "vector"


def legs_of(query: PassageQuery, permitted: Query, *, places: bool) -> dict[str, Query]:
    """The searches that a query needs, by leg.

    Args:
        query: With a limit above 0.
        permitted: What every hit must match.
        places: Whether the index can look for phrases.
    """
    limit = min(query.limit, _LARGEST_RESULT)
    legs: dict[str, Query] = {}
    if words := question_words(query.text):
        asked = (*words, *question_phrases(query.text))
        legs[_WORDS] = _words_leg(asked, permitted, limit, places=places)
    if query.vector is not None:
        legs[_VECTOR] = _vector_leg(query.vector, permitted, limit)
    return legs


def hits_of(legs: Iterable[str], answers: Iterable[Json]) -> PassageHits:
    """The answers to the legs' searches, in their order."""
    hits: Mapping[str, Sequence[Json]] = {
        leg: answer["hits"]["hits"] for leg, answer in zip(legs, answers, strict=True)
    }
    return PassageHits(
        lexical=_best_of(
            passage_of(hit["_source"], hit["_score"], None) for hit in hits.get(_WORDS, ())
        ),
        vector=_best_of(
            passage_of(hit["_source"], cosine, cosine)
            for hit in hits.get(_VECTOR, ())
            for cosine in (cosine_of(hit["_score"]),)
        ),
    )


def otherwise(
    query: PassageQuery, permitted: Query, hits: PassageHits, *, places: bool
) -> dict[str, Query]:
    """The lexical leg once more where a word of the question is in none of its hits.

    The word may be mistyped, written in one or in two, or a compound. All that it may have been
    meant for is looked for; what the index does not hold changes nothing.
    """
    held = {word for hit in hits.lexical for word in cut(hit.chunk.embedded_text)}
    stems = {stem(word) for word in held}
    words = question_words(query.text)
    missing = [word for word in words if word not in held and stem(word) not in stems]
    spelt = missing[:MOST_SPELT]
    asked = dict.fromkeys((*words, *question_phrases(query.text)))
    known = len(asked)
    for one, pair in question_pairs(query.text).items():
        if not set(missing).isdisjoint(pair.split()):
            asked[one] = None
    room = _MOST_CLAUSES - json.dumps(permitted).count("{")
    for word in spelt:
        if len(asked) >= room:
            break
        meant = dict.fromkeys(_meant(word))
        if len(asked) + len(meant) <= room:
            asked |= meant
    if len(asked) == known:
        return {}
    limit = min(query.limit, _LARGEST_RESULT)
    leg = _words_leg(tuple(asked), permitted, limit, places=places)
    leg["query"]["bool"]["should"] += [
        {"prefix": {"words": {"value": folded(word)}}}
        for word in spelt
        if len(word) >= SHORTEST_OF_COMPOUND and word.isalpha()
    ]
    return {_WORDS: leg}


def _meant(word: str) -> Iterator[str]:
    if word.isdigit():
        yield from (letter + word for letter in ascii_lowercase)
    elif word.isalpha():
        yield from halves(word)
        yield from sorted(one_slip_away(word))
        if len(word) >= _LONG:
            yield from sorted(possible_parts(word))


def _words_leg(asked: Sequence[str], permitted: Query, limit: int, *, places: bool) -> Query:
    words = " ".join(each for each in asked if " " not in each)
    any_of: list[Query] = [{"match": {"words": {"query": words, "operator": "or"}}}]
    if places:
        any_of += [{"match_phrase": {"words": each}} for each in asked if " " in each]
    return {
        "size": limit,
        "_source": SHOWN,
        "query": {
            "bool": {"should": any_of, "minimum_should_match": 1, "filter": [permitted]},
        },
    }


def _vector_leg(vector: Sequence[float], permitted: Query, limit: int) -> Query:
    neighbours = min(max(limit, _NEIGHBOURS), _LARGEST_RESULT)
    knn = {"vector": [_number(x) for x in vector], "k": neighbours, "filter": permitted}
    return {"size": limit, "_source": SHOWN, "query": {"knn": {"vec": knn}}}


def _number(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0


def _best_of(passages: Iterable[Passage]) -> tuple[Passage, ...]:
    """The passages best first, one a chunk; ties go by what the chunk is, as everywhere."""
    found: dict[tuple[str, str, int], Passage] = {}
    for passage in sorted(passages, key=best_first):
        found.setdefault((passage.document, passage.write, passage.chunk.ordinal), passage)
    return tuple(found.values())
