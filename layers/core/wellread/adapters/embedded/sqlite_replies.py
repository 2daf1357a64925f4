"""How far the replies in chats are, in the data file."""

from __future__ import annotations

from dataclasses import replace

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.domain.chat.events import MessageKey
from wellread.domain.chat.replies import ReplyRecord, released
from wellread.domain.knowledge.errors import ConflictError
from wellread.ports.operations import Clock
from wellread.wire.stored_replies import pack_reply, unpack_reply


class SqliteReplyLedger:
    """A `ReplyLedger` of the data file."""

    def __init__(self, database: SqliteDatabase, clock: Clock):
        self._database = database
        self._clock = clock

    def get(self, key: MessageKey) -> ReplyRecord | None:
        with self._database.snapshot() as connection:
            row = connection.execute(
                "SELECT body, generation FROM reply WHERE key = ? AND expires_at > ?",
                (key.id, self._clock()),
            ).fetchone()
        return None if row is None else unpack_reply(*row)

    def put(self, record: ReplyRecord) -> ReplyRecord:
        with self._database.transaction() as connection:
            written = connection.execute(
                _ADD if record.generation == 0 else _CHANGE,
                {
                    "key": record.key.id,
                    "read": record.generation,
                    "generation": record.generation + 1,
                    "lease_until": record.lease_until,
                    "expires_at": record.expires_at,
                    "body": pack_reply(record),
                    "now": self._clock(),
                },
            ).rowcount
        if not written:
            raise ConflictError("Another worker wrote down how far this reply is; read it again.")
        return replace(record, generation=record.generation + 1)

    def release_all(self) -> int:
        """Give back what workers of a host that died had. Only while no other host is running."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT body, generation FROM reply WHERE lease_until > 0 AND expires_at > ?",
                (self._clock(),),
            ).fetchall()
            for row in rows:
                self.put(released(unpack_reply(*row)))
        return len(rows)

    def sweep(self) -> int:
        """Delete what may be forgotten."""
        with self._database.transaction() as connection:
            return connection.execute(
                "DELETE FROM reply WHERE expires_at <= ?", (self._clock(),)
            ).rowcount


_ADD = """
    INSERT INTO reply (key, generation, lease_until, expires_at, body)
    VALUES (:key, :generation, :lease_until, :expires_at, :body)
    ON CONFLICT (key) DO UPDATE SET generation = :generation, lease_until = :lease_until,
        expires_at = :expires_at, body = :body
    WHERE reply.expires_at <= :now
"""
_CHANGE = """
    UPDATE reply SET generation = :generation, lease_until = :lease_until,
        expires_at = :expires_at, body = :body
    WHERE key = :key AND generation = :read AND expires_at > :now
"""
