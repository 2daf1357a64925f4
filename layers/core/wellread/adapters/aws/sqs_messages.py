"""Sending to SQS: many messages in few calls, each known to have been taken."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from wellread.adapters.aws.service_errors import Resource
from wellread.domain.knowledge.errors import PermanentError, TransientError

_MOST_MESSAGES = 10
_MOST_BYTES = 262_144
_LONGEST_DELAY_SECONDS = 900
_TRIES = 5


class MessageSender:
    """Puts messages into one queue."""

    def __init__(
        self,
        client: Any,
        url: str,
        setting: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ):
        """Send to this queue.

        Args:
            client: Of SQS.
            url: The queue's.
            setting: The environment variable that names it, for errors.
            sleep: Between attempts.
        """
        self._client = client
        self._url = url
        self._resource = Resource("queue", url, setting)
        self._sleep = sleep

    def send(self, bodies: Sequence[str], *, delay_seconds: float = 0.0) -> None:
        """Send messages, in no order.

        Args:
            bodies: The messages, in ASCII.
            delay_seconds: None is delivered before that; SQS waits for 900 at most.

        Raises:
            TransientError: Some were not taken; others may have been.
        """
        delay = min(_LONGEST_DELAY_SECONDS, max(0, math.ceil(delay_seconds)))
        for bodies_of_call in _calls(bodies):
            entries = [
                {"Id": str(number), "MessageBody": body, "DelaySeconds": delay}
                for number, body in enumerate(bodies_of_call)
            ]
            self._send(entries)

    def send_in_turn(self, body: str, *, group: str, deduplication: str) -> None:
        """Send a message into a FIFO queue.

        Args:
            body: The message, in ASCII.
            group: It is delivered once those of its group before it are done.
            deduplication: Where one of the same was sent within five minutes nothing is.

        Raises:
            TransientError: It was not taken, as far as is known.
        """
        with self._resource.errors():
            self._client.send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageGroupId=group,
                MessageDeduplicationId=deduplication,
            )

    def _send(self, entries: list[dict[str, Any]]) -> None:
        for attempt in range(_TRIES):
            with self._resource.errors():
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            failed = {entry["Id"]: entry for entry in answer.get("Failed", ())}
            if not failed:
                return
            codes = ", ".join(sorted({str(entry.get("Code")) for entry in failed.values()}))
            if any(entry.get("SenderFault") for entry in failed.values()):
                raise PermanentError(
                    f"The queue {self._url!r} refused messages ({codes}). Report it with the "
                    "correlation id in the log."
                )
            entries = [entry for entry in entries if entry["Id"] in failed]
            self._sleep(random.uniform(0, 0.1 * 2.0**attempt))  # noqa: S311 - no secret
        raise TransientError(
            f"The queue {self._url!r} did not take {len(entries)} messages ({codes}). Try again."
        )


def _calls(bodies: Sequence[str]) -> Iterator[list[str]]:
    """The messages in as many as one call may carry."""
    call: list[str] = []
    size = 0
    for body in bodies:
        if call and (len(call) == _MOST_MESSAGES or size + len(body) > _MOST_BYTES):
            yield call
            call, size = [], 0
        call.append(body)
        size += len(body)
    if call:
        yield call
