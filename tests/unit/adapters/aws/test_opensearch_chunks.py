"""Chunks as documents of an OpenSearch index, and back."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wellread.adapters.aws.opensearch_chunks import (
    Readers,
    bulk_lines,
    copy_lines,
    cosine_of,
    delete_line,
    index_body,
    passage_of,
    searched_words,
)
from wellread.domain.knowledge.documents import Chunk, IndexedChunk, Passage
from wellread.wire.question_terms import question_words


def indexed(chunk=None, **fields):
    given_fields = {
        "document": "a/b.md",
        "revision": "v1",
        "build": "b1",
        "write": "w1",
        "audiences": frozenset({"hr", "everyone"}),
        "own": frozenset({"hr", "everyone"}),
        "vector": (0.6, 0.8),
    } | fields
    return IndexedChunk(
        chunk=chunk or Chunk(3, 10, 14, "text", "Title", ("A", "B"), 7), **given_fields
    )


def source_of(each):
    action, source, rest = bulk_lines(each, 1_800_000_000_123).split(b"\n")
    assert (json.loads(action), rest) == ({"index": {}}, b"")
    return json.loads(source)


# Anything that comes out of damaged files: lone surrogates, controls, NUL.
texts = st.text(
    st.characters(codec=None) | st.sampled_from("\ud800\udcff\0\n\u2028ﬁé"), max_size=20
)


@given(texts, texts, st.lists(texts, max_size=3), texts, st.none() | st.integers(1, 9))
def test_every_chunk_comes_back_as_it_was(text, title, path, document, page):
    chunk = Chunk(0, 0, len(text), text, title, tuple(path), page)
    source = source_of(indexed(chunk, document=document))

    assert passage_of(source, 0.5, None) == Passage(document, "v1", "w1", chunk, 0.5)


def test_only_what_json_cannot_hold_is_kept_a_second_time():
    assert "exact" not in source_of(indexed(Chunk(0, 0, 1, "\0 \u2028 ü 𝕒", "T", ("x > y",))))
    assert "exact" in source_of(indexed(Chunk(0, 0, 1, "half a pair \ud83d", "T")))


def test_a_chunk_document_holds_what_queries_look_at():
    source = source_of(indexed(document="cafe\u0301/a.md"))

    assert source["key"] == "caf\u00e9/a.md"
    assert source["document"] == "cafe\u0301/a.md"
    assert (source["acl"], source["by_rule"]) == (["everyone", "hr"], False)
    assert source["words"] == "Title A B text"
    assert source["added_at"] == 1_800_000_000_123
    assert source["vec"] == [0.6, 0.8]
    assert "_id" not in source
    assert source.keys() <= index_body("faiss")["mappings"]["properties"].keys() | {"vec"}


def test_a_chunk_without_a_vector_or_page_names_neither():
    source = source_of(indexed(Chunk(0, 0, 1, "x", ""), vector=None))

    assert "vec" not in source
    assert "page" not in source


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=8))
def test_vectors_keep_single_precision(vector):
    stored = source_of(indexed(vector=tuple(vector)))["vec"]

    assert stored == pytest.approx(vector, rel=1e-7, abs=1e-37)


def test_numbers_that_are_none_become_zero():
    stored = source_of(indexed(vector=(math.nan, math.inf, -math.inf, 0.5)))["vec"]

    assert stored == [0.0, 0.0, 0.0, 0.5]


@given(texts)
def test_the_words_of_a_text_are_split_as_those_of_a_question(text):
    held = {word.lower() for word in searched_words(text).split()}

    assert set(question_words(text)) <= held


def test_words_joined_by_signs_are_found_by_themselves():
    assert searched_words("s3_bucket.name isn't co-ordinated: con\ufb01g") == (
        "s3 bucket name isn t co ordinated config"
    )


def test_where_rules_decide_the_readers_are_the_same_whatever_the_rules_say():
    by_rule, by_sidecar = indexed(own=None), indexed(own=frozenset({"it"}))

    for each in (by_rule, by_sidecar):
        changed = replace(each, audiences=frozenset({"board"}))
        assert source_of(changed) == source_of(each)
    assert source_of(by_rule)["acl"] == []
    assert Readers.of(None).digest != Readers.of(frozenset()).digest
    assert Readers.of(frozenset({"a"})).digest != Readers.of(frozenset({"b"})).digest


def test_a_copy_differs_in_its_readers_only():
    source = source_of(indexed())
    lines = copy_lines(source, Readers.of(frozenset({"it"})), 9).split(b"\n")
    copy = json.loads(lines[1])

    changed = {name for name in copy if copy[name] != source.get(name)}
    assert changed == {"acl", "readers", "copied_at"}
    assert json.loads(copy_lines(source, None, 9).split(b"\n")[1]) == source | {"copied_at": 9}


def test_a_deletion_names_the_servers_id():
    assert json.loads(delete_line("xyz")) == {"delete": {"_id": "xyz"}}


@given(st.floats(-1, 1))
def test_a_cosine_is_found_again_in_the_score_that_was_made_of_it(cosine):
    score = cosine + 1 if cosine >= 0 else 1 / (1 - cosine)

    assert cosine_of(score) == pytest.approx(cosine, abs=1e-9)
