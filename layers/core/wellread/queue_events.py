"""Queue batches as Lambda gets them: one call a record, failures reported record by record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread import observability
from wellread.bootstrap import get_services
from wellread.domain.ingest.records import DELIVERED_AGAIN_SECONDS, MAX_DELIVERIES
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import TransientError
from wellread.domain.knowledge.journey import on_journey
from wellread.observability import logger


class Message(Protocol):
    """What any message says of the journey that it belongs to."""

    @property
    def document(self) -> DocumentId:
        """Which document it is about."""

    @property
    def correlation(self) -> str:
        """What set it off."""


M = TypeVar("M", bound=Message)


def process(
    event: dict[str, Any],
    context: LambdaContext,
    read: Callable[[dict[str, Any]], M],
    handle: Callable[[M, bool], None],
) -> PartialItemFailureResponse:
    """Handle each record; those that raise are delivered again.

    The processor is made anew for every event, because one keeps state and the laptop host runs
    several events at a time in one process.

    Args:
        event: What SQS invokes a function with.
        context: Lambda's.
        read: A message out of its JSON.
        handle: Takes a message, and whether this is its last delivery.
    """

    def one(record: SQSRecord) -> None:
        delivery = int(record.attributes.approximate_receive_count)
        try:
            message = read(record.json_body)
        except Exception:
            logger.exception("a message cannot be read", extra={"message_id": record.message_id})
            raise
        with on_journey(correlation=message.correlation, document=message.document):
            try:
                handle(message, delivery >= MAX_DELIVERIES)
            except TransientError as error:
                logger.warning(
                    "message is delivered again", extra={"why": str(error), "delivery": delivery}
                )
                if delivery <= len(DELIVERED_AGAIN_SECONDS):
                    get_services().adapters.redelivery.postpone(
                        record.event_source_arn.rsplit(":", 1)[-1],
                        record.receipt_handle,
                        DELIVERED_AGAIN_SECONDS[delivery - 1],
                    )
                raise
            except Exception:
                logger.exception("message is delivered again", extra={"delivery": delivery})
                raise

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    observability.begin(context)
    try:
        return process_partial_response(
            event=event, record_handler=one, processor=processor, context=context
        )
    finally:
        observability.end()
