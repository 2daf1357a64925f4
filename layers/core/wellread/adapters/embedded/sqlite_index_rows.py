"""The rows of the passage index: chunks, their texts and vectors, and who may read them.

Everything here runs inside a transaction or a snapshot of its caller.
"""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import numpy as np

from wellread.domain.knowledge.documents import Chunk, DocumentId, Passage, RevisionId
from wellread.domain.knowledge.errors import ModelMismatchError
from wellread.domain.text.unspaced import spaced
from wellread.ports.index import IndexedDocument
from wellread.ports.models import Vector
from wellread.wire.stored_form import pack, pack_names, unpack

_PATH_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class IndexState:
    """How many changes the index has seen, and the embedder that it answers with."""

    change: int
    model: str | None
    embedder: str | None


def state_of(connection: sqlite3.Connection) -> IndexState:
    """The state of the index."""
    return IndexState(
        *connection.execute("SELECT change, model, embedder FROM index_state").fetchone()
    )


def next_change(connection: sqlite3.Connection) -> int:
    """Count one more change of the index."""
    connection.execute("UPDATE index_state SET change = change + 1")
    return state_of(connection).change


def put_document(
    connection: sqlite3.Connection, document: DocumentId, audiences: frozenset[str], change: int
) -> int:
    """Record who may read a document. Returns the document's id."""
    names = pack_names(audiences)
    connection.execute("INSERT OR IGNORE INTO index_audiences (names) VALUES (?)", (names,))
    row = connection.execute(
        "INSERT INTO index_document (document, audiences, change)"
        " SELECT ?, id, ? FROM index_audiences WHERE names = ?"
        " ON CONFLICT (document) DO UPDATE"
        " SET audiences = excluded.audiences, change = excluded.change RETURNING id",
        (document, change, names),
    ).fetchone()
    return int(row[0])


def document_numbers(
    connection: sqlite3.Connection, documents: Iterable[DocumentId]
) -> Sequence[int]:
    """The ids of those of these documents that the index knows."""
    rows = connection.execute(
        "SELECT id FROM index_document WHERE document IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(documents)),),
    )
    return [row[0] for row in rows]


def wants_audiences(
    connection: sqlite3.Connection, document: DocumentId, audiences: frozenset[str]
) -> bool:
    """Whether the index holds the document for other audiences than these."""
    row = connection.execute(
        "SELECT a.names FROM index_document AS d JOIN index_audiences AS a ON a.id = d.audiences"
        " WHERE d.document = ?",
        (document,),
    ).fetchone()
    return row is not None and row[0] != pack_names(audiences)


def put_write(
    connection: sqlite3.Connection,
    document: int,
    revision: RevisionId,
    build: str,
    token: str,
    now: float,
) -> int:
    """Note a write of a build. Returns its id."""
    row = connection.execute(
        "INSERT INTO index_write (document, revision, build, token, added_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (document, build, token, revision)"
        " DO UPDATE SET added_at = excluded.added_at RETURNING id",
        (document, revision, build, token, now),
    ).fetchone()
    return int(row[0])


def put_chunks(
    connection: sqlite3.Connection, found: Sequence[tuple[int, int, Chunk]]
) -> Sequence[int]:
    """Add chunks, each with the ids of its document and its write. Returns their ids."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'chunk'").fetchone()
    # Said rather than asked for, so that all rows of a kind go in with one statement.
    first = 1 + (row[0] if row else 0)
    numbers = range(first, first + len(found))
    connection.executemany(
        "INSERT INTO chunk (id, document, write, ordinal, start, stop, page)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (number, document, write, chunk.ordinal, chunk.start, chunk.end, chunk.page)
            for number, (document, write, chunk) in zip(numbers, found, strict=True)
        ],
    )
    connection.executemany(
        "INSERT INTO chunk_text (id, title, path, text, exact) VALUES (?, ?, ?, ?, ?)",
        [(n, *_searched(chunk)) for n, (_, _, chunk) in zip(numbers, found, strict=True)],
    )
    return numbers


def _searched(chunk: Chunk) -> tuple[str, str, str, bytes | None]:
    """Title, path and text as they are searched; and as they are, where that differs."""
    path = _PATH_SEPARATOR.join(chunk.heading_path)
    title, joined, text = map(_plain, (chunk.title, path, chunk.text))
    same = (title, joined, text) == (chunk.title, path, chunk.text)
    if same and _split(path) == chunk.heading_path:
        return title, joined, text, None
    return title, joined, text, pack([chunk.title, chunk.heading_path, chunk.text])


def recut(connection: sqlite3.Connection) -> None:
    """Make the searched texts of all chunks as `put_chunks` would make them now."""
    last = 0
    while rows := connection.execute(
        "SELECT id, title, path, text, exact FROM chunk_text WHERE id > ? ORDER BY id LIMIT 1000",
        (last,),
    ).fetchall():
        for row in rows:
            last, title, path, text = texts_of(row)
            searched = _searched(Chunk(0, 0, 0, text, title, path, None))
            if searched[:3] != row[1:4]:
                connection.execute("DELETE FROM chunk_text WHERE id = ?", (last,))
                connection.execute(
                    "INSERT INTO chunk_text (id, title, path, text, exact) VALUES (?, ?, ?, ?, ?)",
                    (last, *searched),
                )


def _plain(text: str) -> str:
    """The text as SQLite can hold it and a question finds it.

    No lone surrogates and no NUL; ligatures (of PDF files) and decomposed letters (of macOS) as
    people type them; words of scripts without spaces in pieces.
    """
    composed = spaced(unicodedata.normalize("NFKC", text))
    return composed.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def _split(path: str) -> tuple[str, ...]:
    return tuple(path.split(_PATH_SEPARATOR)) if path else ()


def put_vector_rows(
    connection: sqlite3.Connection, model_version: str, vectors: Mapping[int, Vector]
) -> None:
    """Put vectors of a model, by the ids of their chunks, in the place of those that are there.

    Those of chunks that were deleted meanwhile are left out.
    """
    ids = json.dumps(list(vectors))
    living = connection.execute(
        "SELECT id FROM chunk WHERE id IN (SELECT value FROM json_each(?))", (ids,)
    ).fetchall()
    wanted = {number: vectors[number] for (number,) in living}
    replaced = connection.execute(
        "SELECT chunk FROM chunk_vector WHERE chunk IN (SELECT value FROM json_each(?))"
        " AND model = (SELECT id FROM index_model WHERE version = ?)",
        (ids, model_version),
    ).fetchall()
    if replaced:
        change = next_change(connection)
        connection.executemany(
            "DELETE FROM chunk_vector WHERE chunk = ?"
            " AND model = (SELECT id FROM index_model WHERE version = ?)",
            [(number, model_version) for (number,) in replaced],
        )
        if state_of(connection).model == model_version:
            connection.executemany(
                "INSERT OR IGNORE INTO index_dropped (change, chunk) VALUES (?, ?)",
                [(change, number) for (number,) in replaced],
            )
    add_vector_rows(connection, model_version, wanted)


def add_vector_rows(
    connection: sqlite3.Connection, model_version: str, vectors: Mapping[int, Vector]
) -> None:
    """Add vectors of a model, by the ids of their chunks, which have none of it yet."""
    if not vectors:
        return
    lengths = {len(vector) for vector in vectors.values()}
    model, dimensions = connection.execute(
        "INSERT INTO index_model (version, dimensions) VALUES (?, ?)"
        " ON CONFLICT (version) DO UPDATE SET version = version RETURNING id, dimensions",
        (model_version, min(lengths)),
    ).fetchone()
    if lengths != {dimensions}:
        raise ModelMismatchError(
            f"Vectors of {model_version} have {dimensions} numbers, but some came with another "
            "length. Check the embedder."
        )
    next_change(connection)
    values = np.array(list(vectors.values()), dtype=np.float32)
    # A model that stumbles over a text may give NaN, which no comparison gets over.
    rows = np.nan_to_num(values, copy=False)
    connection.executemany(
        "INSERT INTO chunk_vector (model, chunk, vector) VALUES (?, ?, ?)",
        [(model, number, row.tobytes()) for number, row in zip(vectors, rows, strict=True)],
    )


def delete_write(connection: sqlite3.Connection, change: int, write: int) -> int:
    """Delete the chunks of a write. Returns how many."""
    chunks = connection.execute("SELECT id FROM chunk WHERE write = ?", (write,)).fetchall()
    connection.executemany("DELETE FROM chunk_text WHERE id = ?", chunks)
    connection.executemany("DELETE FROM chunk_vector WHERE chunk = ?", chunks)
    connection.execute("DELETE FROM chunk WHERE write = ?", (write,))
    connection.execute("DELETE FROM index_write WHERE id = ?", (write,))
    connection.executemany(
        "INSERT INTO index_dropped (change, chunk) VALUES (?, ?)",
        [(change, number) for (number,) in chunks],
    )
    return len(chunks)


def lacking_rows(
    connection: sqlite3.Connection, model_version: str, limit: int
) -> list[tuple[int, str, str, str, bytes | None]]:
    """The texts of chunks without a vector of that model."""
    return connection.execute(
        "SELECT t.id, t.title, t.path, t.text, t.exact FROM chunk_text AS t"
        " WHERE NOT EXISTS (SELECT 1 FROM chunk_vector AS v WHERE v.chunk = t.id AND v.model ="
        " (SELECT id FROM index_model WHERE version = ?)) ORDER BY t.id LIMIT ?",
        (model_version, limit),
    ).fetchall()


def texts_of(
    row: tuple[int, str, str, str, bytes | None],
) -> tuple[int, str, tuple[str, ...], str]:
    """A chunk's id, title, heading path and text, exactly as they were added."""
    number, title, path, text, exact = row
    if exact is None:
        return number, title, _split(path), text
    title, parts, text = unpack(exact)
    return number, title, tuple(parts), text


def read_passages(connection: sqlite3.Connection, chunks: set[int]) -> dict[int, Passage]:
    """The passages of these chunks, not yet scored."""
    rows = connection.execute(
        "SELECT t.id, t.title, t.path, t.text, t.exact, d.document, w.revision, w.token,"
        " c.ordinal, c.start, c.stop, c.page"
        " FROM chunk AS c JOIN chunk_text AS t ON t.id = c.id"
        " JOIN index_write AS w ON w.id = c.write JOIN index_document AS d ON d.id = c.document"
        " WHERE c.id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(chunks)),),
    )
    passages = {}
    for row in rows:
        number, title, path, text = texts_of(row[:5])
        document, revision, write, ordinal, start, end, page = row[5:]
        passages[number] = Passage(
            document=DocumentId(document),
            revision=RevisionId(revision),
            write=write,
            chunk=Chunk(ordinal, start, end, text, title, path, page),
            score=0.0,
        )
    return passages


def documents_after(
    connection: sqlite3.Connection, after: str, limit: int
) -> Sequence[IndexedDocument]:
    """The first so many documents behind a key, in key order."""
    return _documents(
        connection,
        "d.id IN (SELECT d.id FROM index_document AS d WHERE d.document > ?"
        " AND EXISTS (SELECT 1 FROM index_write AS w WHERE w.document = d.id)"
        " ORDER BY d.document LIMIT ?)",
        (after, limit),
    )


def documents_among(
    connection: sqlite3.Connection, documents: Sequence[DocumentId]
) -> Sequence[IndexedDocument]:
    """Those of these documents that have chunks."""
    return _documents(
        connection,
        "d.document IN (SELECT value FROM json_each(?))",
        (json.dumps(list(documents)),),
    )


def _documents(
    connection: sqlite3.Connection, condition: str, values: tuple[str | int, ...]
) -> Sequence[IndexedDocument]:
    rows = connection.execute(
        "SELECT d.document, w.token, count(*) FROM index_document AS d"  # noqa: S608 - no input
        " JOIN index_write AS w ON w.document = d.id JOIN chunk AS c ON c.write = w.id"
        f" WHERE {condition} GROUP BY d.document, w.token ORDER BY d.document, w.token",
        values,
    )
    return [
        IndexedDocument(DocumentId(document), {write: chunks for _, write, chunks in writes})
        for document, writes in groupby(rows, key=itemgetter(0))
    ]
