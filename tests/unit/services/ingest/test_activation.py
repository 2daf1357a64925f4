"""A build becomes the active one once the index shows all of it."""

from __future__ import annotations

import pytest

from tests.unit.services.ingest.workshop import Workshop
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId

THIRTY = "Everyone has thirty days of leave a year.\n"
FORTY = "Everyone has forty days of leave a year.\n"


def test_a_build_that_the_index_does_not_show_yet_is_looked_at_again(workshop: Workshop) -> None:
    workshop.drop("a.txt", THIRTY)
    workshop.work()

    assert workshop.record("a.txt").status is DocumentStatus.PROCESSING
    assert 0 < sum(workshop.slept) <= 5.0
    assert workshop.receipts.told == []

    workshop.index.settle()
    workshop.clock.now += 5.0
    workshop.work()
    assert workshop.record("a.txt").status is DocumentStatus.INDEXED
    assert [receipt.status for receipt in workshop.receipts.told] == ["indexed"]


def test_only_the_worker_that_completes_a_build_waits_for_the_index(workshop: Workshop) -> None:
    workshop.drop("a.txt", THIRTY)
    workshop.work()
    waited = sum(workshop.slept)
    for _ in range(12):
        workshop.clock.now += 5.0
        workshop.work()

    assert sum(workshop.slept) == waited
    workshop.index.settle()
    workshop.clock.now += 5.0
    workshop.work()
    assert workshop.record("a.txt").status is DocumentStatus.INDEXED


def test_the_old_revision_stays_until_the_new_one_is_shown(workshop: Workshop) -> None:
    workshop.index.lags = False
    workshop.drop("a.txt", THIRTY)
    workshop.work()
    first = workshop.record("a.txt").active
    workshop.index.lags = True
    workshop.drop("a.txt", FORTY)
    workshop.work()

    assert workshop.record("a.txt").active == first
    workshop.index.settle()
    workshop.clock.now += 5.0
    workshop.work()
    assert workshop.record("a.txt").active != first


def test_a_build_that_shows_while_it_is_waited_for_needs_no_other_delivery(
    workshop: Workshop,
) -> None:
    workshop.sleeping = lambda _: workshop.index.settle()
    workshop.drop("a.txt", THIRTY)
    workshop.work()

    assert workshop.record("a.txt").status is DocumentStatus.INDEXED
    assert workshop.chunks.depth() == 0


def test_a_build_that_the_index_lost_is_built_again_after_a_while(workshop: Workshop) -> None:
    workshop.drop("a.txt", THIRTY)
    workshop.work()
    lost = workshop.record("a.txt").pending
    workshop.index.lose()
    workshop.index.lags = False
    for _ in range(70):
        workshop.clock.now += 5.0
        workshop.work()

    record = workshop.record("a.txt")
    assert record.status is DocumentStatus.INDEXED
    assert lost is not None
    assert record.active is not None
    assert record.active.build != lost.build


def test_an_index_that_never_shows_anything_ends_the_document_as_failed(
    workshop: Workshop,
) -> None:
    workshop.drop("a.txt", THIRTY)
    for _ in range(60):
        workshop.work()
        workshop.index.lose()
        workshop.clock.now += 100.0

    record = workshop.record("a.txt")
    assert record.failure is not None
    assert record.failure.code == "internal"
    assert workshop.chunks.depth() == 0


def test_what_was_superseded_before_it_showed_is_swept(workshop: Workshop) -> None:
    workshop.drop("a.txt", THIRTY)
    workshop.work()
    workshop.index.lags = False
    workshop.drop("a.txt", FORTY)
    workshop.work()
    workshop.index.settle()  # the first build's chunks show only now
    assert len(workshop.index.rows) == 2

    workshop.clock.now += workshop.index.lag_seconds
    workshop.work()
    (row,) = workshop.index.rows
    assert "forty" in row.chunk.chunk.text


def test_what_is_removed_before_it_shows_is_swept(workshop: Workshop) -> None:
    workshop.drop("a.txt", THIRTY)
    workshop.work()
    workshop.delete("a.txt")
    workshop.work()
    workshop.index.settle()
    workshop.clock.now += workshop.index.lag_seconds
    workshop.work()

    assert workshop.index.rows == []


def test_a_write_that_does_not_count_is_swept_once_nobody_can_count_it(
    workshop: Workshop,
) -> None:
    workshop.index.lags = False
    workshop.drop("a.txt", THIRTY)
    workshop.work()
    (row,) = workshop.index.rows
    active = workshop.record("a.txt").active
    assert active is not None
    # A bulk that timed out, was applied all the same, and was written again under another token.
    twin = row.chunk.__class__(
        **{name: getattr(row.chunk, name) for name in row.chunk.__dataclass_fields__}
        | {"write": f"{active.build}.0.elsewhere"}
    )
    workshop.index.add([twin], None)
    workshop.sweeping.sweep_document(DocumentId("a.txt"))
    assert len(workshop.index.rows) == 2

    workshop.clock.now += 901.0
    workshop.work()
    workshop.clock.now += 901.0
    workshop.work()
    assert [row.chunk.write for row in workshop.index.rows] == list(active.writes.values())
    assert workshop.changes.depth() == 0


def test_a_complete_build_is_taken_up_by_one_message_however_many_batches_it_has(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wellread.services.ingest.staging.BATCH_CHUNKS", 1)
    workshop.drop("a.txt", "\n\n".join(f"{THIRTY * 15} {n}" for n in range(6)))
    workshop.work()
    pending = workshop.record("a.txt").pending
    assert pending is not None
    assert pending.complete
    assert pending.batches > 3
    before = workshop.chunks.depth()
    workshop.ports.changes.put(["a.txt"])
    workshop.chunk_next()

    assert workshop.chunks.depth() == before + 1
