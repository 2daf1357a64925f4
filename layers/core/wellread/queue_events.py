"""Queue batches as Lambda gets them: one call a record, or one for all; failures by record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread import observability
from wellread.bootstrap import get_services
from wellread.domain.knowledge.deliveries import Attempt, RetryPolicy
from wellread.domain.knowledge.errors import TransientError
from wellread.domain.knowledge.journey import Journey, on_journey
from wellread.observability import logger


class Message(Protocol):
    """What every message says."""

    @property
    def journey(self) -> Journey:
        """What set it off, and which document it is about, if any."""


M = TypeVar("M", bound=Message)
T = TypeVar("T")


def process(
    event: dict[str, Any],
    context: LambdaContext,
    policy: RetryPolicy,
    read: Callable[[dict[str, Any]], M],
    handle: Callable[[M, Attempt], None],
) -> PartialItemFailureResponse:
    """Handle each record; those that raise are delivered again.

    Of a FIFO queue, what follows a failed message in its group waits for that one.

    Args:
        event: What SQS invokes a function with.
        context: Lambda's.
        policy: Of the queue.
        read: A message out of its JSON.
        handle: Does what a message asks for.
    """

    def one(record: SQSRecord) -> None:
        delivery = int(record.attributes.approximate_receive_count)
        try:
            message = read(record.json_body)
            journey = message.journey
        except Exception:
            logger.exception("a message cannot be read", extra={"message_id": record.message_id})
            raise
        with on_journey(correlation=journey.correlation, document=journey.document):
            try:
                handle(message, Attempt(delivery, last=policy.is_last(delivery)))
            except TransientError as error:
                logger.warning(
                    "message is delivered again", extra={"why": str(error), "delivery": delivery}
                )
                seconds = max(policy.pause_after(delivery) or 0.0, error.retry_after)
                if seconds:
                    get_services().adapters.redelivery.postpone(
                        _queue_of(record), record.receipt_handle, seconds
                    )
                raise
            except Exception:
                logger.exception("message is delivered again", extra={"delivery": delivery})
                raise

    observability.begin(context)
    try:
        return process_partial_response(
            event=event, record_handler=one, processor=_processor_of(event), context=context
        )
    finally:
        observability.end()


def process_together(
    event: dict[str, Any],
    context: LambdaContext,
    policy: RetryPolicy,
    read: Callable[[dict[str, Any]], T],
    handle: Callable[[Sequence[T], Attempt], None],
) -> PartialItemFailureResponse:
    """Handle all records of a batch in one call; where that raises, all are delivered again.

    Args:
        event: What SQS invokes a function with.
        context: Lambda's.
        policy: Of the queue.
        read: A message out of its JSON.
        handle: Does what the messages ask for; the attempt is that of the oldest of them.
    """
    records = [SQSRecord(each) for each in event["Records"]]
    failed: list[SQSRecord] = []
    read_ones: dict[str, T] = {}
    observability.begin(context)
    try:
        for record in records:
            try:
                read_ones[record.message_id] = read(record.json_body)
            except Exception:
                extra = {"message_id": record.message_id}
                logger.exception("a message cannot be read", extra=extra)
                failed.append(record)
        number = max(int(each.attributes.approximate_receive_count) for each in records)
        try:
            handle(list(read_ones.values()), Attempt(number, last=policy.is_last(number)))
        except Exception as error:
            logger.warning(
                "messages are delivered again",
                extra={"delivery": number},
                exc_info=not isinstance(error, TransientError),
            )
            failed = records
            seconds = max(policy.pause_after(number) or 0.0, getattr(error, "retry_after", 0.0))
            for each in records if seconds else ():
                get_services().adapters.redelivery.postpone(
                    _queue_of(each), each.receipt_handle, seconds
                )
    finally:
        observability.end()
    return {"batchItemFailures": [{"itemIdentifier": each.message_id} for each in failed]}


def is_from(event: dict[str, Any], url: str | None) -> bool:
    """Whether a batch comes from the queue with this URL."""
    names = {_queue_of(SQSRecord(each)) for each in event["Records"]}
    return url is not None and url.rsplit("/", 1)[-1] in names


def _processor_of(event: dict[str, Any]) -> BatchProcessor:
    """A processor for one event: it keeps state, and the laptop host has several at a time."""
    if any(_queue_of(SQSRecord(each)).endswith(".fifo") for each in event["Records"]):
        fifo = SqsFifoPartialProcessor(skip_group_on_error=True)
        fifo.raise_on_entire_batch_failure = False
        return fifo
    return BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def _queue_of(record: SQSRecord) -> str:
    return record.event_source_arn.rsplit(":", 1)[-1]
