"""For each audience of each document a row: what somebody may read, found without the rest."""

from __future__ import annotations

import sqlite3
import unicodedata

from wellread.domain.ingest.records import DocumentRecord
from wellread.wire.stored_form import pack, unpack_record


def write_readers(connection: sqlite3.Connection, record: DocumentRecord) -> None:
    """Make the rows say what a record says; within the transaction that writes it."""
    wanted = set() if record.deleted else {pack(audience) for audience in record.audiences}
    written = connection.execute(
        "SELECT audience, status FROM document_reader WHERE document = ?", (record.document,)
    ).fetchall()
    if set(written) == {(audience, record.status.value) for audience in wanted}:
        return
    connection.execute("DELETE FROM document_reader WHERE document = ?", (record.document,))
    composed = unicodedata.normalize("NFC", record.document)
    connection.executemany(
        "INSERT INTO document_reader (audience, status, composed, document) VALUES (?, ?, ?, ?)",
        [(audience, record.status.value, composed, record.document) for audience in wanted],
    )


def write_all_readers(connection: sqlite3.Connection) -> None:
    """The rows of every record, for a file from before there were any."""
    rows = connection.execute("SELECT record, generation FROM document_record").fetchall()
    for body, generation in rows:
        write_readers(connection, unpack_record(body, generation))
