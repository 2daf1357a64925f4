from __future__ import annotations

from collections.abc import Sequence

import pytest

from benchmarks.retrieval.searches import COLUMNS, LOOSELY, NAMED, WHOLE, Searched, Within
from benchmarks.retrieval.variants import BASELINE, FUSED, PRODUCT, Variant, key_of, variants
from wellread.domain.ask.searching.fusion import fuse
from wellread.domain.ask.searching.named_document import rank_within, take_turns
from wellread.domain.evaluation.cases import EvaluationQuestion
from wellread.domain.knowledge.documents import Chunk, DocumentId, Passage, RevisionId
from wellread.ports.index import PassageHits

QUESTION = EvaluationQuestion("1", "How long is the notice period?", gold=("lease.md",))


def passage(document: str, ordinal: int, score: float) -> Passage:
    chunk = Chunk(ordinal, 0, 0, f"The notice period, part {ordinal}.", document)
    return Passage(DocumentId(document), RevisionId("1"), "w", chunk, score)


INSIDE = (passage("lease.md", 2, 0.9), passage("lease.md", 0, 0.3))


def searched() -> Searched:
    lexical = (
        passage("lease.md", 1, 9.0),
        passage("other.md", 0, 8.0),
        passage("lease.md", 2, 5.0),
    )
    vector = (passage("other.md", 0, 0.7), passage("lease.md", 0, 0.6), passage("lease.md", 2, 0.4))
    return Searched(
        QUESTION,
        PassageHits(lexical, vector),
        columns=dict.fromkeys(COLUMNS, lexical),
        nearer=vector,
        wider=lexical,
        sentences={},
        within=dict.fromkeys((NAMED, LOOSELY, WHOLE), Within("notice", PassageHits((), INSIDE))),
    )


def one_leg(name: str) -> bool:
    return name in {"words only", "meaning only"}


@pytest.mark.parametrize("variant", variants(), ids=lambda variant: variant.name)
def test_every_variant_ranks_what_was_found_once(variant: Variant):
    ranked = [key_of(p) for p in variant.rank(searched())]
    assert len(set(ranked)) == len(ranked) == (3 if one_leg(variant.name) else 4)


def test_the_variant_called_as_shipped_is_what_retrieval_does():
    hits = searched().hits
    fused = fuse(QUESTION.text, hits.lexical, hits.vector, depth=50)
    assert ranking_of(FUSED) == [key_of(p) for p in fused]
    shipped = take_turns(rank_within("notice", (), INSIDE), fused)
    assert ranking_of(PRODUCT) == [key_of(p) for p in shipped] != ranking_of(FUSED)


def test_the_baseline_looks_at_ranks_only():
    first, *_, last = ranking_of(BASELINE)
    assert first == ("other.md", 0)
    assert last == ("lease.md", 0)


def ranking_of(name: str) -> Sequence[tuple[str, int]]:
    [variant] = [variant for variant in variants() if variant.name == name]
    return [key_of(p) for p in variant.rank(searched())]
