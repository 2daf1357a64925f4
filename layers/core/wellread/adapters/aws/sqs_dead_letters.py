"""Messages that were delivered too often, in SQS."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from wellread.adapters.aws.service_errors import Resource, code_of
from wellread.adapters.aws.sqs_messages import MessageSender

_MOST_MESSAGES = 10
_TAKEN_SECONDS = 60
_CANNOT_MOVE = frozenset(
    {
        # SQS, where it is moving them already, or does not know whose dead letters they are.
        "AWS.SimpleQueueService.UnsupportedOperation",
        "UnsupportedOperation",
        # What services that stand for SQS answer where they lack the operation.
        "InvalidAction",
        "NotImplemented",
        "UnknownOperationException",
    }
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that nobody will deliver any more.

    Attributes:
        sent_at: Seconds since the epoch; when it was first put into its queue.
    """

    body: str
    sent_at: float


class SqsDeadLetters:
    """The `DeadLetters` of one queue."""

    def __init__(
        self,
        client: Any,
        queue_url: str,
        dead_letters_url: str,
        *,
        wait_seconds: int = 1,
        sleep: Callable[[float], None] = time.sleep,
    ):
        """Look after the dead letters of a queue.

        Args:
            client: Of SQS.
            queue_url: Where they were, and go to.
            dead_letters_url: Where they are.
            wait_seconds: How long to wait for more; without waiting SQS may overlook some.
            sleep: Between attempts.
        """
        self._client = client
        self._queue_url = queue_url
        self._url = dead_letters_url
        self._wait_seconds = wait_seconds
        self._sender = MessageSender(client, queue_url, "its queue's URL", sleep=sleep)
        self._resource = Resource("queue", dead_letters_url, "the dead-letter queue's URL")

    def depth(self) -> int:
        """About how many there are."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        attributes = self._attributes(self._url, *names)
        return sum(int(attributes[name]) for name in names)

    def dead(self, limit: int = 100) -> Sequence[DeadLetter]:
        """Some of them, oldest first. They stay where they are."""
        taken = self._take(limit)
        self._give_back(taken)
        letters = [
            DeadLetter(
                body=message["Body"],
                sent_at=int(message["Attributes"]["SentTimestamp"]) / 1000,
            )
            for message in taken
        ]
        return sorted(letters, key=lambda letter: letter.sent_at)

    def redrive(self) -> int:
        """Give every dead letter a new start.

        SQS moves them by itself, at first into sight and a large number over several minutes.

        Returns:
            About how many there are.
        """
        waiting = self.depth()
        arns = [
            self._attributes(url, "QueueArn")["QueueArn"] for url in (self._url, self._queue_url)
        ]
        with self._resource.errors():
            try:
                self._client.start_message_move_task(SourceArn=arns[0], DestinationArn=arns[1])
            except ClientError as exc:
                if code_of(exc) not in _CANNOT_MOVE:
                    raise
            else:
                return waiting
        return self._move()

    def _move(self) -> int:
        moved = 0
        while taken := self._take(_MOST_MESSAGES):
            # Sent before they are deleted: twice rather than never.
            self._sender.send([message["Body"] for message in taken])
            with self._resource.errors():
                self._client.delete_message_batch(QueueUrl=self._url, Entries=_receipts(taken))
            moved += len(taken)
        return moved

    def _take(self, limit: int) -> list[dict[str, Any]]:
        """At most so many messages, hidden from others for a while."""
        taken: dict[str, dict[str, Any]] = {}
        while len(taken) < limit:
            with self._resource.errors():
                received = self._client.receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=min(_MOST_MESSAGES, limit - len(taken)),
                    VisibilityTimeout=_TAKEN_SECONDS,
                    WaitTimeSeconds=self._wait_seconds,
                    MessageSystemAttributeNames=["SentTimestamp"],
                ).get("Messages", ())
            if not received:
                break
            taken.update({message["MessageId"]: message for message in received})
        return list(taken.values())

    def _give_back(self, taken: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(taken), _MOST_MESSAGES):
            entries = [
                entry | {"VisibilityTimeout": 0}
                for entry in _receipts(taken[start : start + _MOST_MESSAGES])
            ]
            with self._resource.errors():
                self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def _attributes(self, url: str, *names: str) -> dict[str, str]:
        with self._resource.errors():
            found = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=list(names))
        attributes: dict[str, str] = found["Attributes"]
        return attributes


def _receipts(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
        for number, message in enumerate(messages)
    ]
