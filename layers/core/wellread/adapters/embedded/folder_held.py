"""Files from chats that nobody has decided about yet, in the data folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wellread.adapters.embedded.folder_files import write_whole
from wellread.domain.chat.files import HELD_SECONDS
from wellread.domain.knowledge.errors import TransientError
from wellread.ports.operations import Clock

_WRITTEN_SECONDS = 3600.0
"""Longer than any file is written for."""


class FolderHeldFiles:
    """`HeldFiles`: `<folder>/<giver>-<request>`, for nobody but the folder's owner to open."""

    def __init__(self, folder: Path, clock: Clock):
        """Hold them in this folder, which is made when the first is."""
        self._folder = folder
        self._clock = clock

    def put(self, key: str, data: bytes) -> None:
        path = self._path(key)
        with _errors():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(path, data)
            os.utime(path, (self._clock(),) * 2)

    def get(self, key: str) -> bytes | None:
        with _errors():
            try:
                return self._path(key).read_bytes()
            except FileNotFoundError:
                return None

    def delete(self, key: str) -> None:
        with _errors():
            self._path(key).unlink(missing_ok=True)

    def count(self, folder: str) -> int:
        return sum(1 for _ in self._folder.glob(f"{folder}-*"))

    def sweep(self) -> None:
        """Delete what was forgotten, and what a host that died had begun to write."""
        for path in self._folder.glob("*"):
            with suppress(OSError):  # deleted meanwhile, or else the next sweep's
                kept = _WRITTEN_SECONDS if path.name.startswith(".") else HELD_SECONDS
                if path.stat().st_mtime + kept <= self._clock():
                    path.unlink()

    def _path(self, key: str) -> Path:
        return self._folder / key.replace("/", "-")


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise TransientError(
            f"The folder of files that wait for approval cannot be used ({exc.strerror}). "
            "Look at the disk and at the data folder's permissions."
        ) from exc
