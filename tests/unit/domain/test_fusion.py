from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.documents import Chunk, DocumentId, Passage, RevisionId
from wellread.domain.fusion import RANK_CONSTANT, fuse


def hit(
    name: str,
    *,
    score: float = 1.0,
    cosine: float | None = None,
    ordinal: int = 0,
    write: str = "w",
) -> Passage:
    chunk = Chunk(ordinal, 0, len(name), name, title=name)
    return Passage(DocumentId(name), RevisionId("1"), write, chunk, score, cosine)


def names(passages: list[Passage]) -> list[str]:
    return [str(passage.document) for passage in passages]


def test_a_passage_high_in_both_lists_beats_the_first_of_one():
    lexical = [hit("only-words"), hit("both")]
    vector = [hit("only-meaning", cosine=0.9), hit("both", cosine=0.8)]
    assert names(fuse([lexical, vector]))[0] == "both"


def test_scores_are_sums_of_reciprocal_ranks():
    [fused] = fuse([[hit("a", score=17.0)], [hit("a", score=0.3)]])
    assert fused.score == pytest.approx(2 / (RANK_CONSTANT + 1))


def test_the_cosine_of_the_vector_leg_is_kept():
    fused = fuse([[hit("a"), hit("b")], [hit("a", cosine=0.7)]])
    assert {str(p.document): p.cosine for p in fused} == {"a": 0.7, "b": None}


def test_chunks_of_one_document_and_writes_of_one_chunk_are_told_apart():
    fused = fuse([[hit("a"), hit("a", ordinal=1), hit("a", write="other")]])
    assert len(fused) == 3


def test_a_passage_listed_twice_in_one_list_counts_once_at_its_best_rank():
    [fused] = fuse([[hit("a"), hit("a")]])
    assert fused.score == pytest.approx(1 / (RANK_CONSTANT + 1))


def test_a_list_of_weight_zero_does_not_move_the_order():
    fused = fuse([[hit("a"), hit("b")], [hit("b"), hit("a")]], weights=[1.0, 0.0])
    assert names(fused) == ["a", "b"]


def test_weights_must_be_as_many_as_lists():
    with pytest.raises(ValueError, match="zip"):
        fuse([[hit("a")]], weights=[1.0, 1.0])


def test_no_hits_give_no_passages():
    assert fuse([[], []]) == []


LISTS = st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), max_size=3)


@given(LISTS)
def test_every_hit_comes_out_once_in_falling_order(lists: list[list[str]]):
    fused = fuse([[hit(name) for name in ranked] for ranked in lists])
    assert sorted(names(fused)) == sorted({name for ranked in lists for name in ranked})
    scores = [passage.score for passage in fused]
    assert scores == sorted(scores, reverse=True)


@given(LISTS)
def test_the_order_of_the_lists_does_not_matter(lists: list[list[str]]):
    def order(ranked: list[list[str]]) -> dict[str, float]:
        fused = fuse([[hit(name) for name in one] for one in ranked])
        return {str(passage.document): round(passage.score, 12) for passage in fused}

    assert order(lists) == order(lists[::-1])
