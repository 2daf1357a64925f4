"""What every passage index does that can say which documents it holds (`Inventoried`)."""

from __future__ import annotations

import pytest

from tests.contract.index.indexed_pieces import MODEL, piece
from wellread.ports.index import IndexedDocument, Inventoried

NAMES = ["b.md", "a/ü.md", "a/u.md", "Z.md", "a.md", "ａ.md", "𝕒.md"]


def test_it_says_that_it_can(index):
    assert isinstance(index, Inventoried)


def test_an_empty_index_holds_no_documents(index):
    assert list(index.inventory()) == []
    assert dict(index.inventory_of(["a.md"])) == {}


def test_documents_come_in_key_order_with_the_chunks_of_each_write(index):
    index.add([piece(name, ordinal=n) for name in NAMES for n in range(2)], MODEL)
    index.add([piece("b.md", build="b2", write="w2", ordinal=n) for n in range(3)], MODEL)

    inventory = index.inventory()
    assert [each.document for each in inventory] == sorted(NAMES)
    writes = {each.document: dict(each.writes) for each in inventory}
    assert writes.pop("b.md") == {"w1": 2, "w2": 3}
    assert all(each == {"w1": 2} for each in writes.values())


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_pages_give_every_document_once(index, limit):
    index.add([piece(name, write=f"w{n}") for name in NAMES for n in range(3)], MODEL)

    found, after = [], ""
    while page := index.inventory(after=after, limit=limit):
        assert len(page) <= limit
        found += page
        after = page[-1].document
    assert [each.document for each in found] == sorted(NAMES)
    assert all(dict(each.writes) == {"w0": 1, "w1": 1, "w2": 1} for each in found)


def test_only_what_is_behind_a_key_is_listed(index):
    index.add([piece(name) for name in ("a", "ab", "b")], MODEL)

    assert [each.document for each in index.inventory(after="a")] == ["ab", "b"]
    assert [each.document for each in index.inventory(after="aa")] == ["ab", "b"]
    assert [each.document for each in index.inventory(after="b")] == []


def test_what_was_deleted_is_not_listed(index):
    index.add([piece("a.md"), piece("b.md")], MODEL)
    index.delete("a.md", frozenset({"b1"}))

    assert [each.document for each in index.inventory()] == ["b.md"]


def test_single_documents_are_looked_up(index):
    index.add([piece("a.md", ordinal=n) for n in range(4)], MODEL)
    index.add([piece("b.md")], MODEL)

    assert dict(index.inventory_of(["a.md", "c.md"])) == {
        "a.md": IndexedDocument("a.md", {"w1": 4})
    }


def test_changed_readers_leave_the_count_of_chunks(index):
    index.add([piece("a.md", ordinal=n) for n in range(4)], MODEL)
    index.update_access("a.md", frozenset({"hr"}), own=frozenset({"hr"}))

    assert dict(index.inventory_of(["a.md"])["a.md"].writes) == {"w1": 4}
