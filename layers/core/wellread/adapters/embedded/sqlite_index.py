"""The passage index in the data file: full-text search, and exact vectors in memory."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import numpy as np

from wellread.adapters.embedded.lexical_query import any_of, lexical_terms
from wellread.adapters.embedded.sqlite_codec import pack, pack_names, unpack, unpack_names
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.vector_matrix import VectorMatrix
from wellread.domain.access import Scope
from wellread.domain.documents import (
    Chunk,
    DocumentId,
    IndexedChunk,
    Passage,
    RevisionId,
    embedded_text,
)
from wellread.domain.errors import ModelMismatchError
from wellread.ports import Clock, IndexStats, PassageHits, PassageQuery, Vector

_FOLLOWED_CHANGES = 10_000
"""A process that missed more changes than that reads all vectors again."""
_READ_AT_ONCE = 4096
_LARGE_INDEX = 5_000
_PATH_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class LexicalWeights:
    """How much a word counts in each column of the lexical leg."""

    title: float = 1.0
    path: float = 1.0
    text: float = 1.0


class SqlitePassageIndex:
    """A `PassageIndex` that is `Sweepable`, and can change its embedder (`Reembeddable`).

    Each process holds the answering model's vectors in one matrix and follows what others write:
    a search opens its snapshot of the file, brings the matrix to the same change, and answers both
    legs from there.
    """

    def __init__(
        self,
        database: SqliteDatabase,
        embedder_setting: str = "",
        *,
        clock: Clock = time.time,
        weights: LexicalWeights | None = None,
    ):
        """Keep chunks in this file.

        Args:
            database: The data file.
            embedder_setting: What the embedder was chosen with; kept with the first vectors.
            clock: When chunks were added, for `sweep`.
            weights: Of the lexical leg's columns.
        """
        self._clock = clock
        self._database = database
        self._embedder_setting = embedder_setting
        weights = weights or LexicalWeights()
        self._rank = f"bm25({weights.title!r}, {weights.path!r}, {weights.text!r})"
        self._matrix = VectorMatrix()
        self._lock = threading.Lock()

    def add(self, chunks: Sequence[IndexedChunk], model_version: str | None) -> None:
        """Add chunks; all of them, or none and an error.

        Chunks without a vector fit every model; they are found by their words, and `lacking`
        lists them.

        Raises:
            ModelMismatchError: The index holds vectors of another model, or of another length.
        """
        if not chunks:
            return
        with self._database.transaction() as connection:
            change = _next_change(connection)
            vectors: dict[int, Vector] = {}
            documents: dict[tuple[DocumentId, frozenset[str]], int] = {}
            writes: dict[tuple[int, RevisionId, str, str], int] = {}
            now = self._clock()
            for chunk in chunks:
                rule = (chunk.document, chunk.audiences)
                if rule not in documents:
                    documents[rule] = _put_document(connection, *rule, change)
                write = (documents[rule], chunk.revision, chunk.build, chunk.write)
                if write not in writes:
                    writes[write] = _put_write(connection, *write, now)
                number = _put_chunk(connection, documents[rule], writes[write], chunk.chunk)
                if chunk.vector is not None:
                    vectors[number] = chunk.vector
            if vectors:
                adopted = _state(connection).model
                if model_version is None or adopted not in (None, model_version):
                    raise _mismatch(adopted, model_version)
                if adopted is None:
                    connection.execute(
                        "UPDATE index_state SET model = ?, embedder = ?",
                        (model_version, self._embedder_setting or None),
                    )
                _put_vectors(connection, model_version, vectors)

    def search(self, query: PassageQuery, scope: Scope) -> PassageHits:
        """The best chunks of each leg among the documents that the scope permits."""
        terms = lexical_terms(query.text)
        with self._reading() as (connection, matrix):
            if query.vector is not None and matrix.model not in (None, query.model_version):
                raise _mismatch(matrix.model, query.model_version)
            permitted = matrix.permitted(scope)
            near = []
            if query.vector is not None and matrix.model is not None:
                if matrix.rows and len(query.vector) != matrix.vectors.shape[1]:
                    raise _mismatch(matrix.model, query.model_version)
                vector = np.asarray(query.vector, dtype=np.float32)
                near = matrix.nearest(vector, permitted, query.limit)
            matching = []
            if terms and permitted and query.limit > 0:
                matching = self._matching(connection, terms, permitted, query.limit)
            passages = _passages(connection, {number for number, _ in (*near, *matching)})
        lexical = [replace(passages[number], score=score) for number, score in matching]
        vector_hits = [replace(passages[n], score=score, cosine=score) for n, score in near]
        return PassageHits(
            lexical=tuple(sorted(lexical, key=_best_first)[: query.limit]),
            vector=tuple(sorted(vector_hits, key=_best_first)[: query.limit]),
        )

    def delete(self, document: DocumentId, builds: frozenset[str]) -> int:
        """Delete the chunks that these builds of a document wrote. Returns how many."""
        return self._delete(document, lambda write: write.build in builds)

    def sweep(self, document: DocumentId, *, keep: frozenset[str], before: float) -> int:
        """Delete a document's chunks added before a time, those of the writes in `keep` excepted.

        Returns:
            How many were deleted.
        """
        return self._delete(
            document, lambda write: write.added_at < before and write.token not in keep
        )

    def _delete(self, document: DocumentId, chosen: Callable[[_Write], bool]) -> int:
        with self._database.transaction() as connection:
            writes = [
                _Write(*row)
                for row in connection.execute(
                    "SELECT w.id, w.build, w.token, w.added_at FROM index_write AS w"
                    " JOIN index_document AS d ON d.id = w.document WHERE d.document = ?",
                    (document,),
                )
            ]
            gone = [write.id for write in writes if chosen(write)]
            if not gone:
                return 0
            change = _next_change(connection)
            deleted = sum(_delete_write(connection, change, write) for write in gone)
            if len(gone) == len(writes):
                connection.execute("DELETE FROM index_document WHERE document = ?", (document,))
            connection.execute(
                "DELETE FROM index_dropped WHERE change < ?", (change - _FOLLOWED_CHANGES,)
            )
        return deleted

    def update_access(self, document: DocumentId, audiences: frozenset[str]) -> None:
        """Make the pre-filter know who may read a document from now on."""
        with self._database.transaction() as connection:
            known = connection.execute(
                "SELECT 1 FROM index_document WHERE document = ?", (document,)
            ).fetchone()
            if known:
                _put_document(connection, document, audiences, _next_change(connection))

    def stats(self) -> IndexStats:
        """What the index holds."""
        with self._database.snapshot() as connection:
            state = _state(connection)
            chunks = connection.execute("SELECT count(*) FROM chunk").fetchone()[0]
        return IndexStats(chunks=chunks, model_version=state.model, embedder=state.embedder)

    def adopt(self, model_version: str, embedder: str) -> None:
        """Answer with this model from now on, and forget every other model's vectors."""
        with self._database.transaction() as connection:
            if _lacking(connection, model_version, 1):
                raise ModelMismatchError(
                    f"Some chunks have no vector of {model_version} yet; the index goes on with "
                    f"{_state(connection).model}."
                )
            _next_change(connection)
            connection.execute(
                "UPDATE index_state SET model = ?, embedder = ?", (model_version, embedder)
            )
            connection.execute(
                "DELETE FROM chunk_vector WHERE model NOT IN"
                " (SELECT id FROM index_model WHERE version = ?)",
                (model_version,),
            )
            connection.execute("DELETE FROM index_model WHERE version <> ?", (model_version,))

    def lacking(self, model_version: str, limit: int) -> Sequence[tuple[int, str]]:
        """Chunks without a vector of that model: the index's own id, and the text to embed."""
        with self._database.snapshot() as connection:
            return [
                (number, embedded_text(title, tuple(path), text))
                for number, title, path, text in map(
                    _texts, _lacking(connection, model_version, limit)
                )
            ]

    def put_vectors(self, model_version: str, vectors: Mapping[int, Vector]) -> None:
        """Keep vectors of a coming model beside those that answer.

        Vectors of chunks that were deleted meanwhile are left out.
        """
        with self._database.transaction() as connection:
            _put_vectors(connection, model_version, vectors)

    @contextmanager
    def _reading(self) -> Iterator[tuple[sqlite3.Connection, VectorMatrix]]:
        """A snapshot of the file, and the matrix at the same change."""
        with ExitStack() as stack:
            with self._lock:
                # Within the lock: a snapshot opened before it could be older than the matrix.
                connection = stack.enter_context(self._database.snapshot(fresh=True))
                matrix = self._matrix = _follow(connection, self._matrix)
            yield connection, matrix

    def _matching(
        self,
        connection: sqlite3.Connection,
        terms: tuple[str, ...],
        permitted: list[int],
        limit: int,
    ) -> list[tuple[int, float]]:
        """Chunk ids and scores of the lexical leg, best first, with ties for the last place."""
        # CROSS JOIN keeps the ranked matches outermost: rows come best first, and the rest of
        # them is never looked up.
        rows = connection.execute(
            "SELECT w.rowid, -w.rank FROM chunk_words AS w"
            " CROSS JOIN chunk AS c ON c.id = w.rowid"
            " CROSS JOIN index_document AS d ON d.id = c.document"
            " WHERE w.chunk_words MATCH ? AND w.rank MATCH ?"
            " AND d.audiences IN (SELECT value FROM json_each(?))"
            " ORDER BY w.rank",
            (any_of(_telling(connection, terms)), self._rank, json.dumps(permitted)),
        )
        found: list[tuple[int, float]] = []
        for number, score in rows:
            if len(found) >= 2 * limit or (len(found) >= limit and score < found[-1][1]):
                break
            found.append((number, score))
        rows.close()
        return found


@dataclass(frozen=True, slots=True)
class _State:
    change: int
    model: str | None
    embedder: str | None


@dataclass(frozen=True, slots=True)
class _Write:
    id: int
    build: str
    token: str
    added_at: float


def _state(connection: sqlite3.Connection) -> _State:
    return _State(*connection.execute("SELECT change, model, embedder FROM index_state").fetchone())


def _next_change(connection: sqlite3.Connection) -> int:
    connection.execute("UPDATE index_state SET change = change + 1")
    return _state(connection).change


def _follow(connection: sqlite3.Connection, matrix: VectorMatrix) -> VectorMatrix:
    """The matrix as the snapshot has it."""
    state = _state(connection)
    if state.change == matrix.change:
        return matrix
    if state.model != matrix.model or state.change - matrix.change > _FOLLOWED_CHANGES:
        matrix = VectorMatrix(model=state.model)
    seen = matrix.change
    sets = {
        number: unpack_names(names)
        for number, names in connection.execute(
            "SELECT id, names FROM index_audiences WHERE id > ?",
            (max(matrix.audience_sets, default=0),),
        )
    }
    if sets:
        matrix = replace(matrix, audience_sets=matrix.audience_sets | sets)
    if seen >= 0:
        dropped = connection.execute("SELECT chunk FROM index_dropped WHERE change > ?", (seen,))
        matrix = matrix.without([row[0] for row in dropped.fetchall()])
    documents = connection.execute(
        "SELECT id, audiences FROM index_document WHERE change > ?", (seen,)
    )
    matrix = matrix.with_documents(documents.fetchall())
    # By id of the vector: every chunk of it, even one whose vector came long after its text.
    vectors = connection.execute(
        "SELECT v.id, v.chunk, c.document, v.vector FROM chunk_vector AS v"
        " JOIN chunk AS c ON c.id = v.chunk"
        " WHERE v.model = (SELECT id FROM index_model WHERE version = ?) AND v.id > ?"
        " ORDER BY v.id",
        (state.model, matrix.last_vector),
    )
    while found := vectors.fetchmany(_READ_AT_ONCE):
        matrix = matrix.with_vectors(found)
    return replace(matrix, change=state.change)


def _put_document(
    connection: sqlite3.Connection, document: DocumentId, audiences: frozenset[str], change: int
) -> int:
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


def _put_write(
    connection: sqlite3.Connection,
    document: int,
    revision: RevisionId,
    build: str,
    token: str,
    now: float,
) -> int:
    row = connection.execute(
        "INSERT INTO index_write (document, revision, build, token, added_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (document, build, token, revision)"
        " DO UPDATE SET added_at = excluded.added_at RETURNING id",
        (document, revision, build, token, now),
    ).fetchone()
    return int(row[0])


def _put_chunk(connection: sqlite3.Connection, document: int, write: int, chunk: Chunk) -> int:
    number = connection.execute(
        "INSERT INTO chunk (document, write, ordinal, start, stop, page) VALUES (?, ?, ?, ?, ?, ?)",
        (document, write, chunk.ordinal, chunk.start, chunk.end, chunk.page),
    ).lastrowid
    path = _PATH_SEPARATOR.join(chunk.heading_path)
    plain = tuple(map(_plain, (chunk.title, path, chunk.text)))
    exact = None
    if plain != (chunk.title, path, chunk.text) or _split(path) != chunk.heading_path:
        exact = pack([chunk.title, chunk.heading_path, chunk.text])
    connection.execute(
        "INSERT INTO chunk_text (id, title, path, text, exact) VALUES (?, ?, ?, ?, ?)",
        (number, *plain, exact),
    )
    if number is None:
        raise AssertionError("an inserted row has an id")
    return number


def _plain(text: str) -> str:
    """The text as SQLite can hold it and a question finds it.

    No lone surrogates and no NUL; ligatures (of PDF files) and decomposed letters (of macOS) as
    people type them.
    """
    composed = unicodedata.normalize("NFKC", text)
    return composed.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def _split(path: str) -> tuple[str, ...]:
    return tuple(path.split(_PATH_SEPARATOR)) if path else ()


def _put_vectors(
    connection: sqlite3.Connection, model_version: str, vectors: Mapping[int, Vector]
) -> None:
    if not vectors:
        return
    lengths = {len(vector) for vector in vectors.values()}
    row = connection.execute(
        "INSERT INTO index_model (version, dimensions) VALUES (?, ?)"
        " ON CONFLICT (version) DO UPDATE SET version = version RETURNING id, dimensions",
        (model_version, min(lengths)),
    ).fetchone()
    model, dimensions = row
    if lengths != {dimensions}:
        raise ModelMismatchError(
            f"Vectors of {model_version} have {dimensions} numbers, but some came with another "
            "length. Check the embedder."
        )
    change = _next_change(connection)
    answering = _state(connection).model == model_version
    for number, vector in vectors.items():
        chunk = (number,)
        if not connection.execute("SELECT 1 FROM chunk WHERE id = ?", chunk).fetchone():
            continue
        replaced = connection.execute(
            "DELETE FROM chunk_vector WHERE model = ? AND chunk = ?", (model, number)
        )
        if replaced.rowcount and answering:
            connection.execute(
                "INSERT OR IGNORE INTO index_dropped (change, chunk) VALUES (?, ?)",
                (change, number),
            )
        # A model that stumbles over a text may give NaN, which no comparison gets over.
        values = np.nan_to_num(np.asarray(vector, dtype=np.float32))
        connection.execute(
            "INSERT INTO chunk_vector (model, chunk, vector) VALUES (?, ?, ?)",
            (model, number, values.tobytes()),
        )


def _delete_write(connection: sqlite3.Connection, change: int, write: int) -> int:
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


def _lacking(
    connection: sqlite3.Connection, model_version: str, limit: int
) -> list[tuple[int, str, str, str, bytes | None]]:
    return connection.execute(
        "SELECT t.id, t.title, t.path, t.text, t.exact FROM chunk_text AS t"
        " WHERE NOT EXISTS (SELECT 1 FROM chunk_vector AS v WHERE v.chunk = t.id AND v.model ="
        " (SELECT id FROM index_model WHERE version = ?)) ORDER BY t.id LIMIT ?",
        (model_version, limit),
    ).fetchall()


def _texts(
    row: tuple[int, str, str, str, bytes | None],
) -> tuple[int, str, tuple[str, ...], str]:
    number, title, path, text, exact = row
    if exact is None:
        return number, title, _split(path), text
    title, parts, text = unpack(exact)
    return number, title, tuple(parts), text


def _telling(connection: sqlite3.Connection, terms: tuple[str, ...]) -> tuple[str, ...]:
    """The terms that tell chunks apart: those in at most half of them, unless that is none.

    BM25 gives the others no weight (FTS5 floors theirs at a millionth), so a chunk that holds only
    such words is a hit by chance; yet scoring those is most of the work of a search. In a small
    index it is not worth the look.
    """
    (chunks,) = connection.execute("SELECT count(*) FROM chunk").fetchone()
    if chunks < _LARGE_INDEX:
        return terms
    half = chunks // 2
    telling = tuple(
        term
        for term in terms
        if connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM chunk_words WHERE chunk_words MATCH ? LIMIT ?)",
            (term, half + 1),
        ).fetchone()[0]
        <= half
    )
    return telling or terms


def _passages(connection: sqlite3.Connection, chunks: set[int]) -> dict[int, Passage]:
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
        number, title, path, text = _texts(row[:5])
        document, revision, write, ordinal, start, end, page = row[5:]
        passages[number] = Passage(
            document=DocumentId(document),
            revision=RevisionId(revision),
            write=write,
            chunk=Chunk(ordinal, start, end, text, title, path, page),
            score=0.0,
        )
    return passages


def _best_first(passage: Passage) -> tuple[float, str, str, int, str]:
    """Ties go by what the chunk is, not by when it was added."""
    return (
        -passage.score,
        passage.document,
        passage.revision,
        passage.chunk.ordinal,
        passage.write,
    )


def _mismatch(adopted: str | None, given: str | None) -> ModelMismatchError:
    return ModelMismatchError(
        f"The index holds vectors of {adopted}, and this one is of {given or 'no named model'}. "
        "Run wellread with the embedder that the index was made with, or re-embed it."
    )
