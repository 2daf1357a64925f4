"""The document registry in the data file."""

from __future__ import annotations

import heapq
import itertools
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace

from wellread.adapters.embedded.sqlite_database import SqliteDatabase, next_number
from wellread.adapters.embedded.sqlite_readers import write_readers
from wellread.domain.access.scope import Scope
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError
from wellread.wire.stored_form import (
    pack_names,
    pack_record,
    unpack,
    unpack_names,
    unpack_record,
)

_AUDIENCES = (  # each found behind the one before, without looking at the rows of either
    "WITH RECURSIVE found (audience) AS ("
    " SELECT min(audience) FROM document_reader"
    " UNION ALL SELECT (SELECT min(audience) FROM document_reader WHERE audience > found.audience)"
    " FROM found WHERE audience IS NOT NULL"
    ") SELECT audience FROM found WHERE audience IS NOT NULL"
)
_READERS = (
    "SELECT composed, document FROM document_reader"
    " WHERE audience = ? AND status = ? AND (composed, document) > (?, ?)"
    " ORDER BY composed, document"
)


class SqliteDocumentRegistry:
    """A `DocumentRegistry` with its `RecordListing`.

    Beside the records there is a row for each audience of each (`document_reader`), in key order,
    so that what somebody may read is found without looking at the rest: only which audiences there
    are is looked through.

    Generations come from one sequence for all records, so that a record that was removed and
    made again never has a generation that somebody still holds of the old one.
    """

    def __init__(self, database: SqliteDatabase):
        self._database = database

    def get(self, document: DocumentId) -> DocumentRecord | None:
        return self.get_many([document]).get(document)

    def get_many(self, documents: Sequence[DocumentId]) -> dict[DocumentId, DocumentRecord]:
        found = {}
        with self._database.snapshot() as connection:
            for document in documents:
                row = connection.execute(
                    "SELECT record, generation FROM document_record WHERE document = ?",
                    (document,),
                ).fetchone()
                if row is not None:
                    found[document] = unpack_record(row[0], row[1])
        return found

    def put(self, record: DocumentRecord) -> DocumentRecord:
        with self._database.transaction() as connection:
            self._check(record)
            written = replace(record, generation=next_number(connection, "generation"))
            connection.execute(
                "INSERT OR REPLACE INTO document_record"
                " (document, status, generation, deleted, audiences, record)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    written.document,
                    written.status.value,
                    written.generation,
                    int(written.deleted),
                    pack_names(written.audiences),
                    pack_record(written),
                ),
            )
            write_readers(connection, written)
        return written

    def list(
        self,
        *,
        status: DocumentStatus | None = None,
        after: str = "",
        limit: int = 100,
        deleted: bool = False,
    ) -> Sequence[DocumentRecord]:
        statuses = [s.value for s in DocumentStatus] if status is None else [status.value]
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT record, generation FROM document_record"
                " WHERE deleted = ? AND document > ?"
                " AND status IN (SELECT value FROM json_each(?))"
                " ORDER BY document LIMIT ?",
                (deleted, after, json.dumps(statuses), limit),
            ).fetchall()
        return [unpack_record(body, generation) for body, generation in rows]

    def list_for(
        self,
        scope: Scope,
        *,
        status: DocumentStatus | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[DocumentRecord]:
        """Records, without tombstones, that a scope permits by the audiences last written."""
        if not scope.viewers:
            return []
        # Of several viewers each must be permitted, so what one of them may read holds it all.
        one = Scope(
            frozenset({min(scope.viewers, key=lambda viewer: (len(viewer), *sorted(viewer)))})
        )
        start = (unicodedata.normalize("NFC", after), after)
        with self._database.snapshot() as connection:
            audiences = [
                row[0] for row in connection.execute(_AUDIENCES) if one.permits([unpack(row[0])])
            ]
            found = heapq.merge(
                *(
                    connection.execute(_READERS, (audience, state.value, *start))
                    for audience in audiences
                    for state in ([status] if status else DocumentStatus)
                )
            )
            listed: list[DocumentRecord] = []
            for (_, document), _ in itertools.groupby(found):
                if len(listed) == limit:
                    break
                record = self.get(DocumentId(document))
                if record is not None and scope.permits(record.audiences):
                    listed.append(record)
        return listed

    def remove(self, record: DocumentRecord) -> None:
        with self._database.transaction() as connection:
            self._check(record)
            connection.execute("DELETE FROM document_reader WHERE document = ?", (record.document,))
            connection.execute("DELETE FROM document_record WHERE document = ?", (record.document,))

    def counts(self) -> Mapping[tuple[DocumentStatus, frozenset[str]], int]:
        with self._database.snapshot() as connection:
            rows = connection.execute(
                "SELECT status, audiences, count(*) FROM document_record WHERE deleted = 0"
                " GROUP BY status, audiences"
            ).fetchall()
        return {(DocumentStatus(s), unpack_names(names)): count for s, names, count in rows}

    def _check(self, record: DocumentRecord) -> None:
        row = (
            self._database.connection()
            .execute(
                "SELECT generation FROM document_record WHERE document = ?", (record.document,)
            )
            .fetchone()
        )
        stored = 0 if row is None else row[0]
        if stored != record.generation:
            raise ConflictError("The document's record was changed meanwhile; read it again.")
