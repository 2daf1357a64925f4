"""SQS in memory, on the world's clock: what the adapters call of a client, and the delivery.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from wellread.adapters.embedded.sqlite_queue import QueueMessage
from wellread.local.lambda_runtime import sqs_event

VISIBILITY_SECONDS = 900.0
_MOST_ENTRIES = 10
_MOST_BYTES = 262_144
_LONGEST_DELAY = 900


@dataclass(slots=True)
class Message:
    """A message; `visible_at` is when it may be delivered (again)."""

    body: str
    sent_at: float
    visible_at: float
    receives: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(slots=True)
class Queue:
    """One queue with its dead letters."""

    name: str
    waiting: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)


class MemorySqs:
    """A client of SQS for the adapters' writes, and what an event source mapping does."""

    def __init__(
        self, clock: Callable[[], float], call: Callable[[], None], *, most_receives: int
    ) -> None:
        """No queue has anything yet.

        Args:
            clock: The world's time.
            call: Told of every call; may raise to end the caller's life.
            most_receives: After so many a message is a dead letter.
        """
        self._clock = clock
        self._call = call
        self._most_receives = most_receives
        self._queues: dict[str, Queue] = {}
        self.failing: list[str] = []

    def queue(self, name: str) -> Queue:
        """A queue; its name is its address."""
        return self._queues.setdefault(name, Queue(name))

    def send_message_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - as boto3 has it
        Entries: Sequence[dict[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        """Take messages in, all, some or none of them."""
        self._call()
        _check(Entries)
        failure = self.failing.pop() if self.failing else ""
        if failure == "throttled":
            raise _error("RequestThrottled", 403)
        left_out = {Entries[0]["Id"]} if failure == "one left out" else set()
        now = self._clock()
        queue = self.queue(QueueUrl)
        taken = [entry for entry in Entries if entry["Id"] not in left_out]
        queue.waiting += [
            Message(entry["MessageBody"], now, now + entry.get("DelaySeconds", 0))
            for entry in taken
        ]
        if failure == "timed out":
            raise ReadTimeoutError(endpoint_url=QueueUrl)
        return {
            "Successful": [{"Id": entry["Id"]} for entry in taken],
            "Failed": [
                {"Id": name, "Code": "InternalError", "SenderFault": False} for name in left_out
            ],
        }

    def arrive(self, name: str, body: str) -> None:
        """A message comes from somebody else, who does not fail."""
        now = self._clock()
        self.queue(name).waiting.append(Message(body, now, now))

    def deliver(
        self, name: str, handler: Callable[[dict[str, Any]], dict[str, Any]], most: int
    ) -> bool:
        """Give a function the next messages, as its event source mapping does.

        What it reports as failed is delivered again; what it died over too, once its visibility
        time is over. Returns whether there was something.
        """
        queue = self.queue(name)
        now = self._clock()
        taken = [message for message in queue.waiting if message.visible_at <= now][:most]
        if not taken:
            return False
        for message in taken:
            message.receives += 1
            message.visible_at = now + VISIBILITY_SECONDS
        result = handler(event_of(name, taken))
        failed = {failure["itemIdentifier"] for failure in result["batchItemFailures"]}
        # Another worker may have had it meanwhile, where this one took longer than it may.
        done = [message for message in taken if message.id not in failed]
        queue.waiting = [m for m in queue.waiting if not any(m is each for each in done)]
        self._bury(queue)
        return True

    def release(self, name: str) -> None:
        """Deliver again at once what somebody died over."""
        for message in self.queue(name).waiting:
            if message.receives:
                message.visible_at = self._clock()
        self._bury(self.queue(name))

    def shuffle(self, name: str, dice: random.Random, *, lose: float) -> None:
        """Deliver in another order, some twice, some never."""
        queue = self.queue(name)
        kept = [message for message in queue.waiting if dice.random() >= lose]
        again = [
            Message(message.body, message.sent_at, message.visible_at)
            for message in kept
            if dice.random() < 0.3
        ]
        queue.waiting = kept + again
        dice.shuffle(queue.waiting)

    def _bury(self, queue: Queue) -> None:
        dead = [message for message in queue.waiting if message.receives >= self._most_receives]
        queue.dead += dead
        queue.waiting = [message for message in queue.waiting if message not in dead]


def event_of(queue: str, messages: Sequence[Message]) -> dict[str, Any]:
    """The event with which SQS invokes a function."""
    return sqs_event(
        queue, [QueueMessage(m.id, m.id, m.body, m.receives, m.sent_at) for m in messages]
    )


def _check(entries: Sequence[dict[str, Any]]) -> None:
    """Refuse what SQS refuses."""
    if not 1 <= len(entries) <= _MOST_ENTRIES:
        raise _error("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400)
    if len({entry["Id"] for entry in entries}) != len(entries):
        raise _error("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400)
    if sum(len(entry["MessageBody"].encode()) for entry in entries) > _MOST_BYTES:
        raise _error("AWS.SimpleQueueService.BatchRequestTooLong", 400)
    for entry in entries:
        json.loads(entry["MessageBody"])
        delay = entry.get("DelaySeconds", 0)
        if not isinstance(delay, int) or not 0 <= delay <= _LONGEST_DELAY:
            raise _error("InvalidParameterValue", 400)


def _error(code: str, status: int) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": code},
            "ResponseMetadata": {"HTTPStatusCode": status},
        },
        "SendMessageBatch",
    )
