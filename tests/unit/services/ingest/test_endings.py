"""Every revision comes to an end that is told, whatever happens to its workers."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests.unit.services.ingest.workshop import Workshop
from wellread.bootstrap.host_words import LAPTOP, STACK
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import DocumentError, FailureCode, TransientError
from wellread.domain.knowledge.host_words import HostWords

LEAVE = "Everyone has thirty days of leave a year.\n"


class Killed(BaseException):
    """The process is gone: no handler sees it."""


@pytest.fixture
def prompt_workshop(workshop: Workshop) -> Workshop:
    workshop.index.lags = False
    return workshop


def test_an_indexed_revision_is_told_with_what_was_found(prompt_workshop: Workshop) -> None:
    prompt_workshop.drop("a.txt", LEAVE)
    prompt_workshop.work()

    (receipt,) = prompt_workshop.receipts.told
    assert receipt.status is DocumentStatus.INDEXED
    assert receipt.chunks == 1
    assert receipt.searchable_since == prompt_workshop.clock.now
    assert prompt_workshop.meter.sum("DocumentsIndexed") == 1
    assert prompt_workshop.meter.sum("ChunksIndexed") == 1


def test_a_receipt_that_could_not_be_told_is_told_by_the_next_delivery(
    prompt_workshop: Workshop,
) -> None:
    prompt_workshop.drop("a.txt", LEAVE)
    prompt_workshop.chunk_next()
    prompt_workshop.receipts.broken = True
    with pytest.raises(TransientError):
        prompt_workshop.embed_next()
    assert prompt_workshop.record("a.txt").status is DocumentStatus.INDEXED
    prompt_workshop.receipts.broken = False
    prompt_workshop.clock.now += 60.0
    prompt_workshop.work()

    assert [receipt.status for receipt in prompt_workshop.receipts.told] == ["indexed"]


def test_a_failure_that_could_not_be_told_is_told_by_the_next_delivery(
    prompt_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise DocumentError(FailureCode.DAMAGED)

    monkeypatch.setattr(prompt_workshop.parser, "parse", damaged)
    prompt_workshop.drop("a.txt", LEAVE)
    prompt_workshop.receipts.broken = True
    with pytest.raises(TransientError):
        prompt_workshop.chunk_next()
    prompt_workshop.receipts.broken = False
    prompt_workshop.clock.now += 60.0
    prompt_workshop.work()

    (receipt,) = prompt_workshop.receipts.told
    assert (receipt.code, bool(receipt.reason), bool(receipt.fix)) == ("damaged", True, True)


def test_an_event_that_comes_twice_tells_the_same_receipt_again(
    prompt_workshop: Workshop,
) -> None:
    prompt_workshop.drop("a.txt", LEAVE)
    prompt_workshop.work()
    prompt_workshop.ports.changes.put(["a.txt"])
    prompt_workshop.work()

    first, second = prompt_workshop.receipts.told
    assert first.id == second.id


def test_a_removal_is_no_receipt(prompt_workshop: Workshop) -> None:
    prompt_workshop.drop("a.txt", LEAVE)
    prompt_workshop.work()
    prompt_workshop.receipts.told.clear()
    prompt_workshop.delete("a.txt")
    prompt_workshop.work()

    assert prompt_workshop.receipts.told == []
    assert prompt_workshop.meter.sum("DocumentsRemoved") == 1


def test_a_worker_killed_over_the_last_delivery_leaves_an_end_behind(
    prompt_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    prompt_workshop.drop("a.txt", LEAVE)
    with monkeypatch.context() as dying:
        dying.setattr(prompt_workshop.parser, "parse", killed)
        with contextlib.suppress(Killed):
            prompt_workshop.chunk_next(last_attempt=True)

    assert prompt_workshop.record("a.txt").status is DocumentStatus.FAILED
    assert [receipt.code for receipt in prompt_workshop.receipts.told] == ["internal"]


def test_a_last_delivery_that_succeeds_overrides_what_it_said_before(
    prompt_workshop: Workshop,
) -> None:
    prompt_workshop.drop("a.txt", LEAVE)
    prompt_workshop.chunk_next(last_attempt=True)
    prompt_workshop.work()

    assert prompt_workshop.record("a.txt").status is DocumentStatus.INDEXED
    assert prompt_workshop.record("a.txt").failure is None
    assert prompt_workshop.receipts.told[-1].status is DocumentStatus.INDEXED


def test_a_last_delivery_leaves_a_build_in_progress_alone(prompt_workshop: Workshop) -> None:
    prompt_workshop.drop("a.txt", LEAVE)
    prompt_workshop.chunk_next()
    building = prompt_workshop.record("a.txt").pending
    prompt_workshop.ports.changes.put(["a.txt"])
    prompt_workshop.chunk_next(last_attempt=True)

    assert prompt_workshop.record("a.txt").pending == building
    assert prompt_workshop.receipts.told == []


@pytest.mark.parametrize("error", [TransientError("the index is away"), RuntimeError("a bug")])
def test_a_batch_that_fails_for_the_last_time_ends_its_document(
    prompt_workshop: Workshop, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(prompt_workshop.index, "add", fails)
    prompt_workshop.drop("a.txt", LEAVE)
    prompt_workshop.chunk_next()
    with pytest.raises(type(error)):
        prompt_workshop.embed_next(last_attempt=True)

    assert prompt_workshop.record("a.txt").status is DocumentStatus.FAILED
    assert [receipt.code for receipt in prompt_workshop.receipts.told] == ["internal"]


def test_a_batch_of_an_older_build_cannot_end_a_newer_one(
    prompt_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        prompt_workshop.ports.changes.put(["a.txt"], again=True)
        prompt_workshop.chunk_next()
        raise TransientError("the index is away")

    prompt_workshop.drop("a.txt", LEAVE)
    prompt_workshop.chunk_next()
    with monkeypatch.context() as away:
        away.setattr(prompt_workshop.index, "add", fails)
        with pytest.raises(TransientError):
            prompt_workshop.embed_next(last_attempt=True)
    prompt_workshop.clock.now += 60.0
    prompt_workshop.work()

    assert prompt_workshop.record("a.txt").status is DocumentStatus.INDEXED


def test_what_failed_as_internal_is_tried_again_by_the_next_hint(
    prompt_workshop: Workshop,
) -> None:
    prompt_workshop.drop("a.txt", LEAVE)
    prompt_workshop.chunk_next()
    prompt_workshop.ingestion.give_up("a.txt")
    assert prompt_workshop.record("a.txt").status is DocumentStatus.FAILED
    prompt_workshop.ports.changes.put(["a.txt"])
    prompt_workshop.work()

    assert prompt_workshop.record("a.txt").status is DocumentStatus.INDEXED


def test_a_change_that_was_missed_while_a_build_became_active_is_noticed(
    prompt_workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changes_and_kills(_: DocumentId) -> None:
        prompt_workshop.write("a.txt", "Everyone has forty days of leave a year.\n")
        raise Killed

    prompt_workshop.drop("a.txt", LEAVE)
    prompt_workshop.chunk_next()
    with monkeypatch.context() as dying:
        dying.setattr(prompt_workshop.access, "publish", changes_and_kills)
        with contextlib.suppress(Killed):
            prompt_workshop.embed_next()
    prompt_workshop.clock.now += 60.0
    prompt_workshop.work()

    (row,) = prompt_workshop.index.rows
    assert "forty" in row.chunk.chunk.text


@pytest.mark.parametrize(
    ("words", "fix"),
    [
        (LAPTOP, "Split it into smaller files, or raise WELLREAD_PARSE_SECONDS."),
        (STACK, "Split it into smaller files."),
    ],
)
def test_what_to_do_about_a_failure_is_told_as_it_can_be_done_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: HostWords, fix: str
) -> None:
    def slow(*_: object) -> None:
        raise DocumentError(FailureCode.TOO_SLOW)

    workshop = Workshop(tmp_path, words)
    monkeypatch.setattr(workshop.parser, "parse", slow)
    workshop.drop("a.txt", LEAVE)
    workshop.work()
    workshop.close()

    assert [receipt.fix for receipt in workshop.receipts.told] == [fix]
