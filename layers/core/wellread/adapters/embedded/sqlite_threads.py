"""Threads and their turns in the data file."""

from __future__ import annotations

from collections.abc import Sequence

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_sources import TURN, put_sources
from wellread.domain.ask.answers import Reply
from wellread.domain.ask.questions import AskerId, Place, ThreadId, Turn
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError, NotFoundError
from wellread.wire import stored_threads
from wellread.wire.stored_form import pack, unpack


class SqliteThreadStore:
    """A `ThreadStore` and `AskedQuestions`."""

    def __init__(self, database: SqliteDatabase):
        self._database = database

    def start(self, owner: AskerId | Place) -> ThreadId:
        thread = stored_threads.id_of(owner)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO thread (id, asker) VALUES (?, ?)",
                (thread, stored_threads.pack_owner(owner)),
            )
        return thread

    def owner(self, thread: ThreadId) -> AskerId | Place | None:
        with self._database.snapshot() as connection:
            row = connection.execute("SELECT asker FROM thread WHERE id = ?", (thread,)).fetchone()
        return None if row is None else stored_threads.unpack_owner(row[0])

    def turns(self, thread: ThreadId, limit: int = 10) -> Sequence[Turn]:
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT number, body FROM turn WHERE thread = ? ORDER BY number DESC LIMIT ?",
                (thread, limit),
            ).fetchall()
        return [_turn(number, body) for number, body in reversed(rows)]

    def append(
        self,
        reply: Reply,
        question: str,
        standalone: str,
        *,
        asker: AskerId,
        drawn_on: frozenset[DocumentId] = frozenset(),
    ) -> None:
        """Add `reply.turn` to `reply.thread`; the same reply again replaces its turn."""
        sources = reply.drawn_on | drawn_on
        body = stored_threads.body_of(reply, question, standalone, asker=asker, drawn_on=sources)
        packed = pack(body | {"correlation_id": reply.correlation_id})
        with self._database.transaction() as connection:
            if not connection.execute(
                "SELECT 1 FROM thread WHERE id = ?", (reply.thread,)
            ).fetchone():
                raise NotFoundError("There is no such thread. Ask without one to start a new one.")
            last = connection.execute(
                "SELECT number, body FROM turn WHERE thread = ? ORDER BY number DESC LIMIT 1",
                (reply.thread,),
            ).fetchone()
            if last and (
                last[0] > reply.turn
                or (last[0] == reply.turn and not _is_of(last[1], reply.correlation_id))
            ):
                raise ConflictError("The thread has gone on meanwhile; ask again.")
            connection.execute(
                "INSERT OR REPLACE INTO turn (thread, number, body) VALUES (?, ?, ?)",
                (reply.thread, reply.turn, packed),
            )
            connection.execute(
                "INSERT OR REPLACE INTO asked (asker, thread, turn) VALUES (?, ?, ?)",
                (pack(asker), reply.thread, reply.turn),
            )
            put_sources(connection, TURN, reply.thread, reply.turn, sources)

    def asked_by(self, asker: AskerId, limit: int = 10) -> Sequence[Turn]:
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT t.number, t.body FROM asked AS a"
                " JOIN turn AS t ON t.thread = a.thread AND t.number = a.turn"
                " WHERE a.asker = ? ORDER BY a.id DESC LIMIT ?",
                (pack(asker), limit),
            ).fetchall()
        return [_turn(number, body) for number, body in rows]

    def erase(self, document: DocumentId) -> None:
        """Forget the words of every turn that draws on a document."""
        with self._database.transaction() as connection:
            turns = connection.execute(
                "SELECT t.thread, t.number, t.body FROM word_source AS s"
                " JOIN turn AS t ON t.thread = s.thread AND t.number = s.turn"
                " WHERE s.kind = ? AND s.document = ?",
                (TURN, document),
            ).fetchall()
            for thread, number, body in turns:
                connection.execute(
                    "UPDATE turn SET body = ? WHERE thread = ? AND number = ?",
                    (pack(stored_threads.without_words(unpack(body))), thread, number),
                )
                connection.execute(
                    "DELETE FROM asked WHERE thread = ? AND turn = ?", (thread, number)
                )
                put_sources(connection, TURN, thread, number, ())


def _is_of(body: bytes, correlation_id: str) -> bool:
    return bool(unpack(body).get("correlation_id") == correlation_id)


def _turn(number: int, body: bytes) -> Turn:
    return stored_threads.turn_of(number, unpack(body))
