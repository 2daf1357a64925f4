"""Verdicts on replies in the data file."""

from __future__ import annotations

from collections.abc import Sequence

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_sources import FEEDBACK, put_sources
from wellread.domain.ask.answers import Feedback, Verdict
from wellread.domain.ask.questions import AskerId, ThreadId
from wellread.domain.knowledge.documents import DocumentId
from wellread.ports.operations import Clock
from wellread.wire.stored_form import pack, unpack


class SqliteFeedbackStore:
    """A `FeedbackStore`."""

    def __init__(self, database: SqliteDatabase, clock: Clock):
        """Keep verdicts in this file, with the time at which they came."""
        self._database = database
        self._clock = clock

    def put(
        self,
        asker: AskerId,
        feedback: Feedback,
        *,
        drawn_on: frozenset[DocumentId] = frozenset(),
    ) -> None:
        """Keep a verdict; it replaces an earlier one on the same turn."""
        body = pack(
            {
                "verdict": feedback.verdict.value,
                "reason": feedback.reason,
                "correction": feedback.correction,
                "at": self._clock(),
            }
        )
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO feedback (thread, turn, asker, body) VALUES (?, ?, ?, ?)",
                (feedback.thread, feedback.turn, pack(asker), body),
            )
            put_sources(connection, FEEDBACK, feedback.thread, feedback.turn, drawn_on)

    def erase(self, document: DocumentId) -> None:
        """Forget the words of every verdict on a turn that drew on a document."""
        with self._database.transaction() as connection:
            verdicts = connection.execute(
                "SELECT f.thread, f.turn, f.body FROM word_source AS s"
                " JOIN feedback AS f ON f.thread = s.thread AND f.turn = s.turn"
                " WHERE s.kind = ? AND s.document = ?",
                (FEEDBACK, document),
            ).fetchall()
            for thread, turn, body in verdicts:
                connection.execute(
                    "UPDATE feedback SET body = ? WHERE thread = ? AND turn = ?",
                    (pack(unpack(body) | {"reason": None, "correction": None}), thread, turn),
                )
                put_sources(connection, FEEDBACK, thread, turn, ())

    def list(self) -> Sequence[Feedback]:
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT thread, turn, body FROM feedback ORDER BY id"
            ).fetchall()
        return [_feedback(thread, turn, body) for thread, turn, body in rows]


def _feedback(thread: str, turn: int, body: bytes) -> Feedback:
    fields = unpack(body)
    return Feedback(
        thread=ThreadId(thread),
        turn=turn,
        verdict=Verdict(fields["verdict"]),
        reason=fields["reason"],
        correction=fields["correction"],
    )
