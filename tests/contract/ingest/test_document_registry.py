"""What every document registry does, and every record counter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from wellread.domain.access.scope import both
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.ingest.records import Build, DocumentRecord, DocumentStatus, Failure
from wellread.domain.knowledge.errors import ConflictError, FailureCode


def record(document="notes.md", status=DocumentStatus.RECEIVED, **fields):
    defaults = {
        "revision": "v1",
        "audiences": frozenset({"everyone"}),
        "received_at": 1.5,
        "updated_at": 2.5,
    }
    return DocumentRecord(document=document, status=status, **(defaults | fields))


FULL = record(
    status=DocumentStatus.FAILED,
    audiences=frozenset({"hr", "böard \ud800\udc00"}),
    active=Build("b1", "v1", "A \0 title\ud800", 2, 7, 3, 1, (2,), "T", {0: "w0", 1: "w1"}, "r1"),
    pending=Build("b2", "v2", "", 3, 9, recipe="r2", tried="r3", text="v2~2"),
    failure=Failure(FailureCode.NO_TEXT, "why", "how", "r2"),
    sidecar=SidecarMetadata("t", "https://example.com", frozenset({"hr"}), "en"),
    searchable_since=3.25,
    activated_at=4.125,
)


def test_a_record_comes_back_as_it_was_put(registry):
    written = registry.put(FULL)

    assert registry.get("notes.md") == written
    assert replace(written, generation=0) == FULL


def test_an_unknown_document_has_no_record(registry):
    registry.put(record())

    assert registry.get("NOTES.md") is None
    assert registry.get("") is None


def test_a_first_write_fails_where_there_is_a_record_already(registry):
    first = registry.put(record())

    with pytest.raises(ConflictError):
        registry.put(record(received_at=9.0))
    assert registry.get("notes.md") == first


def test_a_write_over_another_generation_fails_and_changes_nothing(registry):
    first = registry.put(record())
    second = registry.put(replace(first, updated_at=3.0))

    with pytest.raises(ConflictError):
        registry.put(replace(first, updated_at=4.0))
    assert second.generation > first.generation
    assert registry.get("notes.md") == second


def test_of_many_writers_over_one_generation_one_wins(registry):
    first = registry.put(record())

    def write(number):
        try:
            return registry.put(replace(first, updated_at=float(number)))
        except ConflictError:
            return None

    with ThreadPoolExecutor(8) as threads:
        winners = [w for w in threads.map(write, range(24)) if w is not None]
    assert len(winners) == 1
    assert registry.get("notes.md") == winners[0]


def test_writers_that_read_again_after_a_conflict_lose_no_update(registry):
    registry.put(record(received_at=0.0))

    def count_up(_):
        while True:
            read = registry.get("notes.md")
            try:
                return registry.put(replace(read, received_at=read.received_at + 1))
            except ConflictError:
                continue

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count_up, range(40)))
    assert registry.get("notes.md").received_at == 40.0


def test_a_removed_record_is_gone(registry):
    written = registry.put(record())
    registry.remove(written)

    assert registry.get("notes.md") is None
    assert registry.put(record()).generation > 0


def test_a_record_that_changed_is_not_removed(registry):
    first = registry.put(record())
    second = registry.put(replace(first, updated_at=3.0))

    with pytest.raises(ConflictError):
        registry.remove(first)
    assert registry.get("notes.md") == second


def test_a_generation_of_a_removed_record_fits_no_later_record(registry):
    old = registry.put(record())
    registry.remove(old)
    registry.put(record(received_at=7.0))

    with pytest.raises(ConflictError):
        registry.put(replace(old, updated_at=3.0))


def test_get_many_returns_only_what_there_is(registry):
    kept = [registry.put(record(name)) for name in ("a", "b", "ü/c d.md")]

    found = registry.get_many(["a", "nope", "ü/c d.md", "a"])
    assert found == {"a": kept[0], "ü/c d.md": kept[2]}
    assert registry.get_many([]) == {}


def test_records_are_listed_in_key_order_page_by_page(registry):
    names = ["b/1", "a", "b", "B", "ä", "a/z", "a.txt", "日本"]
    for name in names:
        registry.put(record(name))

    listed, after = [], ""
    while page := registry.list(after=after, limit=3):
        assert len(page) <= 3
        listed += [r.document for r in page]
        after = page[-1].document
    assert listed == sorted(names)


def test_a_listing_can_be_limited_to_a_status(registry):
    registry.put(record("a", DocumentStatus.FAILED))
    registry.put(record("b", DocumentStatus.INDEXED))
    registry.put(record("c", DocumentStatus.FAILED))

    assert [r.document for r in registry.list(status=DocumentStatus.FAILED)] == ["a", "c"]
    assert registry.list(status=DocumentStatus.PROCESSING) == []


def test_tombstones_are_listed_and_counted_apart(registry):
    registry.put(record("a"))
    registry.put(record("b", deleted=True, revision=None))

    assert [r.document for r in registry.list()] == ["a"]
    assert [r.document for r in registry.list(deleted=True)] == ["b"]
    assert registry.get("b").deleted
    assert sum(registry.counts().values()) == 1


def decided(*audience):
    """What a record is where its sidecar says who may read the document."""
    names = frozenset(audience)
    return {
        "audiences": both(frozenset({"everyone"}), names),
        "sidecar": SidecarMetadata(audience=names),
    }


def test_counts_tell_statuses_and_audiences_apart(registry):
    registry.put(record("a", **decided("hr", "it")))
    registry.put(record("b", **decided("it", "hr")))
    registry.put(
        record("c", audiences=frozenset(), sidecar=SidecarMetadata(error="It is not JSON."))
    )
    moved = registry.put(record("d"))
    registry.put(replace(moved, status=DocumentStatus.INDEXED))

    assert registry.counts() == {
        (DocumentStatus.RECEIVED, decided("hr", "it")["audiences"]): 2,
        (DocumentStatus.RECEIVED, frozenset()): 1,
        (DocumentStatus.INDEXED, frozenset({"everyone"})): 1,
    }
