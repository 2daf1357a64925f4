"""Document queue → chunk queue: read what changed in the bucket, cut it up, stage it."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread.bootstrap import get_services
from wellread.domain.ingest.records import INGEST_RETRIES, ChangeHint
from wellread.domain.knowledge.deliveries import Attempt
from wellread.queue_events import process


def _handle(hint: ChangeHint, attempt: Attempt) -> None:
    if hint.sweep:
        get_services().sweeping.sweep_document(hint.document)
    else:
        get_services().ingestion.apply(hint, attempt)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Handle a batch of EventBridge S3 events, and of ours in their shape, that SQS brings."""
    return process(event, context, INGEST_RETRIES, ChangeHint.of_event, _handle)
