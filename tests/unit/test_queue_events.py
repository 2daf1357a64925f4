"""Batches of a queue: which messages are handled, which come again, and how soon."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from wellread import bootstrap
from wellread.domain.knowledge.deliveries import Attempt, RetryPolicy
from wellread.domain.knowledge.errors import TransientError
from wellread.domain.knowledge.journey import Journey, present
from wellread.local.lambda_runtime import LocalContext
from wellread.queue_events import process

POLICY = RetryPolicy(3, delivered_again_seconds=(7.0, 70.0))


@dataclass(frozen=True)
class Said:
    """A message that is about no document."""

    words: str

    @property
    def journey(self) -> Journey:
        return Journey(correlation=f"about {self.words}")


@dataclass
class Redeliveries:
    asked: list[tuple[str, str, float]] = field(default_factory=list)

    def postpone(self, queue: str, delivery: str, seconds: float) -> None:
        self.asked.append((queue, delivery, seconds))


@dataclass
class Handler:
    """Handles what it is given, except some words."""

    failing: dict[str, Exception] = field(default_factory=dict)
    handled: list[tuple[str, Attempt]] = field(default_factory=list)
    journeys: list[Journey] = field(default_factory=list)

    def __call__(self, message: Said, attempt: Attempt) -> None:
        self.handled.append((message.words, attempt))
        self.journeys.append(present())
        if message.words in self.failing:
            raise self.failing[message.words]

    @property
    def words(self) -> list[str]:
        return [words for words, _ in self.handled]


@pytest.fixture
def redeliveries():
    asked = Redeliveries()
    with bootstrap.override(SimpleNamespace(adapters=SimpleNamespace(redelivery=asked))):
        yield asked


def record(words: str, *, group: str | None = None, delivery: int = 1) -> dict[str, Any]:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html."""
    attributes = {
        "ApproximateReceiveCount": str(delivery),
        "SentTimestamp": "1545082649183",
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "ApproximateFirstReceiveTimestamp": "1545082649185",
    }
    queue = "changes"
    if group is not None:
        queue = "asked.fifo"
        attributes |= {
            "SequenceNumber": "18849496460467696128",
            "MessageGroupId": group,
            "MessageDeduplicationId": words,
        }
    return {
        "messageId": f"id of {words}",
        "receiptHandle": f"receipt of {words}",
        "body": json.dumps({"words": words}),
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-2:123456789012:{queue}",
        "awsRegion": "us-east-2",
    }


def failed(handler: Handler, *records: dict[str, Any]) -> list[str]:
    """The ids of the messages that Lambda is told to deliver again."""
    event = {"Records": list(records)}
    answer = process(event, LocalContext("x"), POLICY, lambda body: Said(**body), handler)
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def test_messages_of_a_standard_queue_do_not_wait_for_one_that_fails(redeliveries):
    handler = Handler({"b": ValueError("no")})

    assert failed(handler, record("a"), record("b"), record("c")) == ["id of b"]
    assert handler.words == ["a", "b", "c"]
    assert redeliveries.asked == []


def test_what_follows_a_failed_message_in_its_group_of_a_fifo_queue_waits_for_it(redeliveries):
    handler = Handler({"b": ValueError("no")})
    one, two = "thread 1", "thread 2"
    batch = [record("a", group=one), record("b", group=one), record("c", group=two)]
    batch.append(record("d", group=one))

    assert failed(handler, *batch) == ["id of b", "id of d"]
    assert handler.words == ["a", "b", "c"]


def test_a_fifo_batch_that_fails_altogether_is_reported_message_by_message(redeliveries):
    handler = Handler({"a": ValueError("no")})

    assert failed(handler, record("a", group="t"), record("b", group="t")) == ["id of a", "id of b"]


def test_a_failed_group_is_forgotten_with_its_batch(redeliveries):
    handler = Handler({"a": ValueError("no")})
    failed(handler, record("a", group="t"))

    assert failed(handler, record("b", group="t")) == []


@pytest.mark.parametrize(("delivery", "seconds"), [(1, 7.0), (2, 70.0)])
def test_what_found_something_away_comes_again_when_the_policy_says(
    redeliveries, delivery, seconds
):
    handler = Handler({"a": TransientError("away")})

    assert failed(handler, record("a", group="t", delivery=delivery)) == ["id of a"]
    assert redeliveries.asked == [("asked.fifo", "receipt of a", seconds)]


def test_the_last_delivery_is_said_to_be_the_last_and_is_not_postponed(redeliveries):
    handler = Handler({"a": TransientError("away")})
    failed(handler, record("a", delivery=2), record("a", delivery=3))

    assert [attempt.last for _, attempt in handler.handled] == [False, True]
    assert [seconds for *_, seconds in redeliveries.asked] == [70.0]


def test_a_message_without_a_document_has_a_journey_all_the_same(redeliveries):
    handler = Handler()
    failed(handler, record("a"))

    assert handler.journeys == [Journey(correlation="about a")]


def test_a_message_that_cannot_be_read_is_delivered_again_alone(redeliveries):
    handler = Handler()
    unread = record("a") | {"body": '{"said": 1}'}

    assert failed(handler, unread, record("b")) == ["id of a"]
    assert handler.words == ["b"]
