"""Document queue → chunk queue: read what changed in the bucket, cut it up, stage it."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread.bootstrap import get_services
from wellread.domain.ingest import MAX_DELIVERIES, RETRY_REQUESTED, ChangeHint
from wellread.observability import logger
from wellread.queue_events import deliveries, process


def _apply(record: SQSRecord) -> None:
    change = record.json_body
    hint = ChangeHint(
        key=change["detail"]["object"]["key"], again=change["detail-type"] == RETRY_REQUESTED
    )
    last_attempt = deliveries(record) >= MAX_DELIVERIES
    get_services().ingestion.apply(hint, last_attempt=last_attempt)


@logger.inject_lambda_context
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Handle a batch of EventBridge S3 events that came through SQS."""
    return process(event, context, _apply)
