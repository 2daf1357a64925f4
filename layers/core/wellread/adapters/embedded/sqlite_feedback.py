"""What people said about replies, in the data file."""

from __future__ import annotations

from collections.abc import Sequence

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_sources import FEEDBACK, add_sources, put_sources
from wellread.domain.ask.answers import GivenFeedback
from wellread.domain.knowledge.documents import DocumentId
from wellread.wire.stored_feedback import pack_given, unpack_given, without_words
from wellread.wire.stored_form import pack, unpack


class SqliteFeedbackStore:
    """A `FeedbackStore`."""

    def __init__(self, database: SqliteDatabase):
        self._database = database

    def put(
        self, given: GivenFeedback, *, drawn_on: frozenset[DocumentId] = frozenset()
    ) -> GivenFeedback:
        said = given.feedback
        key = (said.thread, said.turn, said.kind, pack(given.asker))
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT body FROM feedback WHERE thread = ? AND turn = ? AND kind = ?"
                " AND asker = ?",
                key,
            ).fetchone()
            kept = given.after(None if row is None else _given(*key, row[0]))
            connection.execute(
                "INSERT OR REPLACE INTO feedback (thread, turn, kind, asker, body)"
                " VALUES (?, ?, ?, ?, ?)",
                (*key, pack_given(kept)),
            )
            add_sources(connection, FEEDBACK, said.thread, said.turn, drawn_on)
        return kept

    def erase(self, document: DocumentId) -> None:
        """Forget the words of all that was said about a turn that drew on a document."""
        with self._database.transaction() as connection:
            rows = connection.execute(
                "SELECT f.thread, f.turn, f.kind, f.asker, f.body FROM word_source AS s"
                " JOIN feedback AS f ON f.thread = s.thread AND f.turn = s.turn"
                " WHERE s.kind = ? AND s.document = ?",
                (FEEDBACK, document),
            ).fetchall()
            for *key, body in rows:
                connection.execute(
                    "UPDATE feedback SET body = ?"
                    " WHERE thread = ? AND turn = ? AND kind = ? AND asker = ?",
                    (without_words(body), *key),
                )
                put_sources(connection, FEEDBACK, key[0], key[1], ())

    def list(self) -> Sequence[GivenFeedback]:
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT thread, turn, kind, asker, body FROM feedback"
            ).fetchall()
        return sorted((_given(*row) for row in rows), key=lambda given: given.at)


def _given(thread: str, turn: int, kind: str, asker: bytes, body: bytes) -> GivenFeedback:
    return unpack_given(body, thread=thread, turn=turn, kind=kind, asker=unpack(asker))
