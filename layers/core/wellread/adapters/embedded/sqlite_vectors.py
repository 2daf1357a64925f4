"""Vectors by content hash in the data file."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.ports.models import Vector


class SqliteVectorCache:
    """A `VectorCache`; vectors come back as the 32-bit floats that an index computes with."""

    def __init__(self, database: SqliteDatabase):
        self._database = database

    def get(self, model_version: str, hashes: Sequence[str]) -> dict[str, Vector]:
        found = {}
        with self._database.snapshot() as connection:
            for content in hashes:
                row = connection.execute(
                    "SELECT vector FROM cached_vector WHERE model = ? AND hash = ?",
                    (model_version, content),
                ).fetchone()
                if row is not None:
                    found[content] = tuple(array("f", row[0]))
        return found

    def put(self, model_version: str, vectors: Mapping[str, Vector]) -> None:
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO cached_vector (model, hash, vector) VALUES (?, ?, ?)",
                [
                    (model_version, content, array("f", vector).tobytes())
                    for content, vector in vectors.items()
                ],
            )
