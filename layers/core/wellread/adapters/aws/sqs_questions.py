"""From a chat's front to the worker, in SQS."""

from __future__ import annotations

import json
from typing import Any

from wellread.adapters.aws.sqs_messages import MessageSender
from wellread.domain.chat.events import ChatEvent

CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 0.5
ATTEMPTS = 2
"""A platform waits for three seconds, a first start among them; what was not taken it sends again,
and what was taken although nobody heard of it is not taken twice."""


class SqsQuestionQueue:
    """A `QuestionQueue` in a FIFO queue: each message is the JSON of a `ChatEvent`."""

    def __init__(self, client: Any, url: str):
        """Put into this queue, through a client of SQS."""
        self._sender = MessageSender(client, url, "WELLREAD_QUESTION_QUEUE_URL")

    def put(self, event: ChatEvent) -> None:
        self._sender.send_in_turn(
            json.dumps(event.as_message()), group=event.group, deduplication=event.deduplication
        )
