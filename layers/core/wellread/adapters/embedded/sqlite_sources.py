"""Which turns, and which verdicts on them, hold words of which documents."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable

from wellread.domain.ask.questions import Mode, leans_on_thread
from wellread.domain.knowledge.documents import DocumentId
from wellread.wire.stored_form import pack, unpack

TURN, FEEDBACK, CASE, REVIEWED = "turn", "feedback", "case", "reviewed"
UNANSWERED = "unanswered"
"""The kinds of what holds words of documents: a turn of a thread, and a verdict on it.

Cases and reviewed answers stand with their id in the place of the thread, and no turn (0).
"""


def put_sources(
    connection: sqlite3.Connection,
    kind: str,
    thread: str,
    turn: int,
    documents: Iterable[DocumentId],
) -> None:
    """Say which documents a turn's words, or those about it, may come from; in place of before."""
    connection.execute(
        "DELETE FROM word_source WHERE kind = ? AND thread = ? AND turn = ?", (kind, thread, turn)
    )
    add_sources(connection, kind, thread, turn, documents)


def add_sources(
    connection: sqlite3.Connection,
    kind: str,
    thread: str,
    turn: int,
    documents: Iterable[DocumentId],
) -> None:
    """The same, beside those of before."""
    connection.executemany(
        "INSERT OR IGNORE INTO word_source (kind, document, thread, turn) VALUES (?, ?, ?, ?)",
        [(kind, document, thread, turn) for document in set(documents)],
    )


def name_sources(connection: sqlite3.Connection) -> None:
    """The same for a file from before it was said: turns named the documents that they cite."""
    rows = connection.execute("SELECT thread, number, body FROM turn ORDER BY thread, number")
    for thread, turns in itertools.groupby(rows.fetchall(), key=lambda row: row[0]):
        earlier: set[DocumentId] = set()
        for _, number, packed in turns:
            body = unpack(packed)
            drawn_on = set(body.get("documents", ()))
            if leans_on_thread(Mode(body["mode"]), body["question"], body["standalone"]):
                drawn_on |= earlier
            earlier |= drawn_on
            connection.execute(
                "UPDATE turn SET body = ? WHERE thread = ? AND number = ?",
                (pack(body | {"drawn_on": sorted(drawn_on)}), thread, number),
            )
            put_sources(connection, TURN, thread, number, drawn_on)
    for thread, turn in connection.execute("SELECT thread, turn FROM feedback").fetchall():
        sources = connection.execute(
            "SELECT document FROM word_source WHERE kind = ? AND thread = ? AND turn = ?",
            (TURN, thread, turn),
        )
        put_sources(connection, FEEDBACK, thread, turn, [row[0] for row in sources])
