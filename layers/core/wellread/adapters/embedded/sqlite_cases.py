"""Cases and reviewed answers in the data file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_sources import CASE, REVIEWED, put_sources
from wellread.domain.ask.cases import Case, CaseId
from wellread.domain.ask.reviewed import ReviewedAnswer, ReviewedId, newest_first
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError
from wellread.wire.stored_cases import pack_case, pack_reviewed, unpack_case, unpack_reviewed


class SqliteCaseStore:
    """A `CaseStore`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def get(self, case: CaseId) -> Case | None:
        with self._database.snapshot() as connection:
            row = connection.execute(
                "SELECT body FROM feedback_case WHERE id = ?", (case,)
            ).fetchone()
        return None if row is None else unpack_case(row[0])

    def put(self, case: Case) -> None:
        with self._database.transaction() as connection:
            _check(connection, case)
            connection.execute(
                "INSERT OR REPLACE INTO feedback_case (id, version, body) VALUES (?, ?, ?)",
                (case.id, case.version, pack_case(case)),
            )
            put_sources(connection, CASE, case.id, 0, case.drawn_on)

    def delete(self, case: Case) -> None:
        with self._database.transaction() as connection:
            if _version(connection, case):
                _check(connection, case)
                _delete_case(connection, case.id)

    def list(self) -> Sequence[Case]:
        with self._database.snapshot() as connection:
            rows = connection.execute("SELECT body FROM feedback_case").fetchall()
        return sorted((unpack_case(row[0]) for row in rows), key=lambda each: (each.at, each.id))

    def erase(self, document: DocumentId) -> None:
        """Forget every case that may hold words of a document."""
        with self._database.transaction() as connection:
            for case in _of(connection, CASE, document):
                _delete_case(connection, case)


class SqliteReviewedAnswers:
    """`ReviewedAnswers`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def put(self, answer: ReviewedAnswer) -> None:
        with self._database.transaction() as connection:
            _delete_reviewed(connection, answer.id)
            connection.execute(
                "INSERT INTO reviewed_answer (id, body) VALUES (?, ?)",
                (answer.id, pack_reviewed(answer)),
            )
            connection.executemany(
                "INSERT INTO reviewed_question (key, id) VALUES (?, ?)",
                [(_key(key), answer.id) for key in answer.keys],
            )
            put_sources(connection, REVIEWED, answer.id, 0, answer.documents)

    def to(self, key: str) -> Sequence[ReviewedAnswer]:
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT a.body FROM reviewed_question AS q"
                " JOIN reviewed_answer AS a ON a.id = q.id WHERE q.key = ?",
                (_key(key),),
            ).fetchall()
        return newest_first(unpack_reviewed(row[0]) for row in rows)

    def list(self) -> Sequence[ReviewedAnswer]:
        with self._database.snapshot() as connection:
            rows = connection.execute("SELECT body FROM reviewed_answer").fetchall()
        return newest_first(unpack_reviewed(row[0]) for row in rows)

    def delete(self, answer: ReviewedId) -> bool:
        with self._database.transaction() as connection:
            return _delete_reviewed(connection, answer)

    def erase(self, document: DocumentId) -> None:
        """Forget every answer that rests on a document."""
        with self._database.transaction() as connection:
            for answer in _of(connection, REVIEWED, document):
                _delete_reviewed(connection, ReviewedId(answer))


def _version(connection: sqlite3.Connection, case: Case) -> int:
    """The version that is kept; 0 where none is."""
    row = connection.execute(
        "SELECT version FROM feedback_case WHERE id = ?", (case.id,)
    ).fetchone()
    return row[0] if row else 0


def _check(connection: sqlite3.Connection, case: Case) -> None:
    if _version(connection, case) != case.version - 1:
        raise ConflictError("The case was changed meanwhile. Look at it again.")


def _of(connection: sqlite3.Connection, kind: str, document: DocumentId) -> Iterable[str]:
    """The ids of what holds words of a document."""
    rows = connection.execute(
        "SELECT thread FROM word_source WHERE kind = ? AND document = ?", (kind, document)
    )
    return [row[0] for row in rows.fetchall()]


def _delete_case(connection: sqlite3.Connection, case: str) -> None:
    connection.execute("DELETE FROM feedback_case WHERE id = ?", (case,))
    put_sources(connection, CASE, case, 0, ())


def _delete_reviewed(connection: sqlite3.Connection, answer: ReviewedId) -> bool:
    found = connection.execute("DELETE FROM reviewed_answer WHERE id = ?", (answer,)).rowcount
    connection.execute("DELETE FROM reviewed_question WHERE id = ?", (answer,))
    put_sources(connection, REVIEWED, answer, 0, ())
    return bool(found)


def _key(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")
