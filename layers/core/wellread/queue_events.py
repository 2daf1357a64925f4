"""Queue batches as Lambda gets them: one call a record, failures reported record by record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread.domain.errors import TransientError
from wellread.observability import logger


def process(
    event: dict[str, Any], context: LambdaContext, handle: Callable[[SQSRecord], None]
) -> PartialItemFailureResponse:
    """Handle each record; those that raise are delivered again.

    The processor is made anew for every event, because one keeps state and the laptop host runs
    several events at a time in one process.
    """

    def logged(record: SQSRecord) -> None:
        try:
            handle(record)
        except TransientError as error:
            logger.warning("record is delivered again", extra={"why": str(error)})
            raise
        except Exception:
            logger.exception("record is delivered again")
            raise

    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(
        event=event, record_handler=logged, processor=processor, context=context
    )


def deliveries(record: SQSRecord) -> int:
    """How many times the record was delivered, this time included."""
    return int(record.attributes.approximate_receive_count)
