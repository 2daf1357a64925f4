"""What every passage index does that can be moved to another embedder."""

from __future__ import annotations

import pytest

from tests.contract.index.indexed_pieces import (
    ALL,
    MODEL,
    direction,
    documents,
    found,
    piece,
    query,
)
from wellread.domain.knowledge.errors import ModelMismatchError


@pytest.fixture
def index(reembeddable_index):
    return reembeddable_index


def test_old_vectors_answer_until_every_chunk_has_a_new_one(index):
    index.add([piece("a.md", degrees=0), piece("b.md", degrees=90)], MODEL)
    lacking = dict(index.lacking("new@1", 10))
    assert sorted(lacking.values()) == ["plain words", "plain words"]

    first, second = sorted(lacking)
    index.put_vectors("new@1", {first: direction(90)})
    assert [number for number, _ in index.lacking("new@1", 10)] == [second]
    with pytest.raises(ModelMismatchError):
        index.adopt("new@1", "other")
    assert documents(index.search(query(degrees=0), ALL).vector) == ["a.md", "b.md"]

    index.put_vectors("new@1", {second: direction(0)})
    index.adopt("new@1", "other")
    assert (index.stats().model_version, index.stats().embedder) == (
        "new@1",
        "other",
    )
    hits = index.search(query(degrees=0, model="new@1"), ALL).vector
    assert documents(hits) == ["b.md", "a.md"]
    with pytest.raises(ModelMismatchError):
        index.search(query(degrees=0), ALL)


def test_a_chunk_added_amid_re_embedding_lacks_the_new_vector(index):
    index.add([piece("a.md")], MODEL)
    index.put_vectors("new@1", {number: direction(5) for number, _ in index.lacking("new@1", 9)})
    index.add([piece("b.md", "late", title="T")], MODEL)

    ((number, text),) = index.lacking("new@1", 9)
    assert text == "T\nlate"
    with pytest.raises(ModelMismatchError):
        index.adopt("new@1", "other")
    index.put_vectors("new@1", {number: direction(50)})
    index.adopt("new@1", "other")
    assert index.lacking("new@1", 9) == []


def test_vectors_of_a_chunk_deleted_meanwhile_are_left_out(index):
    index.add([piece("a.md"), piece("b.md", ordinal=1)], MODEL)
    lacking = index.lacking("new@1", 9)
    index.delete("a.md", frozenset({"b1"}))

    index.put_vectors("new@1", {number: direction(5) for number, _ in lacking})
    index.adopt("new@1", "other")
    hits = index.search(query(degrees=5, model="new@1"), ALL).vector
    assert documents(hits) == ["b.md"]


def test_a_vector_that_comes_later_makes_its_chunk_found(index):
    index.add([piece("a.md"), piece("late.md", degrees=None)], MODEL)
    assert documents(index.search(query(degrees=90), ALL).vector) == ["a.md"]

    ((number, _),) = index.lacking(MODEL, 9)
    index.put_vectors(MODEL, {number: direction(90)})
    assert documents(index.search(query(degrees=90), ALL).vector) == [
        "late.md",
        "a.md",
    ]

    index.put_vectors(MODEL, {number: direction(270)})
    assert documents(index.search(query(degrees=90), ALL).vector) == [
        "a.md",
        "late.md",
    ]


def test_a_replaced_vector_of_a_coming_model_leaves_the_answering_one(index):
    index.add([piece("a.md")], MODEL)
    found(index, degrees=0)
    ((number, _),) = index.lacking("new@1", 9)
    for degrees in (5, 6):
        index.put_vectors("new@1", {number: direction(degrees)})

    assert found(index, degrees=0) == {"a.md"}
