"""Durable queues as tables of the data file: at least once, with receipts and dead letters."""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wellread.adapters.embedded.sqlite_database import SqliteDatabase, next_number
from wellread.domain.ingest.records import RETRY_REQUESTED, SWEEP_REQUESTED, BatchReference
from wellread.domain.knowledge.documents import DocumentId, ObjectVersion
from wellread.ports.operations import Clock
from wellread.wire.bucket_events import s3_change_event, unknown_version


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A message as one receive delivered it.

    Attributes:
        receipt: Of this delivery; void once the message was delivered again.
        receive_count: Deliveries so far, this one included.
        sent_at: Seconds since the epoch.
        group: Of which one is delivered after the other; None where messages go in any order.
    """

    id: str
    receipt: str
    body: str
    receive_count: int
    sent_at: float
    group: str | None = None


_LONGEST_DELAY_SECONDS = 900.0
_DEDUPLICATED_SECONDS = 300.0
"""As SQS does."""


class SqliteQueue:
    """One queue among those of the data file, used by several threads and processes at once."""

    def __init__(self, database: SqliteDatabase, name: str, clock: Clock):
        """Use the queue of that name."""
        self.name = name
        self.database = database
        self.clock = clock
        self.sent: Callable[[], object] = lambda: None
        """Called where something was sent by this object, for who receives in this process."""

    def send(
        self,
        bodies: Sequence[str],
        *,
        ranks: Sequence[int] | None = None,
        delay_seconds: float = 0.0,
    ) -> None:
        """Enqueue all of these, or none and an error.

        Args:
            bodies: The messages.
            ranks: One a message, 0 by default; messages of a lower rank are delivered first.
            delay_seconds: Not delivered before that.
        """
        now = self.clock()
        with self.database.transaction() as connection:
            # Visible since ever: a clock that is put back must not hide what was sent before.
            visible_at = now + delay_seconds if delay_seconds else 0
            connection.executemany(
                "INSERT INTO queue_message (queue, body, rank, sent_at, visible_at)"
                " VALUES (?, ?, ?, ?, ?)",
                [
                    (self.name, _to_bytes(body), rank, now, visible_at)
                    for body, rank in zip(bodies, ranks or [0] * len(bodies), strict=True)
                ],
            )
        self.sent()

    def send_in_turn(self, body: str, *, group: str, deduplication: str) -> bool:
        """Enqueue a message that is delivered once those of its group before it are done.

        Returns:
            False where one of that `deduplication` is waiting or taken, or was sent within the
            last five minutes: then there is nothing to enqueue.
        """
        now = self.clock()
        named = {
            "queue": self.name,
            "body": _to_bytes(body),
            "grouped": group,
            "deduplication": deduplication,
            "now": now,
        }
        with self.database.transaction() as connection:
            # As far off as that on either side: a clock may have been put back.
            connection.execute(
                "DELETE FROM queue_sent WHERE abs(sent_at - ?) >= ?", (now, _DEDUPLICATED_SECONDS)
            )
            if connection.execute(_SENT_BEFORE, named).fetchone():
                return False
            connection.execute(
                "INSERT INTO queue_sent (queue, deduplication, sent_at)"
                " VALUES (:queue, :deduplication, :now)",
                named,
            )
            connection.execute(
                "INSERT INTO queue_message"
                " (queue, body, sent_at, visible_at, grouped, deduplication)"
                " VALUES (:queue, :body, :now, 0, :grouped, :deduplication)",
                named,
            )
        self.sent()
        return True

    def receive(
        self, limit: int, visibility_seconds: float, *, window_seconds: float = 0.0
    ) -> list[QueueMessage]:
        """Take messages; nobody else gets them until the time is over.

        Args:
            limit: So many at most, and one of each group.
            visibility_seconds: That time.
            window_seconds: Fewer than `limit` are left until the oldest has waited for so long.
        """
        now = self.clock()

        def visible(connection: sqlite3.Connection) -> list[tuple[int, bytes, int, float, str]]:
            rows = connection.execute(_VISIBLE, (self.name, now, limit)).fetchall()
            oldest = min((sent_at for *_, sent_at, _ in rows), default=now)
            more_may_come = len(rows) < limit and 0.0 <= now - oldest < window_seconds
            return [] if more_may_come else rows

        with self.database.snapshot() as connection:
            # Polling an empty queue must not contend for the write lock.
            if not visible(connection):
                return []
        with self.database.transaction() as connection:
            messages = [
                QueueMessage(
                    id=str(number),
                    receipt=uuid.uuid4().hex,
                    body=_from_bytes(body),
                    receive_count=receive_count + 1,
                    sent_at=sent_at,
                    group=group,
                )
                for number, body, receive_count, sent_at, group in visible(connection)
            ]
            connection.executemany(
                "UPDATE queue_message"
                " SET receipt = ?, visible_at = ?, receive_count = receive_count + 1 WHERE id = ?",
                [(m.receipt, now + visibility_seconds, int(m.id)) for m in messages],
            )
        return messages

    def delete(self, messages: Iterable[QueueMessage]) -> int:
        """Delete delivered messages.

        Returns:
            How many were deleted: a message as an earlier delivery brought it deletes nothing.
        """
        with self.database.transaction() as connection:
            return connection.executemany(
                "DELETE FROM queue_message WHERE receipt = ? AND queue = ?",
                [(message.receipt, self.name) for message in messages],
            ).rowcount

    def release(self, message: QueueMessage, delay_seconds: float = 0.0) -> None:
        """Give a delivered message back, to be delivered again after a delay."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE queue_message SET receipt = NULL, visible_at = ?"
                " WHERE receipt = ? AND queue = ?",
                (self.clock() + delay_seconds, message.receipt, self.name),
            )

    def release_all(self) -> int:
        """Give back what a host that died had taken. Only while no other host is running.

        Nor does a delay go on that only a clock that was put back can have made so long.
        """
        with self.database.transaction() as connection:
            return connection.execute(
                "UPDATE queue_message SET receipt = NULL, visible_at = 0"
                " WHERE queue = ? AND dead = 0 AND (receipt IS NOT NULL OR visible_at > ?)",
                (self.name, self.clock() + _LONGEST_DELAY_SECONDS),
            ).rowcount

    def bury(self, message: QueueMessage) -> None:
        """Move a delivered message to the dead letters."""
        with self.database.transaction() as connection:
            connection.execute(
                "UPDATE queue_message SET dead = 1 WHERE receipt = ? AND queue = ?",
                (message.receipt, self.name),
            )

    def dead(self) -> list[QueueMessage]:
        """The dead letters, oldest first."""
        with self.database.snapshot() as connection:
            rows = connection.execute(
                "SELECT id, receipt, body, receive_count, sent_at FROM queue_message"
                " WHERE queue = ? AND dead = 1 ORDER BY id",
                (self.name,),
            ).fetchall()
        return [
            QueueMessage(str(number), receipt, _from_bytes(body), receive_count, sent_at)
            for number, receipt, body, receive_count, sent_at in rows
        ]

    def redrive(self) -> int:
        with self.database.transaction() as connection:
            return connection.execute(
                "UPDATE queue_message SET dead = 0, receipt = NULL, receive_count = 0,"
                " visible_at = ? WHERE queue = ? AND dead = 1",
                (self.clock(), self.name),
            ).rowcount

    def depth(self) -> int:
        """How many messages are not done: waiting, delayed or taken, but not dead."""
        with self.database.snapshot() as connection:
            row = connection.execute(
                "SELECT count(*) FROM queue_message WHERE queue = ? AND dead = 0", (self.name,)
            ).fetchone()
        return int(row[0])


_VISIBLE = """
    SELECT id, body, receive_count, sent_at, grouped FROM queue_message AS this
    WHERE queue = ? AND dead = 0 AND visible_at <= ? AND (
        grouped IS NULL OR NOT EXISTS (
            SELECT 1 FROM queue_message AS earlier
            WHERE earlier.queue = this.queue AND earlier.grouped = this.grouped
                AND earlier.id < this.id AND earlier.dead = 0
        )
    )
    ORDER BY rank, visible_at, id LIMIT ?
"""
_SENT_BEFORE = """
    SELECT 1 FROM queue_sent WHERE queue = :queue AND deduplication = :deduplication
    UNION ALL
    SELECT 1 FROM queue_message
    WHERE queue = :queue AND deduplication = :deduplication AND dead = 0
"""


class SqliteDeadLetters:
    """The `DeadLetters` of one queue."""

    def __init__(self, queue: SqliteQueue):
        self._queue = queue

    def depth(self) -> int:
        return len(self._queue.dead())

    def dead(self, limit: int = 100) -> Sequence[QueueMessage]:
        """The oldest of them; they stay."""
        return self._queue.dead()[:limit]

    def redrive(self) -> int:
        return self._queue.redrive()


def _to_bytes(body: str) -> bytes:
    return body.encode("utf-8", "surrogatepass")


def _from_bytes(body: bytes) -> str:
    return body.decode("utf-8", "surrogatepass")


class SqliteChunkQueue:
    """A `ChunkQueue`: each message is the JSON of a `BatchReference`."""

    def __init__(self, queue: SqliteQueue):
        self._queue = queue

    def put(self, batches: Sequence[BatchReference], *, delay_seconds: float = 0.0) -> None:
        """Enqueue batches; delivered at least once, in any order.

        A document's first batches go before another's later ones, so that a short note need not
        wait for the book that was dropped before it.
        """
        self._queue.send(
            [json.dumps(batch.as_message()) for batch in batches],
            ranks=[batch.batch for batch in batches],
            delay_seconds=delay_seconds,
        )


class SqliteChangeQueue:
    """A `ChangeQueue`: each message is what EventBridge sends when an object of S3 changes."""

    def __init__(
        self,
        queue: SqliteQueue,
        bucket: str,
        *,
        versions: Callable[[str], ObjectVersion | None] | None = None,
    ):
        """Put into this queue.

        Args:
            queue: Where the events go.
            bucket: The bucket's name in the events.
            versions: What the bucket held under a key when it was last looked at; without it
                every event says that something was put.
        """
        self._queue = queue
        self._bucket = bucket
        self._versions = versions or unknown_version

    def put(self, keys: Sequence[str], *, again: bool = False) -> None:
        """Enqueue the hint that these keys may have changed, or shall be read `again`."""
        self._send(keys, RETRY_REQUESTED if again else None)

    def sweep(self, documents: Sequence[DocumentId], *, delay_seconds: float) -> None:
        self._send(documents, SWEEP_REQUESTED, delay_seconds)

    def _send(self, keys: Sequence[str], request: str | None, delay_seconds: float = 0.0) -> None:
        with self._queue.database.transaction() as connection:
            events = [
                s3_change_event(
                    self._bucket,
                    key,
                    version=self._versions(key),
                    sequencer=next_number(connection, "event"),
                    clock=self._queue.clock,
                    request=request,
                )
                for key in keys
            ]
            self._queue.send([json.dumps(event) for event in events], delay_seconds=delay_seconds)
