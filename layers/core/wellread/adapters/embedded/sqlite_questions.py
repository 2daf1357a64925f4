"""From a chat's front to the worker, in the data file."""

from __future__ import annotations

import json

from wellread.adapters.embedded.sqlite_queue import SqliteQueue
from wellread.domain.chat.events import ChatEvent


class SqliteQuestionQueue:
    """A `QuestionQueue`: each message is the JSON of a `ChatEvent`."""

    def __init__(self, queue: SqliteQueue):
        self._queue = queue

    def put(self, event: ChatEvent) -> None:
        self._queue.send_in_turn(
            json.dumps(event.as_message()), group=event.group, deduplication=event.deduplication
        )
