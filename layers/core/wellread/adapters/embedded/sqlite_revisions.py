"""Revisions' texts and staged batches in the data file."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.domain.ingest.records import BatchReference
from wellread.domain.knowledge.documents import Chunk, DocumentId, ParsedText, RevisionId
from wellread.wire.stored_form import (
    pack_chunks,
    pack_parsed,
    unpack_chunks,
    unpack_parsed,
)

# Text shrinks to less than half at the fastest; a tenth less would take half as long again.
_LEVEL = 1


class SqliteRevisionStore:
    """A `RevisionStore`."""

    def __init__(self, database: SqliteDatabase):
        self._database = database

    def put_text(self, document: DocumentId, revision: RevisionId, parsed: ParsedText) -> None:
        body = zlib.compress(pack_parsed(parsed), _LEVEL)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO revision_text (document, revision, body) VALUES (?, ?, ?)",
                (document, revision, body),
            )

    def get_text(self, document: DocumentId, revision: RevisionId) -> ParsedText | None:
        with self._database.snapshot() as connection:
            row = connection.execute(
                "SELECT body FROM revision_text WHERE document = ? AND revision = ?",
                (document, revision),
            ).fetchone()
        return None if row is None else unpack_parsed(zlib.decompress(row[0]))

    def put_batch(self, batch: BatchReference, chunks: Sequence[Chunk]) -> None:
        body = zlib.compress(pack_chunks(chunks), _LEVEL)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO staged_batch (document, build, batch, revision, body)"
                " VALUES (?, ?, ?, ?, ?)",
                (batch.document, batch.build, batch.batch, batch.revision, body),
            )

    def get_batch(self, batch: BatchReference) -> Sequence[Chunk] | None:
        with self._database.snapshot() as connection:
            row = connection.execute(
                "SELECT body FROM staged_batch"
                " WHERE document = ? AND build = ? AND batch = ? AND revision = ?",
                (batch.document, batch.build, batch.batch, batch.revision),
            ).fetchone()
        return None if row is None else unpack_chunks(zlib.decompress(row[0]))

    def drop(self, document: DocumentId, *, build: str | None = None) -> None:
        with self._database.transaction() as connection:
            if build is not None:
                connection.execute(
                    "DELETE FROM staged_batch WHERE document = ? AND build = ?", (document, build)
                )
                return
            connection.execute("DELETE FROM staged_batch WHERE document = ?", (document,))
            connection.execute("DELETE FROM revision_text WHERE document = ?", (document,))
