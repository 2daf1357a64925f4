"""Questions that the documents did not answer, in the data file."""

from __future__ import annotations

from collections.abc import Sequence

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_sources import UNANSWERED, put_sources
from wellread.domain.ask.gaps import Unanswered
from wellread.domain.knowledge.documents import DocumentId
from wellread.wire.stored_unanswered import pack_unanswered, unpack_unanswered

_KEEP_SECONDS = 90 * 86_400.0


class SqliteUnansweredQuestions:
    """`UnansweredQuestions`; what is older than 90 days goes when something is noted."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def note(self, asked: Unanswered) -> None:
        with self._database.transaction() as connection:
            old = connection.execute(
                "SELECT thread, turn FROM unanswered WHERE at < ?", (asked.at - _KEEP_SECONDS,)
            ).fetchall()
            for thread, turn in [*old, (asked.thread, asked.turn)]:
                connection.execute(
                    "DELETE FROM unanswered WHERE thread = ? AND turn = ?", (thread, turn)
                )
                put_sources(connection, UNANSWERED, thread, turn, ())
            connection.execute(
                "INSERT INTO unanswered (at, thread, turn, body) VALUES (?, ?, ?, ?)",
                (asked.at, asked.thread, asked.turn, pack_unanswered(asked)),
            )
            put_sources(connection, UNANSWERED, asked.thread, asked.turn, asked.drawn_on)

    def since(self, at: float) -> Sequence[Unanswered]:
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT body FROM unanswered WHERE at >= ? ORDER BY at, thread, turn", (at,)
            ).fetchall()
        return [unpack_unanswered(row[0]) for row in rows]

    def erase(self, document: DocumentId) -> None:
        """Forget every question that may hold words of a document."""
        with self._database.transaction() as connection:
            found = connection.execute(
                "SELECT thread, turn FROM word_source WHERE kind = ? AND document = ?",
                (UNANSWERED, document),
            ).fetchall()
            for thread, turn in found:
                connection.execute(
                    "DELETE FROM unanswered WHERE thread = ? AND turn = ?", (thread, turn)
                )
                put_sources(connection, UNANSWERED, thread, turn, ())
