"""Chunk queue → passage index: embed a batch, index it; a build's last batch makes it active."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread.bootstrap import get_services
from wellread.domain.ingest.records import INGEST_RETRIES, BatchReference
from wellread.domain.knowledge.deliveries import Attempt
from wellread.queue_events import process


def _handle(batch: BatchReference, attempt: Attempt) -> None:
    get_services().embedding.embed(batch, attempt)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Handle a batch of references to staged chunks that came through SQS."""
    return process(event, context, INGEST_RETRIES, BatchReference.of_message, _handle)
