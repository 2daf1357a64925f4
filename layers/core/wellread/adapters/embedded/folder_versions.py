"""The newest version of every key that the documents folder ever held, as rows."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from wellread.domain.knowledge.documents import DocumentId, ObjectVersion, RevisionId

SELECT_SEEN = (
    "SELECT version, deleted, revision, fingerprint, size, stat, settled, key FROM folder_object"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest version of a key, as recorded, with what the file looked like then."""

    order: int
    deleted: bool
    revision: str
    fingerprint: str
    size: int
    stat: str
    settled: bool

    @classmethod
    def of(cls, row: tuple[int, int, str, str, int, str, int, str]) -> Seen:
        """The version that a row of `SELECT_SEEN` holds."""
        order, deleted, revision, fingerprint, size, marks, settled, _ = row
        return cls(order, bool(deleted), revision, fingerprint, size, marks, bool(settled))

    def as_version(self, key: str) -> ObjectVersion:
        """The same in the words of the port."""
        return ObjectVersion(
            document=DocumentId(key),
            revision=RevisionId(self.revision),
            size=self.size,
            order=self.order,
        )


def write_seen(connection: sqlite3.Connection, key: str, seen: Seen) -> None:
    """Make this the newest version of a key."""
    connection.execute(
        "INSERT INTO folder_object"
        " (key, version, deleted, revision, fingerprint, size, stat, settled)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET version = excluded.version, deleted = excluded.deleted,"
        " revision = excluded.revision, fingerprint = excluded.fingerprint,"
        " size = excluded.size, stat = excluded.stat, settled = excluded.settled",
        (
            key,
            seen.order,
            seen.deleted,
            seen.revision,
            seen.fingerprint,
            seen.size,
            seen.stat,
            seen.settled,
        ),
    )
