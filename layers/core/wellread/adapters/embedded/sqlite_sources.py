"""Which turns, and which verdicts on them, hold words of which documents."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from wellread.domain.documents import DocumentId
from wellread.domain.stored_form import unpack


def put_turn_sources(
    connection: sqlite3.Connection, thread: str, number: int, documents: Iterable[DocumentId]
) -> None:
    """Say which documents a turn's words come from; in place of what was said before."""
    connection.execute("DELETE FROM turn_source WHERE thread = ? AND number = ?", (thread, number))
    connection.executemany(
        "INSERT INTO turn_source (document, thread, number) VALUES (?, ?, ?)",
        [(document, thread, number) for document in set(documents)],
    )


def put_feedback_sources(
    connection: sqlite3.Connection, thread: str, turn: int, documents: Iterable[DocumentId]
) -> None:
    """Say which documents the words about a turn may come from."""
    connection.execute("DELETE FROM feedback_source WHERE thread = ? AND turn = ?", (thread, turn))
    connection.executemany(
        "INSERT INTO feedback_source (document, thread, turn) VALUES (?, ?, ?)",
        [(document, thread, turn) for document in set(documents)],
    )


def name_sources(connection: sqlite3.Connection) -> None:
    """The same for a file from before it was said: turns named the documents that they cite."""
    cited = {
        (thread, number): unpack(body).get("documents", ())
        for thread, number, body in connection.execute("SELECT thread, number, body FROM turn")
    }
    for (thread, number), documents in cited.items():
        put_turn_sources(connection, thread, number, documents)
    for thread, turn in connection.execute("SELECT thread, turn FROM feedback").fetchall():
        put_feedback_sources(connection, thread, turn, cited.get((thread, turn), ()))
