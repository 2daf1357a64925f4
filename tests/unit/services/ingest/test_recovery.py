"""What was in the way of a document, once it is gone, keeps the index from the bucket no longer."""

from __future__ import annotations

import pytest

from tests.unit.services.ingest.workshop import Workshop
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import ObjectVersion
from wellread.domain.knowledge.errors import DocumentError, FailureCode, TransientError

LEAVE = "Everyone has thirty days of leave a year.\n"
TITLED = '{"metadataAttributes": {"title": "Leave of absence"}}'


@pytest.fixture
def settled(workshop: Workshop) -> Workshop:
    """A document, indexed long ago."""
    workshop.index.lags = False
    workshop.drop("a.txt", LEAVE)
    workshop.work()
    workshop.clock.now += 3600.0
    return workshop


def refuse(*_: object) -> ObjectVersion:
    raise DocumentError(FailureCode.UNREADABLE)


def test_an_object_that_may_be_looked_at_again_is_found_by_reconcile(
    settled: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as refusing:
        refusing.setattr(settled.ports.store, "current", refuse)
        settled.ports.changes.put(["a.txt"])
        settled.work()
    assert settled.record("a.txt").status is DocumentStatus.FAILED
    settled.clock.now += 3600.0
    settled.reconciliation.run("run")
    settled.work()

    assert settled.record("a.txt").status is DocumentStatus.INDEXED


def test_an_object_that_may_be_read_again_is_read_by_the_next_hint(
    settled: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as refusing:
        refusing.setattr(settled.ports.store, "read", refuse)
        settled.drop("b.txt", LEAVE)
        settled.work()
    assert settled.record("b.txt").status is DocumentStatus.FAILED
    settled.ports.changes.put(["b.txt"])  # an object was restored from an archive, say
    settled.work()

    assert settled.record("b.txt").status is DocumentStatus.INDEXED


def test_a_title_whose_message_died_on_the_way_is_found_by_reconcile(
    settled: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise TransientError("the table is away")

    settled.write("a.txt.metadata.json", TITLED)
    settled.ports.changes.put(["a.txt.metadata.json"])
    with monkeypatch.context() as broken:
        broken.setattr("wellread.services.ingest.ingestion.transitions.processing", away)
        with pytest.raises(TransientError):
            settled.chunk_next()
    settled.clock.now += 3600.0
    settled.changes.delete(settled.changes.receive(1000, 60))
    settled.reconciliation.run("run")
    settled.work()

    active = settled.record("a.txt").active
    assert active is not None
    assert active.title == "Leave of absence"


def test_what_failed_while_something_was_away_is_tried_again_a_day_later(
    settled: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise TransientError("the index is away")

    settled.drop("b.txt", LEAVE)
    settled.chunk_next()
    with monkeypatch.context() as broken:
        broken.setattr(settled.index, "add", away)
        with pytest.raises(TransientError):
            settled.embed_next(last_attempt=True)
    settled.chunks.delete(settled.chunks.receive(1000, 0))
    settled.clock.now += 3600.0
    assert settled.reconciliation.run("early").tally.counts == {}

    settled.clock.now += 23 * 3600.0
    report = settled.reconciliation.run("run")
    assert report.tally.counts == {"internal": 1}
    assert "tried once more" in report.text
    settled.work()
    assert settled.record("b.txt").status is DocumentStatus.INDEXED


def test_documents_that_wait_in_a_long_queue_are_not_taken_up_every_hour(
    settled: Workshop,
) -> None:
    settled.drop("b.txt", LEAVE)
    settled.chunk_next()
    for _ in range(10):
        settled.clock.now += 3600.0
        settled.reconciliation.take_up_stuck(run="stuck")
        while settled.chunk_next():
            pass

    assert settled.chunks.depth() == 1 + 4  # after one, two, four and eight hours
    settled.work()
    assert settled.record("b.txt").status is DocumentStatus.INDEXED


def test_a_document_that_never_ends_is_ended_without_a_comparison(settled: Workshop) -> None:
    settled.drop("b.txt", LEAVE)
    settled.chunk_next()
    settled.clock.now += 75 * 3600.0
    settled.reconciliation.take_up_stuck(run="stuck")
    while settled.chunk_next():
        pass

    assert settled.receipts.told[-1].code == "internal"


def test_an_index_that_lost_everything_is_filled_once(settled: Workshop) -> None:
    for number in range(3):
        settled.drop(f"{number}.txt", LEAVE)
    settled.work()
    settled.clock.now += 3600.0
    settled.index.rows.clear()
    # Both phases of a run, before anybody works on what the first one asked for.
    settled.reconciliation.check(["0.txt", "1.txt", "2.txt", "a.txt"], run="run")
    settled.reconciliation.page("", run="run")

    assert settled.changes.depth() == 4
    settled.work()
    assert len(settled.index.rows) == 4


def test_chunks_whose_readers_were_changed_just_now_may_not_show_yet(settled: Workshop) -> None:
    settled.write("a.txt.metadata.json", '{"metadataAttributes": {"audience": "hr"}}')
    settled.ports.changes.put(["a.txt"])
    settled.work()
    settled.index.rows.clear()

    assert settled.reconciliation.run("run").tally.counts == {}
    settled.clock.now += 3600.0
    assert settled.reconciliation.run("later").tally.counts == {"chunks_missing": 1}


def test_a_document_built_anew_has_as_much_time_to_show_as_a_new_one(settled: Workshop) -> None:
    settled.clock.now += 30 * 86_400.0
    settled.index.lags = True
    settled.ports.changes.put(["a.txt"], again=True)
    settled.work()
    settled.index.lose()
    settled.index.lags = False
    for _ in range(70):
        settled.clock.now += 5.0
        settled.work()

    assert settled.record("a.txt").status is DocumentStatus.INDEXED
    assert settled.receipts.told[-1].code is None
