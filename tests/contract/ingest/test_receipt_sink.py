"""What every receipt sink that somebody listens to does."""

from __future__ import annotations

from wellread.domain.ingest.receipts import Receipt
from wellread.domain.ingest.records import DocumentStatus

INDEXED = Receipt(
    id="ü/a b.pdf@v1:b1",
    document="ü/a b.pdf",
    revision="v1",
    status=DocumentStatus.INDEXED,
    title='Räder, "quoted"',
    pages=5000,
    chunks=42,
    tables=1,
    unreadable_pages=tuple(range(1, 5000)),
    searchable_since=1_800_000_000.25,
)
FAILED = Receipt(
    id="scan.pdf@v2:no_text",
    document="scan.pdf",
    revision="v2",
    status=DocumentStatus.FAILED,
    code="no_text",
    reason="Why.",
    fix="How.",
)


def test_a_receipt_arrives_with_all_that_it_says(receipts):
    sink, told = receipts
    sink.publish(INDEXED)

    (event,) = told()
    assert event["source"] == "wellread"
    assert event["detail-type"] == "Document Indexed"
    assert event["detail"] == INDEXED.as_event()


def test_a_failure_arrives_as_one(receipts):
    sink, told = receipts
    sink.publish(FAILED)

    (event,) = told()
    assert event["detail-type"] == "Document Failed"
    assert {"code": "no_text", "reason": "Why.", "fix": "How."}.items() <= event["detail"].items()


def test_a_receipt_that_is_told_again_can_be_known_by_its_id(receipts):
    sink, told = receipts
    sink.publish(FAILED)
    sink.publish(FAILED)

    assert [event["detail"]["receipt"] for event in told()] == [FAILED.id] * 2
