"""The passage index in the data file: full-text search, and exact vectors in memory."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import numpy as np

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_index_rows import (
    add_vector_rows,
    delete_write,
    document_numbers,
    documents_after,
    documents_among,
    lacking_rows,
    next_change,
    put_chunks,
    put_document,
    put_vector_rows,
    put_write,
    read_passages,
    state_of,
    texts_of,
    wants_audiences,
)
from wellread.adapters.embedded.sqlite_index_words import (
    WordCounts,
    WordSearch,
)
from wellread.adapters.embedded.vector_matrix import VectorMatrix
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import (
    Chunk,
    DocumentId,
    IndexedChunk,
    RevisionId,
    best_first,
    embedded_text,
)
from wellread.domain.knowledge.errors import ModelMismatchError
from wellread.ports.index import ChunkKey, IndexedDocument, IndexStats, PassageHits, PassageQuery
from wellread.ports.models import Vector
from wellread.ports.operations import Clock
from wellread.wire.stored_form import unpack_names

FOLLOWED_CHANGES = 10_000
"""A process that missed more changes than that reads all vectors again."""
_READ_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class LexicalWeights:
    """How much a word counts in each column of the lexical leg."""

    title: float = 1.0
    path: float = 1.0
    text: float = 1.0

    def as_rank(self) -> str:
        """The ranking as full-text search wants it named."""
        return f"bm25({self.title!r}, {self.path!r}, {self.text!r})"


class SqlitePassageIndex:
    """A `PassageIndex`: `Sweepable`, `Inventoried`, and able to change embedders (`Reembeddable`).

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
        self._rank = (weights or LexicalWeights()).as_rank()
        self._counts = WordCounts()
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
            change = next_change(connection)
            documents: dict[tuple[DocumentId, frozenset[str]], int] = {}
            writes: dict[tuple[int, RevisionId, str, str], int] = {}
            found: list[tuple[int, int, Chunk]] = []
            now = self._clock()
            for each in chunks:
                rule = (each.document, each.audiences)
                if rule not in documents:
                    documents[rule] = put_document(connection, *rule, change)
                write = (documents[rule], each.revision, each.build, each.write)
                if write not in writes:
                    writes[write] = put_write(connection, *write, now)
                found.append((documents[rule], writes[write], each.chunk))
            numbers = put_chunks(connection, found)
            vectors = {
                number: each.vector
                for number, each in zip(numbers, chunks, strict=True)
                if each.vector is not None
            }
            if vectors:
                adopted = state_of(connection).model
                if model_version is None or adopted not in (None, model_version):
                    raise _mismatch(adopted, model_version)
                if adopted is None:
                    connection.execute(
                        "UPDATE index_state SET model = ?, embedder = ?",
                        (model_version, self._embedder_setting or None),
                    )
                add_vector_rows(connection, model_version, vectors)

    def search(self, query: PassageQuery, scope: Scope) -> PassageHits:
        with self._reading() as (connection, matrix):
            if query.vector is not None and matrix.model not in (None, query.model_version):
                raise _mismatch(matrix.model, query.model_version)
            permitted = matrix.permitted(scope)
            within = None
            if query.documents is not None:
                within = document_numbers(connection, query.documents)
            near = []
            if query.vector is not None and matrix.model is not None:
                if matrix.rows and len(query.vector) != matrix.vectors.shape[1]:
                    raise _mismatch(matrix.model, query.model_version)
                vector = np.asarray(query.vector, dtype=np.float32)
                near = matrix.nearest(vector, permitted, query.limit, within)
            matching = []
            if permitted and query.limit > 0:
                leg = WordSearch(connection, permitted, self._rank, query.limit, within)
                self._counts = counts = self._counts.at(connection, matrix.change)
                matching = leg.best(query.text, counts)
            passages = read_passages(connection, {number for number, _ in (*near, *matching)})
        lexical = [replace(passages[number], score=score) for number, score in matching]
        vector_hits = [replace(passages[n], score=score, cosine=score) for n, score in near]
        return PassageHits(
            lexical=tuple(sorted(lexical, key=best_first)[: query.limit]),
            vector=tuple(sorted(vector_hits, key=best_first)[: query.limit]),
        )

    def delete(self, document: DocumentId, builds: frozenset[str]) -> int:
        return self._delete(document, lambda write: write.build in builds)

    def sweep(self, document: DocumentId, *, keep: frozenset[str], before: float) -> int:
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
            change = next_change(connection)
            deleted = sum(delete_write(connection, change, write) for write in gone)
            if len(gone) == len(writes):
                connection.execute("DELETE FROM index_document WHERE document = ?", (document,))
            connection.execute(
                "DELETE FROM index_dropped WHERE change < ?", (change - FOLLOWED_CHANGES,)
            )
        return deleted

    def update_access(
        self,
        document: DocumentId,
        audiences: frozenset[str],
        *,
        own: frozenset[str] | None,  # noqa: ARG002 - whoever changes a rule says so for every document
    ) -> None:
        with self._database.snapshot() as connection:
            # Said far more often than it changes, and a write would contend for the lock.
            if not wants_audiences(connection, document, audiences):
                return
        with self._database.transaction() as connection:
            if wants_audiences(connection, document, audiences):
                put_document(connection, document, audiences, next_change(connection))

    def stats(self) -> IndexStats:
        with self._database.snapshot() as connection:
            state = state_of(connection)
            chunks = connection.execute("SELECT count(*) FROM chunk").fetchone()[0]
        return IndexStats(chunks=chunks, model_version=state.model, embedder=state.embedder)

    def inventory(self, *, after: str = "", limit: int = 1000) -> Sequence[IndexedDocument]:
        with self._database.snapshot() as connection:
            return documents_after(connection, after, limit)

    def inventory_of(self, documents: Sequence[DocumentId]) -> Mapping[DocumentId, IndexedDocument]:
        with self._database.snapshot() as connection:
            return {each.document: each for each in documents_among(connection, documents)}

    def adopt(self, model_version: str, embedder: str) -> None:
        """Answer with this model from now on, and forget every other model's vectors."""
        with self._database.transaction() as connection:
            if lacking_rows(connection, model_version, 1):
                raise ModelMismatchError(
                    f"Some chunks have no vector of {model_version} yet; the index goes on with "
                    f"{state_of(connection).model}."
                )
            next_change(connection)
            connection.execute(
                "UPDATE index_state SET model = ?, embedder = ?", (model_version, embedder)
            )
            connection.execute(
                "DELETE FROM chunk_vector WHERE model NOT IN"
                " (SELECT id FROM index_model WHERE version = ?)",
                (model_version,),
            )
            connection.execute("DELETE FROM index_model WHERE version <> ?", (model_version,))

    def lacking(self, model_version: str, limit: int) -> Sequence[tuple[ChunkKey, str]]:
        with self._database.snapshot() as connection:
            return [
                (ChunkKey(number), embedded_text(title, tuple(path), text))
                for number, title, path, text in map(
                    texts_of, lacking_rows(connection, model_version, limit)
                )
            ]

    def put_vectors(self, model_version: str, vectors: Mapping[ChunkKey, Vector]) -> None:
        """Keep vectors of a coming model beside those that answer.

        Vectors of chunks that were deleted meanwhile are left out.
        """
        with self._database.transaction() as connection:
            rows = {int(key): vector for key, vector in vectors.items()}
            put_vector_rows(connection, model_version, rows)

    @contextmanager
    def _reading(self) -> Iterator[tuple[sqlite3.Connection, VectorMatrix]]:
        """A snapshot of the file, and the matrix at the same change."""
        with ExitStack() as stack:
            with self._lock:
                # Within the lock: a snapshot opened before it could be older than the matrix.
                connection = stack.enter_context(self._database.snapshot(fresh=True))
                matrix = self._matrix = _follow(connection, self._matrix)
            yield connection, matrix


@dataclass(frozen=True, slots=True)
class _Write:
    id: int
    build: str
    token: str
    added_at: float


def _follow(connection: sqlite3.Connection, matrix: VectorMatrix) -> VectorMatrix:
    """The matrix as the snapshot has it."""
    state = state_of(connection)
    if state.change == matrix.change:
        return matrix
    if state.model != matrix.model or state.change - matrix.change > FOLLOWED_CHANGES:
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


def _mismatch(adopted: str | None, given: str | None) -> ModelMismatchError:
    return ModelMismatchError(
        f"The index holds vectors of {adopted}, and this one is of {given or 'no named model'}. "
        "Run wellread with the embedder that the index was made with, or re-embed it."
    )
