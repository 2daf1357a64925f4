"""Receipt queue → places in chats: what became of the files that somebody gave or dropped there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread.bootstrap import get_services
from wellread.domain.chat.events import CHAT_RETRIES
from wellread.domain.ingest.receipts import ToldEnd
from wellread.domain.knowledge.deliveries import Attempt
from wellread.queue_events import process_together


def _handle(ends: Sequence[ToldEnd], attempt: Attempt) -> None:
    get_services().chat_receipts.tell([end.document for end in ends], last=attempt.last)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Handle a batch of the event bus's receipts that came through SQS."""
    return process_together(event, context, CHAT_RETRIES, ToldEnd.of_event, _handle)
