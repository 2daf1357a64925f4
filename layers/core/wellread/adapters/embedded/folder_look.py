"""The documents folder as those see it who only look."""

from __future__ import annotations

import os

from wellread.adapters.embedded.folder_documents import FolderDocumentStore
from wellread.adapters.embedded.folder_files import marks_of, opened, read_up_to
from wellread.adapters.embedded.folder_versions import Seen
from wellread.domain.documents import ObjectVersion
from wellread.domain.errors import SupersededError


class FolderLook(FolderDocumentStore):
    """The same folder, of whose looks nothing is written down.

    What a `FolderDocumentStore` sees becomes a version, which is announced and read. That somebody
    asks is no reason to take a file in while it is still being written, nor to read all of a large
    one: here a version is what a file's marks are.
    """

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
        """Whoever watches the folder records it."""
