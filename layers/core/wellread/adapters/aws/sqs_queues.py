"""The ingest queues in SQS."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from wellread.adapters.aws.sqs_messages import MessageSender
from wellread.domain.ingest.records import RETRY_REQUESTED, SWEEP_REQUESTED, BatchReference
from wellread.domain.knowledge.documents import DocumentId
from wellread.ports.operations import Clock
from wellread.wire.bucket_events import s3_change_event, unknown_version


class SqsChunkQueue:
    """A `ChunkQueue`: each message is the JSON of a `BatchReference`."""

    def __init__(self, client: Any, url: str, *, sleep: Callable[[float], None] = time.sleep):
        """Put into this queue, through a client of SQS."""
        self._sender = MessageSender(client, url, "WELLREAD_CHUNK_QUEUE_URL", sleep=sleep)

    def put(self, batches: Sequence[BatchReference], *, delay_seconds: float = 0.0) -> None:
        """Enqueue batches; delivered at least once, in any order, none before the delay is over."""
        self._sender.send(
            [json.dumps(batch.as_message()) for batch in batches], delay_seconds=delay_seconds
        )


class SqsChangeQueue:
    """A `ChangeQueue`: each message is what EventBridge sends when an object of S3 changes."""

    def __init__(
        self,
        client: Any,
        url: str,
        bucket: str,
        *,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ):
        """Put into this queue.

        Args:
            client: Of SQS.
            url: The queue's.
            bucket: The documents bucket's name in the events.
            clock: The time of the events.
            sleep: Between attempts.
        """
        self._sender = MessageSender(client, url, "WELLREAD_DOCUMENT_QUEUE_URL", sleep=sleep)
        self._bucket = bucket
        self._clock = clock

    def put(self, keys: Sequence[str], *, again: bool = False) -> None:
        """Enqueue the hint that these keys may have changed, or shall be read `again`."""
        self._send(keys, RETRY_REQUESTED if again else None)

    def sweep(self, documents: Sequence[DocumentId], *, delay_seconds: float) -> None:
        self._send(documents, SWEEP_REQUESTED, delay_seconds)

    def _send(self, keys: Sequence[str], request: str | None, delay_seconds: float = 0.0) -> None:
        events = [
            s3_change_event(
                self._bucket,
                key,
                version=unknown_version(key),
                sequencer=time.time_ns(),
                clock=self._clock,
                request=request,
            )
            for key in keys
        ]
        self._sender.send([json.dumps(event) for event in events], delay_seconds=delay_seconds)
