from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.domain.ask.searching.fusion import FusionWeights, coverage, fuse, merge
from wellread.domain.knowledge.documents import Chunk, DocumentId, Passage, RevisionId

ONLY_LEGS = FusionWeights(coverage=0.0, document=0.0)


def hit(
    name: str,
    *,
    score: float = 1.0,
    cosine: float | None = None,
    ordinal: int = 0,
    text: str = "",
    title: str = "",
    write: str = "w",
) -> Passage:
    chunk = Chunk(ordinal, 0, len(text), text, title)
    return Passage(DocumentId(name), RevisionId("1"), write, chunk, score, cosine)


def near(name: str, cosine: float, **more: int) -> Passage:
    return hit(name, score=cosine, cosine=cosine, **more)


def names(passages: list[Passage]) -> list[str]:
    return [str(passage.document) for passage in passages]


def test_a_passage_that_both_legs_found_beats_the_first_of_one():
    lexical = [hit("only-words", score=9.0), hit("both", score=8.5)]
    vector = [near("only-meaning", 0.9), near("both", 0.8), near("far", 0.2)]
    assert names(fuse("", lexical, vector, depth=50))[0] == "both"


def test_a_hit_that_stands_out_in_its_leg_beats_one_that_hardly_leads_the_other():
    lexical = [hit("clear", score=30.0), hit("other", score=10.0)]
    vector = [near("other", 0.61), near("clear", 0.6), near("far", 0.1)]
    assert names(fuse("", lexical, vector, depth=2, weights=ONLY_LEGS))[0] == "clear"


def test_the_scale_of_an_embedders_cosines_does_not_change_the_order():
    lexical = [hit("a", score=9.0), hit("b", score=7.0), hit("c", score=6.0)]
    wide = [near("c", 0.9), near("b", 0.5), near("a", 0.1)]
    narrow = [near("c", 0.84), near("b", 0.82), near("a", 0.80)]
    orders = [names(fuse("", lexical, leg, depth=50, weights=ONLY_LEGS)) for leg in (wide, narrow)]
    assert orders[0] == orders[1]


def test_a_hit_of_a_leg_that_gave_all_it_had_outweighs_what_it_left_out():
    lexical = [hit("found", score=3.0)]
    vector = [near("left-out", 0.8), near("found", 0.75), near("far", 0.1)]
    assert names(fuse("", lexical, vector, depth=50))[0] == "found"


def test_what_lies_beyond_the_depth_of_a_leg_counts_as_its_last_hit():
    lexical = [hit("first", score=10.0), hit("last", score=9.0)]

    def score_of_the_other(depth: int) -> float:
        fused = fuse("", lexical, [near("other", 0.1)], depth=depth, weights=ONLY_LEGS)
        return next(passage.score for passage in fused if passage.document == "other")

    lead = score_of_the_other(depth=2) - score_of_the_other(depth=3)
    assert lead == pytest.approx(0.9 * ONLY_LEGS.lexical)


def test_without_vectors_the_words_decide():
    lexical = [hit("first", score=5.0), hit("second", score=4.0)]
    assert names(fuse("anything", lexical, [], depth=50)) == ["first", "second"]


def test_the_cosine_of_the_vector_leg_is_kept():
    fused = fuse("", [hit("a"), hit("b")], [near("a", 0.7)], depth=50)
    assert {str(p.document): p.cosine for p in fused} == {"a": 0.7, "b": None}


def test_chunks_of_one_document_are_told_apart_and_the_same_chunk_comes_once():
    found = fuse("", [hit("a"), hit("a", ordinal=1), hit("a", write="again")], [], depth=50)
    assert sorted(passage.chunk.ordinal for passage in found) == [0, 1]


def test_a_passage_that_holds_all_of_the_question_beats_one_that_repeats_a_word_of_it():
    lexical = [
        hit("repeats", score=10.0, text="Deposit. The deposit is a deposit."),
        hit("answers", score=9.5, text="The deposit is refunded when the tenant moves out."),
    ]
    question = "When is the deposit refunded to a tenant?"
    assert names(fuse(question, lexical, [], depth=50)) == ["answers", "repeats"]


def test_a_document_found_twice_lifts_its_passages_over_a_lone_one():
    lexical = [
        hit("alone", score=10.0),
        hit("twice", score=9.7),
        hit("twice", score=9.0, ordinal=1),
    ]
    assert names(fuse("", lexical, [], depth=50))[0] == "twice"


def test_a_long_document_gains_nothing_from_a_third_passage():
    two = [hit("a", score=10.0), hit("a", score=9.0, ordinal=1)]
    three = [*two, hit("a", score=8.0, ordinal=2)]
    scores = [fuse("", leg, [], depth=50)[0].score for leg in (two, three)]
    assert scores[0] == scores[1]


def test_words_of_the_title_and_of_the_documents_name_are_covered():
    question = "How long is the notice period at Acme?"
    passages = [
        hit("lease.pdf", text="The notice period is three months."),
        hit("lease.pdf", text="The notice period is three months.", title="Acme Lease"),
        hit("contracts/acme_lease.pdf", text="The notice period is three months."),
    ]
    unnamed, titled, filed = coverage(question, passages)
    assert unnamed < titled == filed


def test_a_name_counts_more_than_another_rare_word():
    passages = [
        hit("a", text="Splunk may audit the software."),
        hit("b", text="We may audit with written warning."),
    ]
    named, unnamed = coverage("How much warning does Splunk give?", passages)
    assert named > unnamed


def test_a_question_of_function_words_covers_nothing():
    assert coverage("What is it?", [hit("a", text="What it is.")]) == [0.0]


def test_nothing_found_is_nothing_fused():
    assert fuse("anything", [], [], depth=50) == []


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0.01, 40)), max_size=8),
    st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(-1, 1)), max_size=8),
)
def test_every_passage_comes_once_and_best_first(
    lexical: list[tuple[str, float]], vector: list[tuple[str, float]]
):
    by_words = [hit(name, score=score) for name, score in sorted(lexical, key=lambda h: -h[1])]
    by_meaning = [near(name, score) for name, score in sorted(vector, key=lambda h: -h[1])]
    fused = fuse("a question", by_words, by_meaning, depth=8)
    assert sorted(names(fused)) == sorted({name for name, _ in (*lexical, *vector)})
    scores = [passage.score for passage in fused]
    assert scores == sorted(scores, reverse=True)


def test_equal_scores_come_in_the_same_order_whatever_the_order_of_the_hits():
    hits = [hit("b"), hit("a"), hit("c")]
    assert names(fuse("", hits, [], depth=50)) == names(fuse("", hits[::-1], [], depth=50))


def test_a_preferred_document_comes_first_where_another_fits_as_well_and_not_where_it_fits_better():
    lexical = [hit("other", score=10.0), hit("mine", score=9.5), hit("far", score=2.0)]
    mine, far = frozenset({DocumentId("mine")}), frozenset({DocumentId("far")})

    assert names(fuse("", lexical, [], depth=50))[0] == "other"
    assert names(fuse("", lexical, [], depth=50, preferred=mine))[0] == "mine"
    assert names(fuse("", lexical, [], depth=50, preferred=far))[0] == "other"


def test_what_two_wordings_find_comes_before_what_one_of_them_finds_as_well():
    one = [hit("a", score=1.0), hit("both", score=0.9)]
    other = [hit("b", score=1.1), hit("both", score=0.8)]

    assert names(merge([one, other])) == ["both", "b", "a"]
    assert merge([one]) == one
    assert merge([one, []]) == one
    assert merge([]) == []
