"""The newest version of every key that the documents folder ever held, in the data file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

from wellread.adapters.embedded.folder_files import BY_STAT, marks_of, touched_at
from wellread.adapters.embedded.sqlite_database import SqliteDatabase, next_number
from wellread.domain.knowledge.documents import DocumentId, ObjectVersion, RevisionId
from wellread.ports.operations import Clock

_UNSETTLED_SECONDS = 2.0
"""A file can change again within one tick of the file system's clock without a new time stamp, so
the stamps of a file that changed just now prove nothing yet. FAT ticks every two seconds."""
_SELECT = (
    "SELECT key, version, deleted, revision, fingerprint, size, stat, settled FROM folder_object"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest version of a key, as recorded, with what the file looked like then.

    Attributes:
        stat: The file's marks.
        settled: Whether equal marks prove that the content is the same.
    """

    order: int
    deleted: bool
    revision: str
    fingerprint: str
    size: int
    stat: str
    settled: bool

    def as_version(self, key: str) -> ObjectVersion:
        """The same in the words of the port."""
        return ObjectVersion(
            document=DocumentId(key),
            revision=RevisionId(self.revision),
            size=self.size,
            order=self.order,
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A version that was not announced yet.

    Attributes:
        version: None for a delete marker.
        order: Of the version, or of the delete marker.
    """

    key: str
    version: ObjectVersion | None
    order: int


class FolderVersions:
    """Reads and writes the rows; a new row is always a new version."""

    def __init__(self, database: SqliteDatabase, clock: Clock):
        """Keep them in this data file; files' time stamps are compared with this clock."""
        self._database = database
        self._clock = clock

    def newest(self, key: str) -> Seen | None:
        """The newest version of a key, which may be a delete marker."""
        with self._database.snapshot() as connection:
            row = connection.execute(f"{_SELECT} WHERE key = ?", (key,)).fetchone()
        return None if row is None else _seen(row)

    def all(self) -> dict[str, Seen]:
        """The newest version of every key."""
        with self._database.snapshot() as connection:
            return {row[0]: _seen(row) for row in connection.execute(_SELECT)}

    def unannounced(self) -> Sequence[Change]:
        """The versions that were not announced yet, in key order."""
        with self._database.snapshot() as connection:
            rows = connection.execute(f"{_SELECT} WHERE announced < version ORDER BY key")
            found = [(row[0], _seen(row)) for row in rows]
        return [
            Change(key, None if seen.deleted else seen.as_version(key), seen.order)
            for key, seen in found
        ]

    def announce(self, changes: Sequence[Change]) -> None:
        """Take these changes as announced."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE folder_object SET announced = max(announced, ?) WHERE key = ?",
                [(change.order, change.key) for change in changes],
            )

    def record(self, key: str, found: os.stat_result, fingerprint: str) -> Seen:
        """The version of a file with this content: a new one where the fingerprint is another."""
        now = self._clock()
        settled = touched_at(found, now) < now - _UNSETTLED_SECONDS
        with self._database.transaction() as connection:
            seen = self.newest(key)
            if seen is not None and not seen.deleted and seen.fingerprint == fingerprint:
                if (seen.stat, seen.settled) != (marks_of(found), settled):
                    connection.execute(
                        "UPDATE folder_object SET stat = ?, settled = ? WHERE key = ?",
                        (marks_of(found), settled, key),
                    )
                return seen
            order = next_number(connection, "version")
            digest = fingerprint.removeprefix(BY_STAT)
            recorded = Seen(
                order=order,
                deleted=False,
                revision=f"v{order}-{digest[:12]}",
                fingerprint=fingerprint,
                size=found.st_size,
                stat=marks_of(found),
                settled=settled,
            )
            _write(connection, key, recorded)
        return recorded

    def record_gone(self, key: str, is_there: Callable[[str], bool]) -> None:
        """Add a delete marker, unless the file is there again once nobody else can record."""
        seen = self.newest(key)
        if seen is None or seen.deleted:
            return
        with self._database.transaction() as connection:
            seen = self.newest(key)
            if seen is None or seen.deleted or is_there(key):
                return
            order = next_number(connection, "version")
            _write(connection, key, Seen(order, True, f"v{order}-deleted", "", 0, "", True))

    def doubt(self, key: str) -> None:
        """Have the content looked at next time, though the marks may say that nothing changed."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE folder_object SET settled = 0 WHERE key = ?", (key,))

    def disk(self) -> str | None:
        """The device that the folder was on; None before the first file was seen."""
        with self._database.snapshot() as connection:
            row = connection.execute("SELECT device FROM folder_disk").fetchone()
        return None if row is None else row[0]

    def remember_disk(self, device: str) -> None:
        """Write down the device that the folder is on."""
        if device != self.disk():
            with self._database.transaction() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO folder_disk (one, device) VALUES (1, ?)", (device,)
                )


def _seen(row: tuple[str, int, int, str, str, int, str, int]) -> Seen:
    _, order, deleted, revision, fingerprint, size, marks, settled = row
    return Seen(order, bool(deleted), revision, fingerprint, size, marks, bool(settled))


def _write(connection: sqlite3.Connection, key: str, seen: Seen) -> None:
    """Make this the newest version of a key."""
    connection.execute(
        "INSERT INTO folder_object"
        " (key, version, deleted, revision, fingerprint, size, stat, settled)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET version = excluded.version, deleted = excluded.deleted,"
        " revision = excluded.revision, fingerprint = excluded.fingerprint,"
        " size = excluded.size, stat = excluded.stat, settled = excluded.settled",
        (key, *astuple(seen)),
    )
