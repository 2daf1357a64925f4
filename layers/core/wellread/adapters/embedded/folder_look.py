"""The documents folder for readers, who write nothing down."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from wellread.adapters.embedded.folder_documents import FolderDocumentStore
from wellread.adapters.embedded.folder_files import marks_of, opened, read_up_to
from wellread.adapters.embedded.folder_versions import Seen
from wellread.adapters.embedded.folder_walk import FolderNames
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.domain.knowledge.documents import DocumentId, ObjectVersion
from wellread.domain.knowledge.errors import SupersededError
from wellread.ports.operations import Clock

_Seen = TypeVar("_Seen")


class FolderLook(FolderDocumentStore):
    """A `FolderDocumentStore` that records no versions.

    What a `FolderDocumentStore` sees becomes a version, which is announced and read. That somebody
    asks is no reason to take a file in while it is still being written, nor to read all of a large
    one: here a version is what a file's marks are.
    """

    def __init__(self, root: Path, database: SqliteDatabase, clock: Clock):
        """Look at this folder; the data file knows which disk it was on."""
        super().__init__(root, database, clock)
        self._names = self._names_once = _NamesOnce()

    def side_by_side(
        self, look: Callable[[DocumentId], _Seen], documents: Sequence[DocumentId]
    ) -> Sequence[_Seen]:
        """Look at several documents as at one moment: the names in a folder are read once."""
        with self._names_once:
            return [look(document) for document in documents]

    def read(self, version: ObjectVersion) -> bytes:
        """The content of a file that still has the same marks.

        Raises:
            SupersededError: It has others by now, or is gone.
            DocumentError: `unreadable`.
        """
        with opened(self.root, version.document) as file:
            if file is not None and marks_of(os.fstat(file)) == version.revision:
                return read_up_to(file, version.size)
        raise SupersededError(f"{version.document!r} has changed; look again.")

    def _look(self, key: str, file: int) -> Seen:  # noqa: ARG002 - whatever its key
        found = os.fstat(file)
        marks = marks_of(found)
        return Seen(
            order=0,
            deleted=False,
            revision=marks,
            fingerprint="",
            size=found.st_size,
            stat=marks,
            settled=False,
        )

    def _record_gone(self, key: str) -> None:
        """Leave it to the host that watches the folder."""


class _NamesOnce(FolderNames):
    """A context in which a thread reads the names in a folder once."""

    def __init__(self) -> None:
        super().__init__()
        self._local = threading.local()

    def __enter__(self) -> None:
        self._local.read = {}

    def __exit__(self, *_: object) -> None:
        self._local.read = None

    def names_in(self, folder: Path) -> list[tuple[str, str]]:
        read: dict[Path, list[tuple[str, str]]] | None = getattr(self._local, "read", None)
        if read is None:
            return super().names_in(folder)
        if folder not in read:
            read[folder] = super().names_in(folder)
        return read[folder]
