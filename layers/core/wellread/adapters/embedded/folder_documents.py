"""The documents folder as a versioned bucket.

A folder keeps no versions, so the data file does: every content that was seen under a key gets a
version, numbered so that the same content later is a new one (A, B, A are three versions). A file
that is gone gets a version too, the delete marker.

Keys are the names as they are on the disk, joined by "/": no Unicode normalisation, because a
normalised name might not open the file again. Names that are not valid UTF-8 cannot be keys; they
are reported as problems.
"""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from wellread.adapters.embedded.folder_files import (
    BY_STAT,
    fingerprint_of,
    hash_of,
    is_inside,
    is_key,
    is_spelt,
    marks_of,
    not_written,
    opened,
    read_up_to,
    stat_fingerprint_of,
    unlinked,
    write_whole,
)
from wellread.adapters.embedded.folder_versions import Change, FolderVersions, Seen
from wellread.adapters.embedded.folder_walk import FolderNames, FolderProblem, walk
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.domain.knowledge.documents import (
    DocumentId,
    ObjectVersion,
    is_sidecar_key,
)
from wellread.domain.knowledge.errors import (
    NO_NAME,
    DocumentError,
    FailureCode,
    InvalidConfigurationError,
    SupersededError,
    TransientError,
)
from wellread.ports.operations import Clock

DEFAULT_MAX_BYTES = 100 * 1024 * 1024

_RESTLESS_SECONDS = 30.0
"""A file that does not come to rest for so long is announced as it is, and then again as often."""
_HASHING_ATTEMPTS = 3


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
        check_apart(root, database.path)
        self.root = root
        self.problems: tuple[FolderProblem, ...] = ()
        self._clock = clock
        self._versions = FolderVersions(database, clock)
        self._max_bytes = max_bytes
        self._settle_seconds = settle_seconds
        self._unsettled: dict[str, str] = {}
        self._moving_since: dict[str, float] = {}
        self._scanning = threading.Lock()
        self._names = FolderNames()

    def current(self, key: str) -> ObjectVersion | None:
        if not is_key(key):
            return None
        with opened(self.root, key) as file:
            if file is not None and is_spelt(self.root, key):
                return self._look(key, file).as_version(key)
        self._check_root()
        self._record_gone(key)
        if is_sidecar_key(key) and os.path.lexists(self.root / key) and is_spelt(self.root, key):
            # A link, say. It is there to restrict, so it counts.
            raise DocumentError(FailureCode.UNREADABLE)
        return None

    def read(self, version: ObjectVersion) -> bytes:
        seen = self._versions.newest(version.document) if is_key(version.document) else None
        if seen is None or seen.deleted or seen.revision != version.revision:
            raise _superseded()
        if version.size > self._max_bytes:
            raise DocumentError(FailureCode.TOO_LARGE)
        with opened(self.root, version.document) as file:
            if file is None:
                self._check_root()
                raise _superseded()
            # One byte more than it should have shows that it grew, without reading all of it.
            data = read_up_to(file, version.size + 1)
        if fingerprint_of(data) != seen.fingerprint:
            self._versions.doubt(version.document)
            raise _superseded()
        return data

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[ObjectVersion]:
        self._check_root()
        seen = self._versions.all()
        for key, found in walk(self.root, []):
            if key.startswith(prefix) and key > after:
                known = self._known(key, found, seen.get(key))
                if known is not None:
                    yield known.as_version(key)

    def beside(self, document: DocumentId) -> Sequence[str]:
        folder, slash, name = document.rpartition("/")
        names = self._names.beginning(self.root / folder, name.split(".", 1)[0])
        return [folder + slash + found for found in names]

    def newest(self, key: str) -> ObjectVersion | None:
        """What was under a key when it was last looked at, without looking again."""
        seen = self._versions.newest(key)
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
            changes = self._versions.unannounced()
        return [change for change in changes if change.key not in self._unsettled]

    @property
    def settling(self) -> bool:
        """Whether the last `changes` left files for the next, as they may still be written to."""
        return bool(self._unsettled)

    def announce(self, changes: Sequence[Change]) -> None:
        """Return these changes no more; what changed since is still returned."""
        self._versions.announce(changes)

    def put(self, key: str, data: bytes) -> ObjectVersion:
        """Write a file into the folder, whole or not at all.

        Raises:
            DocumentError: `unsupported`: no such name can be a document; `too_large`;
                `unreadable`: the folder cannot be written.
            StorageFullError: There is no room for it.
        """
        if not is_key(key) or "\\" in key or any(unicodedata.category(c) == "Cc" for c in key):
            raise DocumentError(FailureCode.UNSUPPORTED, *NO_NAME)
        if len(data) > self._max_bytes:
            raise DocumentError(FailureCode.TOO_LARGE)
        self._check_root()
        path = self.root / key
        if unlinked(self.root, key) is None:
            raise DocumentError(
                FailureCode.UNSUPPORTED,
                "The file's folder is a link.",
                "Drop it into the folder that the link leads to.",
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        except OSError as exc:
            raise not_written(exc) from exc
        version = self.current(key)
        if version is None:
            raise _superseded()
        return version

    def _scan(self, settle: float) -> None:
        seen = self._versions.all()
        problems: list[FolderProblem] = []
        before, self._unsettled = self._unsettled, {}
        present = set()
        for key, found in walk(self.root, problems):
            present.add(key)
            known = seen.get(key)
            marks = marks_of(found)
            if known is None or known.deleted or known.stat != marks:
                recent = found.st_mtime > self._clock() - settle
                moving = settle and recent and before.get(key) != marks
                if moving and not self._is_restless(key):
                    self._unsettled[key] = marks
                    continue
                self._moving_since.pop(key, None)
            self._known(key, found, known)
        for key, known in seen.items():
            if key not in present and not known.deleted:
                # Its folder may only be unreadable: looking at it tells that from a deletion.
                with suppress(DocumentError):
                    self.current(key)
        self.problems = tuple(problems)
        if present:
            self._versions.remember_disk(self._disk())

    def _is_restless(self, key: str) -> bool:
        """Whether a file has been changing for so long that its state must be told all the same."""
        now = self._clock()
        return now - self._moving_since.setdefault(key, now) >= _RESTLESS_SECONDS

    def _known(self, key: str, found: os.stat_result, known: Seen | None) -> Seen | None:
        """The version of a file that a walk found; None where it went meanwhile."""
        if known is not None and self._unchanged(known, found):
            return known
        try:
            with opened(self.root, key) as file:
                return None if file is None else self._look(key, file)
        except DocumentError:
            # Unreadable is a state of the document too: it is announced, and fails with a reason.
            return self._versions.record(key, found, stat_fingerprint_of(found))

    def _look(self, key: str, file: int) -> Seen:
        """The version of an open file, recorded."""
        found = os.fstat(file)
        seen = self._versions.newest(key)
        if seen is not None and self._unchanged(seen, found):
            return seen
        if found.st_size > self._max_bytes:
            return self._versions.record(key, found, stat_fingerprint_of(found))
        for _ in range(_HASHING_ATTEMPTS):
            found = os.fstat(file)
            fingerprint = hash_of(file, self._max_bytes) or stat_fingerprint_of(found)
            if marks_of(os.fstat(file)) == marks_of(found):
                break
        # Where it is still being written, the marks are from before: the next look sees a change.
        return self._versions.record(key, found, fingerprint)

    def _unchanged(self, seen: Seen, found: os.stat_result) -> bool:
        if seen.deleted or not seen.settled or seen.stat != marks_of(found):
            return False
        return not seen.fingerprint.startswith(BY_STAT) or found.st_size > self._max_bytes

    def _record_gone(self, key: str) -> None:
        self._versions.record_gone(key, self._is_there)

    def _is_there(self, key: str) -> bool:
        with opened(self.root, key) as file:
            return file is not None and is_spelt(self.root, key)

    def _disk(self) -> str:
        return str(self.root.stat().st_dev)

    def _check_root(self) -> None:
        if not self.root.is_dir():
            raise TransientError(
                f"The documents folder {self.root} is not there. If its disk is not connected, "
                "connect it; if you deleted the folder, create it again. Until then nothing that "
                "was indexed is forgotten."
            )
        # The place where a disk was mounted is an empty folder once it is not.
        if not any(self.root.iterdir()) and self._versions.disk() not in (None, self._disk()):
            raise TransientError(
                f"The documents folder {self.root} is empty, and on another disk than it was. "
                "Connect its disk, or put a file into it if it shall be this one. Until then "
                "nothing that was indexed is forgotten."
            )


def check_apart(root: Path, data_file: Path) -> None:
    """Refuse a data file, which may not be there yet, that would lie among the documents.

    Raises:
        InvalidConfigurationError: It does, and every write to it would be a changed document.
    """
    if _holds(root, data_file):
        raise InvalidConfigurationError(
            f"The data folder {data_file.parent} lies inside the documents folder {root}. "
            "Choose another one with --data or --documents."
        )


def _holds(root: Path, path: Path) -> bool:
    """Whether a file lies where documents are looked for."""
    real, real_root = os.path.realpath(path), os.path.realpath(root)
    if not is_inside(real, real_root):
        return False
    return not any(part.startswith(".") for part in Path(real).relative_to(real_root).parts)


def _superseded() -> SupersededError:
    return SupersededError("The file changed meanwhile; its new content is taken in next.")
