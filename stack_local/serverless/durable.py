"""What outlives the process: indices and documents in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from stack_local.serverless.exchange import Json

Write = tuple[str, str, Json | None]
"""Index, id, and the document; None deletes it."""


class DurableFile:
    """A write is on its way to the disk before it is acknowledged, so that a kill loses none.

    Without a path nothing is kept.
    """

    def __init__(self, path: Path | None) -> None:
        self._connection: sqlite3.Connection | None = None
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.executescript(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS indices (name TEXT PRIMARY KEY, body TEXT NOT NULL);
            CREATE TABLE IF NOT EXISTS documents (
                number INTEGER PRIMARY KEY, name TEXT NOT NULL, id TEXT NOT NULL UNIQUE,
                source TEXT NOT NULL
            );
            """
        )

    def indices(self) -> Iterator[tuple[str, Json]]:
        """Name and body of every index."""
        for name, body in self._read("SELECT name, body FROM indices"):
            yield name, json.loads(body)

    def documents(self) -> Iterator[tuple[str, str, Json]]:
        """Index, id and source of every document, oldest first."""
        rows = self._read("SELECT name, id, source FROM documents ORDER BY number")
        for name, id_, source in rows:
            yield name, id_, json.loads(source)

    def put_index(self, name: str, body: Json) -> None:
        """Keep an index's body."""
        self._write("INSERT OR REPLACE INTO indices VALUES (?, ?)", [(name, json.dumps(body))])

    def drop_index(self, name: str) -> None:
        """Forget an index and its documents."""
        self._write("DELETE FROM documents WHERE name = ?", [(name,)])
        self._write("DELETE FROM indices WHERE name = ?", [(name,)])

    def apply(self, writes: Sequence[Write]) -> None:
        """Keep and forget documents, all of them or none."""
        if self._connection is None:
            return
        with self._connection:
            for name, id_, source in writes:
                if source is None:
                    self._connection.execute("DELETE FROM documents WHERE id = ?", (id_,))
                else:
                    self._connection.execute(
                        "INSERT INTO documents (name, id, source) VALUES (?, ?, ?)",
                        (name, id_, json.dumps(source)),
                    )

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()

    def _read(self, statement: str) -> list[tuple[str, ...]]:
        return [] if self._connection is None else self._connection.execute(statement).fetchall()

    def _write(self, statement: str, rows: list[tuple[str, ...]]) -> None:
        if self._connection is not None:
            with self._connection:
                self._connection.executemany(statement, rows)
