"""The documents folder as a versioned bucket.

A folder keeps no versions, so the data file does: every content that was seen under a key gets a
version, numbered so that the same content later is a new one (A, B, A are three versions). A file
that is gone gets a version too, the delete marker.

Keys are the names as they are on the disk, joined by "/": no Unicode normalisation, because a
normalised name might not open the file again. Names that are not valid UTF-8 cannot be keys; they
are reported as problems.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
import stat
import threading
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from wellread.adapters.embedded.sqlite_database import SqliteDatabase, next_number
from wellread.domain.documents import (
    DocumentId,
    ObjectVersion,
    RevisionId,
    document_of_sidecar,
    is_document_key,
    is_sidecar_key,
)
from wellread.domain.errors import (
    DocumentError,
    FailureCode,
    InvalidConfigurationError,
    StorageFullError,
    SupersededError,
    TransientError,
)
from wellread.ports import Clock

DEFAULT_MAX_BYTES = 100 * 1024 * 1024
_BLOCK = 1 << 20
_UNSETTLED_SECONDS = 2.0
"""A file can change again within one tick of the file system's clock without a new time stamp, so
the stamps of a file that changed just now prove nothing yet. FAT ticks every two seconds."""
_HASHING_ATTEMPTS = 3
_BY_STAT = "stat:"
"""Fingerprint of a file whose content was not looked at: too large, or not readable."""
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO})
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


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


@dataclass(frozen=True, slots=True)
class FolderProblem:
    """Something in the folder that cannot be taken in.

    Attributes:
        path: Relative to the folder, printable.
        reason: A plain sentence with the cause and the fix.
    """

    path: str
    reason: str


class FolderDocumentStore:
    """A `DocumentStore` over a folder; it also says what changed (`changes`)."""

    def __init__(
        self,
        root: Path,
        database: SqliteDatabase,
        clock: Clock,
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        settle_seconds: float = 1.0,
    ):
        """Look at this folder.

        Args:
            root: The documents folder.
            database: Keeps the versions.
            clock: The time that files' time stamps are compared with.
            max_bytes: Larger files get a version, but are not read.
            settle_seconds: A file that changed within that time is left for the next `changes`,
                unless it stayed as it was since the one before.

        Raises:
            InvalidConfigurationError: The data file lies among the documents, and every write to
                it would be a changed document.
        """
        if _holds(root, database.path):
            raise InvalidConfigurationError(
                f"The data folder {database.path.parent} lies inside the documents folder {root}. "
                "Choose another one with --data or --documents."
            )
        self.root = root
        self.problems: tuple[FolderProblem, ...] = ()
        self._database = database
        self._clock = clock
        self._max_bytes = max_bytes
        self._settle_seconds = settle_seconds
        self._unsettled: dict[str, str] = {}
        self._scanning = threading.Lock()

    def current(self, key: str) -> ObjectVersion | None:
        """What the folder holds under a key now; None where there is nothing (any more).

        Raises:
            DocumentError: `unreadable`: it is there but cannot be looked at.
            TransientError: The folder itself is not there: no reason to forget its documents.
        """
        if not _is_key(key):
            return None
        with _opened(self.root, key) as file:
            if file is None:
                self._check_root()
                self._record_gone(key)
                return None
            return self._look(key, file).as_version(key)

    def read(self, version: ObjectVersion) -> bytes:
        """The content of exactly that version.

        Raises:
            SupersededError: The file is no longer at that version.
            DocumentError: `unreadable` or `too_large`.
        """
        seen = self._seen(version.document) if _is_key(version.document) else None
        if seen is None or seen.deleted or seen.revision != version.revision:
            raise _superseded()
        if version.size > self._max_bytes:
            raise DocumentError(FailureCode.TOO_LARGE)
        with _opened(self.root, version.document) as file:
            if file is None:
                self._check_root()
                raise _superseded()
            # One byte more than it should have shows that it grew, without reading all of it.
            data = _read(file, version.size + 1)
        if _fingerprint(data) != seen.fingerprint:
            raise _superseded()
        return data

    def list(self, prefix: str = "") -> Iterator[ObjectVersion]:
        """Everything under a prefix, sidecars included, in key order."""
        self._check_root()
        seen = self._all_seen()
        for key, found in _walk(self.root, []):
            if key.startswith(prefix):
                known = self._known(key, found, seen.get(key))
                if known is not None:
                    yield known.as_version(key)

    def newest(self, key: str) -> ObjectVersion | None:
        """What was under a key when it was last looked at, without looking again."""
        seen = self._seen(key)
        return None if seen is None or seen.deleted else seen.as_version(key)

    def changes(self, *, settle_seconds: float | None = None) -> Sequence[Change]:
        """Look at the whole folder; what changed since it was announced, in key order.

        A change is returned again until it is announced. To lose none, announce in the transaction
        that enqueues:

            with database.transaction():
                queue.put([change.key for change in changes])
                store.announce(changes)

        What cannot be taken in is in `problems` afterwards.

        Args:
            settle_seconds: Other than the store's own; 0 takes every file as it is.

        Raises:
            TransientError: The folder is not there.
        """
        with self._scanning:
            self._check_root()
            settle = self._settle_seconds if settle_seconds is None else settle_seconds
            self._scan(settle)
            with self._database.snapshot() as connection:
                rows = connection.execute(
                    _SELECT + " WHERE announced < version ORDER BY key"
                ).fetchall()
        return [_change(row[-1], _Seen.of(row)) for row in rows if row[-1] not in self._unsettled]

    @property
    def settling(self) -> bool:
        """Whether the last `changes` left files for the next, as they may still be written to."""
        return bool(self._unsettled)

    def announce(self, changes: Sequence[Change]) -> None:
        """Return these changes no more; what changed since is still returned."""
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE folder_object SET announced = max(announced, ?) WHERE key = ?",
                [(change.order, change.key) for change in changes],
            )

    def put(self, key: str, data: bytes) -> ObjectVersion:
        """Write a file into the folder, whole or not at all.

        Raises:
            DocumentError: `unsupported`: no such name can be a document; `too_large`;
                `unreadable`: the folder cannot be written.
            StorageFullError: There is no room for it.
        """
        if not _is_key(key) or "\\" in key or any(unicodedata.category(c) == "Cc" for c in key):
            raise DocumentError(
                FailureCode.UNSUPPORTED,
                "A file of this name is not taken in.",
                "Drop it under a plain name that does not start with a dot, without "
                "special characters.",
            )
        if len(data) > self._max_bytes:
            raise DocumentError(FailureCode.TOO_LARGE)
        self._check_root()
        path = self.root / key
        if not _inside(os.path.realpath(path.parent), os.path.realpath(self.root)):
            raise DocumentError(
                FailureCode.UNSUPPORTED,
                "The file's folder lies outside of the documents folder.",
                "Drop it into the documents folder itself.",
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, data)
        except OSError as exc:
            raise _not_written(exc) from exc
        version = self.current(key)
        if version is None:
            raise _superseded()
        return version

    def _scan(self, settle: float) -> None:
        seen = self._all_seen()
        problems: list[FolderProblem] = []
        before, self._unsettled = self._unsettled, {}
        present = set()
        for key, found in _walk(self.root, problems):
            present.add(key)
            known = seen.get(key)
            marks = _marks(found)
            if known is None or known.deleted or known.stat != marks:
                recent = found.st_mtime > self._clock() - settle
                if settle and recent and before.get(key) != marks:
                    self._unsettled[key] = marks
                    continue
            self._known(key, found, known)
        for key, known in seen.items():
            if key not in present and not known.deleted:
                # Its folder may only be unreadable: looking at it tells that from a deletion.
                with suppress(DocumentError):
                    self.current(key)
        self.problems = tuple(problems)

    def _known(self, key: str, found: os.stat_result, known: _Seen | None) -> _Seen | None:
        """The version of a file that a walk found; None where it went meanwhile."""
        if known is not None and self._unchanged(known, found):
            return known
        try:
            with _opened(self.root, key) as file:
                return None if file is None else self._look(key, file)
        except DocumentError:
            # Unreadable is a state of the document too: it is announced, and fails with a reason.
            return self._record(key, found, _stat_fingerprint(found))

    def _look(self, key: str, file: int) -> _Seen:
        """The version of an open file, recorded."""
        found = os.fstat(file)
        seen = self._seen(key)
        if seen is not None and self._unchanged(seen, found):
            return seen
        if found.st_size > self._max_bytes:
            return self._record(key, found, _stat_fingerprint(found))
        for _ in range(_HASHING_ATTEMPTS):
            found = os.fstat(file)
            fingerprint = _hash(file, self._max_bytes) or _stat_fingerprint(found)
            if _marks(os.fstat(file)) == _marks(found):
                break
        # Where it is still being written, the marks are from before: the next look sees a change.
        return self._record(key, found, fingerprint)

    def _unchanged(self, seen: _Seen, found: os.stat_result) -> bool:
        if seen.deleted or not seen.settled or seen.stat != _marks(found):
            return False
        return not seen.fingerprint.startswith(_BY_STAT) or found.st_size > self._max_bytes

    def _record(self, key: str, found: os.stat_result, fingerprint: str) -> _Seen:
        now = self._clock()
        settled = _touched(found, now) < now - _UNSETTLED_SECONDS
        with self._database.transaction() as connection:
            seen = self._seen(key)
            if seen is not None and not seen.deleted and seen.fingerprint == fingerprint:
                if (seen.stat, seen.settled) != (_marks(found), settled):
                    connection.execute(
                        "UPDATE folder_object SET stat = ?, settled = ? WHERE key = ?",
                        (_marks(found), settled, key),
                    )
                return seen
            order = next_number(connection, "version")
            digest = fingerprint.removeprefix(_BY_STAT)
            recorded = _Seen(
                order=order,
                deleted=False,
                revision=f"v{order}-{digest[:12]}",
                fingerprint=fingerprint,
                size=found.st_size,
                stat=_marks(found),
                settled=settled,
            )
            _write_seen(connection, key, recorded)
        return recorded

    def _record_gone(self, key: str) -> None:
        seen = self._seen(key)
        if seen is None or seen.deleted:
            return
        with self._database.transaction() as connection:
            seen = self._seen(key)
            # Looking again now that nobody else can record: it may be back, and recorded as such.
            if seen is None or seen.deleted or self._is_there(key):
                return
            order = next_number(connection, "version")
            marker = _Seen(order, True, f"v{order}-deleted", "", 0, "", True)
            _write_seen(connection, key, marker)

    def _is_there(self, key: str) -> bool:
        with _opened(self.root, key) as file:
            return file is not None

    def _seen(self, key: str) -> _Seen | None:
        with self._database.snapshot() as connection:
            row = connection.execute(
                _SELECT + " WHERE key = ?",
                (key,),
            ).fetchone()
        return None if row is None else _Seen.of(row)

    def _all_seen(self) -> dict[str, _Seen]:
        with self._database.snapshot() as connection:
            rows = connection.execute(_SELECT).fetchall()
        return {row[-1]: _Seen.of(row) for row in rows}

    def _check_root(self) -> None:
        if not self.root.is_dir():
            raise TransientError(
                f"The documents folder {self.root} is not there. If its disk is not connected, "
                "connect it; if you deleted the folder, create it again. Until then nothing that "
                "was indexed is forgotten."
            )


_SELECT = (
    "SELECT version, deleted, revision, fingerprint, size, stat, settled, key FROM folder_object"
)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The newest version of a key, as recorded, with what the file looked like then."""

    order: int
    deleted: bool
    revision: str
    fingerprint: str
    size: int
    stat: str
    settled: bool

    @classmethod
    def of(cls, row: tuple[int, int, str, str, int, str, int, str]) -> _Seen:
        order, deleted, revision, fingerprint, size, marks, settled, _ = row
        return cls(order, bool(deleted), revision, fingerprint, size, marks, bool(settled))

    def as_version(self, key: str) -> ObjectVersion:
        return ObjectVersion(
            document=DocumentId(key),
            revision=RevisionId(self.revision),
            size=self.size,
            order=self.order,
        )


def _holds(root: Path, path: Path) -> bool:
    """Whether a file lies where documents are looked for."""
    real, real_root = os.path.realpath(path), os.path.realpath(root)
    if not _inside(real, real_root):
        return False
    return not any(part.startswith(".") for part in Path(real).relative_to(real_root).parts)


def _change(key: str, seen: _Seen) -> Change:
    return Change(key, None if seen.deleted else seen.as_version(key), seen.order)


def _write_seen(connection: sqlite3.Connection, key: str, seen: _Seen) -> None:
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


def _is_key(key: str) -> bool:
    """Whether a key can name a document or a sidecar, below the folder and nowhere else."""
    if "\0" in key or not _is_text(key):
        return False
    return is_document_key(document_of_sidecar(key) if is_sidecar_key(key) else key)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _inside(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _marks(found: os.stat_result) -> str:
    """What is equal while a file is unchanged, as far as stamps can tell."""
    return f"{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_size}:{found.st_ino}"


def _touched(found: os.stat_result, now: float) -> float:
    """When a file was changed last. Its own stamp may be set at will, even to the future."""
    if found.st_mtime > now:
        return found.st_ctime
    return max(found.st_mtime, found.st_ctime)


def _fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _stat_fingerprint(found: os.stat_result) -> str:
    return _BY_STAT + _fingerprint(f"{found.st_size}:{found.st_mtime_ns}".encode())


def _hash(file: int, limit: int) -> str | None:
    """Fingerprint of a file's content, None where that grew beyond the limit."""
    digest = hashlib.sha256()
    os.lseek(file, 0, os.SEEK_SET)
    size = 0
    while block := os.read(file, _BLOCK):
        size += len(block)
        if size > limit:
            return None
        digest.update(block)
    return digest.hexdigest()


def _read(file: int, limit: int) -> bytes:
    data = bytearray()
    while len(data) < limit and (block := os.read(file, min(_BLOCK, limit - len(data)))):
        data += block
    return bytes(data)


# Not waiting for a pipe's writer, nor following a link put there since the path was resolved.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)


@contextmanager
def _opened(root: Path, key: str) -> Iterator[int | None]:
    """The regular file under a key, open; None where there is none inside the folder."""
    file = None
    try:
        real = os.path.realpath(root / key)
        if not _inside(real, os.path.realpath(root)) or not _is_regular(Path(real).stat()):
            yield None
            return
        file = os.open(real, _FLAGS)
        yield file if _is_regular(os.fstat(file)) else None
    except OSError as exc:
        if file is None and exc.errno in _GONE:
            yield None
            return
        if exc.errno in _PASSING:
            raise TransientError(
                f"The documents folder could not be read just now ({exc.strerror}). Try again."
            ) from exc
        raise DocumentError(FailureCode.UNREADABLE) from exc
    finally:
        if file is not None:
            os.close(file)


_PASSING = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EINTR, errno.ESTALE, errno.ETIMEDOUT}
)


def _is_regular(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode)


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder on the way of a walk; `above` are its ancestors and itself, to notice loops."""

    path: str
    prefix: str
    above: frozenset[tuple[int, int]]


def _walk(root: Path, problems: list[FolderProblem]) -> Iterator[tuple[str, os.stat_result]]:
    """The keys of the folder's regular files and what they look like, in key order."""
    real_root = os.path.realpath(root)
    pending: list[_Folder | tuple[str, os.stat_result]] = [
        _Folder(real_root, "", frozenset({_identity(root.stat())}))
    ]
    while pending:
        step = pending.pop()
        if isinstance(step, tuple):
            yield step
            continue
        try:
            with os.scandir(step.path) as entries:
                inside = list(entries)
        except FileNotFoundError:
            continue
        except OSError as exc:
            problems.append(
                FolderProblem(
                    step.prefix,
                    f"The folder cannot be opened ({exc.strerror}). Let wellread read it.",
                )
            )
            continue
        found = [_step(entry, step, real_root, problems) for entry in inside]
        # The last of the list is the next to be looked at; "/" makes folders sort as their keys.
        pending += sorted((f for f in found if f is not None), key=_sort_key, reverse=True)


def _sort_key(step: _Folder | tuple[str, os.stat_result]) -> str:
    return step.prefix if isinstance(step, _Folder) else step[0]


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _step(
    entry: os.DirEntry[str], folder: _Folder, real_root: str, problems: list[FolderProblem]
) -> _Folder | tuple[str, os.stat_result] | None:
    """What to do about one entry of a folder; None leaves it out."""
    key = folder.prefix + entry.name
    if entry.name.startswith("."):
        return None
    if not _is_text(entry.name):
        printable = os.fsencode(key).decode("utf-8", "backslashreplace")
        problems.append(FolderProblem(printable, "The name is not valid UTF-8. Rename the file."))
        return None
    try:
        found = entry.stat()
        if entry.is_symlink() and not _inside(os.path.realpath(entry.path), real_root):
            problems.append(
                FolderProblem(
                    key, "It is a link out of the documents folder. Put the file itself there."
                )
            )
            return None
    except OSError:
        # Gone since the folder was read, or a link to nothing.
        return None
    if stat.S_ISDIR(found.st_mode):
        identity = _identity(found)
        if identity in folder.above:
            return None
        return _Folder(entry.path, key + "/", folder.above | {identity})
    return (key, found) if _is_regular(found) and _is_key(key) else None


def _write(path: Path, data: bytes) -> None:
    """Write a file so that no reader ever sees a part of it."""
    hidden = path.with_name(f".wellread-{uuid.uuid4().hex}.part")
    try:
        with hidden.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(path)
    finally:
        hidden.unlink(missing_ok=True)
    # The new name itself survives a power failure; not every system can do that.
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _not_written(exc: OSError) -> DocumentError | StorageFullError:
    if exc.errno in _NO_ROOM:
        return StorageFullError(
            "There is no room left in the documents folder. Free some disk space, then drop the "
            "file again."
        )
    if exc.errno in _WRONG_NAME:
        return DocumentError(
            FailureCode.UNSUPPORTED,
            "The file's name is too long, or a folder has that name.",
            "Rename the file and drop it again.",
        )
    return DocumentError(
        FailureCode.UNREADABLE,
        "The documents folder cannot be written.",
        "Let wellread write to it, or copy the file into it yourself.",
    )


_WRONG_NAME = frozenset(
    {errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.EINVAL}
)


def _superseded() -> SupersededError:
    return SupersededError("The file changed meanwhile; its new content is taken in next.")
