"""What every pair of ingest queues delivers."""

from __future__ import annotations

from aws_lambda_powertools.utilities.parser.models import S3EventNotificationEventBridgeModel

from wellread.domain.ingest.records import RETRY_REQUESTED, BatchReference


def test_batches_arrive_as_they_were_put(deliveries):
    batches = [BatchReference("ü/a \ud800.pdf", "v1", "b1", number) for number in range(3)]
    deliveries.chunk_queue.put(batches)
    deliveries.chunk_queue.put([])

    assert sorted(deliveries.batches(), key=lambda b: b.batch) == batches


def test_a_change_arrives_as_an_event_of_the_bucket(deliveries):
    deliveries.change_queue.put(["ü/a b+c%20.pdf", "z"])

    events = sorted(deliveries.events(), key=lambda e: e["detail"]["object"]["key"])
    assert [e["detail"]["object"]["key"] for e in events] == ["z", "ü/a b+c%20.pdf"]
    for event in events:
        parsed = S3EventNotificationEventBridgeModel.model_validate(event)
        assert parsed.detail.bucket.name == "knowledge-base"
        assert parsed.detail_type == "Object Created"
    assert events[0]["id"] != events[1]["id"]


def test_a_retry_says_so(deliveries):
    deliveries.change_queue.put(["a.pdf"], again=True)

    (event,) = deliveries.events()
    assert event["detail-type"] == RETRY_REQUESTED
    assert event["detail"]["object"]["key"] == "a.pdf"
