"""What another version read or cut up is made anew, once, while what it made goes on answering."""

from __future__ import annotations

import pytest

from tests.unit.services.ingest.workshop import PlainParser, Workshop
from wellread.domain.ingest.records import INGEST_RETRIES, DocumentRecord, DocumentStatus
from wellread.domain.knowledge.errors import TransientError
from wellread.domain.knowledge.metrics import Metric

LEAVE = "Everyone has thirty days of leave a year.\n"
PAY = "Pay day is the last of every month.\n"


def newer(**differences: object) -> PlainParser:
    return PlainParser("2", **differences)  # type: ignore[arg-type]


@pytest.fixture
def settled(workshop: Workshop) -> Workshop:
    """A document, indexed long ago."""
    workshop.index.lags = False
    workshop.drop("a.txt", LEAVE)
    workshop.work()
    workshop.clock.now += 7 * 86_400.0
    return workshop


def shown(workshop: Workshop, record: DocumentRecord) -> list[str]:
    """What a search shows of a document's active build."""
    writes = record.active.writes.values() if record.active else ()
    rows = [row.chunk for row in workshop.index.rows if row.chunk.write in writes]
    for chunk in rows:
        kept = workshop.ports.revisions.get_text(chunk.document, chunk.revision)
        assert kept is not None
        assert kept.text[chunk.chunk.start : chunk.chunk.end] == chunk.chunk.text
    return [chunk.chunk.text for chunk in rows]


def reconcile(workshop: Workshop) -> dict[str, int]:
    report = workshop.reconciliation.run("run")
    return report.tally.counts


def test_the_old_build_answers_from_its_own_text_until_the_new_one_is_there(
    settled: Workshop,
) -> None:
    settled.use(newer(spelling={"thirty": "30"}))
    assert reconcile(settled) == {"outdated": 1}
    settled.chunk_next()

    between = settled.record("a.txt")
    assert between.status is DocumentStatus.INDEXED
    assert between.pending is not None
    assert shown(settled, between) == [LEAVE.strip()]
    settled.work()

    after = settled.record("a.txt")
    assert after.pending is None
    assert shown(settled, after) == [LEAVE.strip().replace("thirty", "30")]
    assert len(settled.index.rows) == 1


def test_a_build_of_the_present_recipe_is_done(settled: Workshop) -> None:
    settled.use(newer())
    reconcile(settled)
    settled.work()
    built = settled.record("a.txt")
    settled.clock.now += 7 * 86_400.0

    assert reconcile(settled) == {}
    assert settled.reconciliation.take_up_outdated("") is None
    settled.work()
    assert settled.parser.read == ["a.txt"]
    assert settled.record("a.txt") == built


def test_nobody_is_told_twice_of_a_document_that_was_read_anew(settled: Workshop) -> None:
    settled.use(newer())
    reconcile(settled)
    settled.work()
    settled.ports.changes.put(["a.txt"])  # a repetition of an event tells what it finds done
    settled.work()

    assert len({receipt.id for receipt in settled.receipts.told}) == 1
    assert settled.meter.sum(Metric.DOCUMENTS_INDEXED) == 1
    assert settled.meter.sum(Metric.DOCUMENTS_REBUILT) == 1


def test_a_text_that_was_read_by_the_present_parser_is_not_read_again(settled: Workshop) -> None:
    before = settled.parser
    settled.use(newer())
    reconcile(settled)
    settled.work()
    settled.use(before)  # a version that was rolled back
    reconcile(settled)
    settled.work()

    assert before.read == ["a.txt"]
    assert settled.record("a.txt").active.recipe == "parser 1, chunker 1"  # type: ignore[union-attr]


def test_what_cannot_be_read_anew_goes_on_answering_and_is_tried_once_a_version(
    settled: Workshop,
) -> None:
    settled.use(parser := newer(refuses="leave"))
    reconcile(settled)
    settled.work()
    settled.clock.now += 7 * 86_400.0

    assert reconcile(settled) == {}
    record = settled.record("a.txt")
    assert (record.status, record.failure) == (DocumentStatus.INDEXED, None)
    assert shown(settled, record) == [LEAVE.strip()]
    assert parser.read == ["a.txt"]
    assert "DocumentsFailed" not in settled.meter.values
    settled.use(PlainParser("3"))
    assert reconcile(settled) == {"outdated": 1}


def test_a_retry_in_vain_leaves_the_build_of_an_older_version_answering(settled: Workshop) -> None:
    settled.use(newer(refuses="leave"))
    reconcile(settled)
    settled.work()
    settled.ports.changes.put(["a.txt"], again=True)
    settled.work()

    record = settled.record("a.txt")
    assert (record.status, record.pending) == (DocumentStatus.INDEXED, None)
    assert shown(settled, record) == [LEAVE.strip()]
    assert reconcile(settled) == {}


def test_a_worker_that_dies_over_the_last_attempt_leaves_the_old_build_answering(
    settled: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled.use(newer())
    reconcile(settled)
    with monkeypatch.context() as dying:
        dying.setattr(settled.parser, "parse", _die)
        with pytest.raises(KeyboardInterrupt):
            settled.chunk_next(last_attempt=True)

    assert shown(settled, settled.record("a.txt")) == [LEAVE.strip()]


def test_a_new_build_whose_batches_are_given_up_leaves_the_old_one_answering(
    settled: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled.use(newer())
    reconcile(settled)
    settled.chunk_next()
    monkeypatch.setattr(settled.index, "add", _away)
    for delivery in range(1, INGEST_RETRIES.max_deliveries + 1):
        with pytest.raises(TransientError):
            settled.embed_next(last_attempt=INGEST_RETRIES.is_last(delivery))
        settled.clock.now += 3600.0

    record = settled.record("a.txt")
    assert (record.status, record.pending) == (DocumentStatus.INDEXED, None)
    assert shown(settled, record) == [LEAVE.strip()]


def test_a_build_that_lost_its_messages_is_gone_on_with(settled: Workshop) -> None:
    settled.use(newer())
    reconcile(settled)
    settled.chunk_next()
    settled.chunks.delete(settled.chunks.receive(10, 60))
    assert reconcile(settled) == {}  # somebody may be at it
    settled.clock.now += 7 * 86_400.0

    assert reconcile(settled) == {"outdated": 1}
    settled.work()
    assert settled.record("a.txt").active.recipe == "parser 2, chunker 1"  # type: ignore[union-attr]
    assert settled.parser.read == ["a.txt"]


def test_what_is_left_of_an_older_versions_build_is_not_gone_on_with(workshop: Workshop) -> None:
    workshop.index.lags = False
    workshop.drop("a.txt", LEAVE)
    workshop.chunk_next()
    workshop.use(newer(spelling={"thirty": "30"}))
    workshop.ports.changes.put(["a.txt"])
    workshop.work()

    record = workshop.record("a.txt")
    assert shown(workshop, record) == [LEAVE.strip().replace("thirty", "30")]


def test_what_an_older_version_could_not_read_is_tried_once_more(workshop: Workshop) -> None:
    workshop.index.lags = False
    workshop.use(PlainParser("1", refuses="leave"))
    workshop.drop("a.txt", LEAVE)
    workshop.work()
    workshop.use(parser := newer(refuses="leave"))
    assert reconcile(workshop) == {"outdated": 1}
    workshop.work()
    workshop.ports.changes.put(["a.txt"])
    workshop.work()

    assert reconcile(workshop) == {}
    assert parser.read == ["a.txt"]
    workshop.use(PlainParser("3"))
    reconcile(workshop)
    workshop.work()
    assert workshop.record("a.txt").status is DocumentStatus.INDEXED


def test_a_new_revision_that_comes_meanwhile_wins(settled: Workshop) -> None:
    settled.use(newer())
    reconcile(settled)
    settled.chunk_next()
    settled.drop("a.txt", PAY)
    settled.work()

    record = settled.record("a.txt")
    assert shown(settled, record) == [PAY.strip()]
    assert len(settled.index.rows) == 1
    assert len({receipt.id for receipt in settled.receipts.told}) == 2


def test_a_retry_that_fails_with_the_recipe_of_the_build_ends_the_document(
    settled: Workshop,
) -> None:
    settled.use(PlainParser("1", refuses="leave"))
    settled.ports.changes.put(["a.txt"], again=True)
    settled.work()

    assert settled.record("a.txt").status is DocumentStatus.FAILED


def test_only_some_of_a_page_are_read_anew_in_a_run(workshop: Workshop) -> None:
    workshop.index.lags = False
    for number in range(103):
        workshop.drop(f"{number:03}.txt", LEAVE)
    workshop.work()
    workshop.use(newer())

    assert reconcile(workshop) == {"outdated": 103}
    assert workshop.changes.depth() == 100
    workshop.work()
    assert reconcile(workshop) == {"outdated": 3}


def test_a_laptop_takes_them_up_a_few_at_a_time_and_each_once(workshop: Workshop) -> None:
    workshop.index.lags = False
    for name in "abcde":
        workshop.drop(f"{name}.txt", LEAVE)
    workshop.work()
    workshop.use(newer())
    after: str | None = ""
    taken = []
    while after is not None:
        after = workshop.reconciliation.take_up_outdated(after, limit=2)
        workshop.work()
        taken.append(len(workshop.parser.read))

    assert taken == [2, 4, 5]
    assert sorted(workshop.parser.read) == [f"{name}.txt" for name in "abcde"]


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def _away(*_: object) -> None:
    raise TransientError("the index is away")
