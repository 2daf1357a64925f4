"""Which queues the laptop host works off, by which function, and what giving a message up means."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass

from wellread.adapters.embedded.sqlite_queue import SqliteQueue
from wellread.bootstrap.embedded import (
    CHANGE_QUEUE,
    CHUNK_QUEUE,
    QUESTION_QUEUE,
    RECEIPT_QUEUE,
    EmbeddedServices,
)
from wellread.domain.chat.digests import EDIT_SECONDS
from wellread.domain.chat.events import CHAT_RETRIES, event_of_message
from wellread.domain.ingest.records import INGEST_RETRIES, document_of_message
from wellread.domain.knowledge.deliveries import RetryPolicy
from wellread.domain.knowledge.journey import on_journey
from wellread.local.lambda_runtime import Handler, load_handler
from wellread.settings import Settings

logger = logging.getLogger(__name__)

_CHUNK_WORKERS = 2
_QUESTION_WORKERS = 4

HOST_RETRIES = RetryPolicy(
    INGEST_RETRIES.max_deliveries, delivered_again_seconds=(1.0, 5.0, 20.0, 60.0)
)
"""What is away on one's own machine is back sooner."""


@dataclass(frozen=True, slots=True)
class QueueWork:
    """A queue that the host works off.

    Attributes:
        function: The name of the one that its messages invoke.
        handler: That one.
        workers: Threads that do so.
        policy: How often a message is delivered, and how soon again.
        give_up: Told the body of a message that was delivered too often, before it is buried; may
            raise a `TransientError` to be told again.
        batch: So many messages at most one invocation gets.
        window_seconds: Fewer than that it gets once the oldest has waited for so long.
        awaited: Whether somebody waits for what becomes of a message: it is given up even while
            the documents or the disk are away, and, as they were told so then, not kept.
    """

    queue: SqliteQueue
    function: str
    handler: Handler
    workers: int
    policy: RetryPolicy
    give_up: Callable[[str], object]
    batch: int = 1
    window_seconds: float = 0.0
    awaited: bool = False


def queue_work(
    services: EmbeddedServices, policy: RetryPolicy = HOST_RETRIES
) -> tuple[QueueWork, ...]:
    """All that the host works off, chats where one is on.

    Args:
        services: What the functions use.
        policy: Of ingest's queues.
    """

    def fail_document(body: str) -> None:
        document = document_of_message(body)
        if document is None:
            logger.error("a message that failed names no document")
        else:
            services.ingestion.give_up(document)

    table = (
        (CHANGE_QUEUE, "chunk", _CHUNK_WORKERS, fail_document),
        (CHUNK_QUEUE, "embed", embed_workers(services.settings), fail_document),
    )
    ingest = tuple(
        QueueWork(
            services.adapters.queues[queue],
            function,
            load_handler(function),
            workers,
            policy,
            give_up,
        )
        for queue, function, workers, give_up in table
    )
    if not services.settings.chats:
        return ingest
    return (
        *ingest,
        question_work(services, load_handler("answer")),
        receipt_work(services, load_handler("receipts")),
    )


def question_work(services: EmbeddedServices, handler: Handler) -> QueueWork:
    """The question queue in the hands of the function `answer`."""

    def tell(body: str) -> None:
        try:
            event = event_of_message(json.loads(body))
        except (KeyError, TypeError, ValueError):
            logger.error("a message that failed is nothing that happened in a chat")
            return
        with on_journey(correlation=event.correlation):
            services.chat.give_up(event)

    return QueueWork(
        services.adapters.queues[QUESTION_QUEUE],
        "answer",
        handler,
        _QUESTION_WORKERS,
        CHAT_RETRIES,
        tell,
        awaited=True,
    )


def receipt_work(services: EmbeddedServices, handler: Handler) -> QueueWork:
    """The receipt queue in the hands of the function `receipts`, many at a time."""

    def give_up(_body: str) -> None:
        logger.error("a chat could not be told what became of a document")

    return QueueWork(
        services.adapters.queues[RECEIPT_QUEUE],
        "receipts",
        handler,
        1,
        CHAT_RETRIES,
        give_up,
        batch=100,
        window_seconds=EDIT_SECONDS,
        awaited=True,
    )


def embed_workers(settings: Settings) -> int:
    """How many threads embed: all processors but one, so that questions find one free."""
    return settings.embed_workers or max(1, (os.cpu_count() or 2) - 1)
