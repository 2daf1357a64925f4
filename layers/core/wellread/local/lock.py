"""The data and documents folders that a host serves: one host each, and both must be usable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

import filelock

from wellread.bootstrap import embedded
from wellread.domain.knowledge.errors import InvalidDataFolderError
from wellread.local.private import make_private
from wellread.settings import Settings

LOCK_NAME = "host.lock"


class HostLock:
    """One host a data folder, enforced by a file lock that dies with its process."""

    def __init__(self, data: Path) -> None:
        self._data = data
        # `is_held` has the lock for a moment.
        self._lock = filelock.FileLock(data / LOCK_NAME, timeout=0.5)

    def __enter__(self) -> Self:
        """Lock the folder.

        Raises:
            InvalidDataFolderError: Another host has it, or the folder cannot be written.
        """
        try:
            self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire()
            make_private(self._data)
        except filelock.Timeout:
            raise InvalidDataFolderError(
                f"Another wellread is serving the data folder {str(self._data)!r}. Stop it first, "
                "or choose another folder with --data. (`wellread ask`, `status` and `documents` "
                "work beside it.)"
            ) from None
        except FileExistsError as error:
            raise _no_folder("data", self._data) from error
        except OSError as error:
            raise InvalidDataFolderError(
                f"The data folder {str(self._data)!r} cannot be written ({error.strerror}). "
                "Choose another with --data, or mend its permissions."
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the folder."""
        self._lock.release()

    @classmethod
    def is_held(cls, data: Path) -> bool:
        """Whether some host serves a data folder now."""
        if not (data / LOCK_NAME).exists():
            return False
        lock = filelock.FileLock(data / LOCK_NAME, timeout=0)
        try:
            lock.acquire()
        except (filelock.Timeout, OSError):
            return True
        lock.release()
        return False


def missing_folder(root: Path) -> InvalidDataFolderError:
    """What to say of a documents folder that is not there and must not be made."""
    return InvalidDataFolderError(
        f"There is no folder {str(root)!r}. Name an existing folder with --documents, or make this "
        "one; if it is on a disk that is not connected, connect it."
    )


def check_readable(settings: Settings) -> None:
    """Look into the documents folder; wellread's own is made where it is missing.

    Raises:
        InvalidDataFolderError: It cannot be read.
    """
    root = embedded.documents_folder(settings)
    try:
        if embedded.has_own_folder(settings):
            root.mkdir(parents=True, exist_ok=True)
        with os.scandir(root) as entries:
            next(entries, None)
    except FileNotFoundError as error:
        raise missing_folder(root) from error
    except (FileExistsError, NotADirectoryError) as error:
        raise _no_folder("documents", root) from error
    except OSError as error:
        raise InvalidDataFolderError(
            f"The documents folder {str(root)!r} cannot be read ({error.strerror}). Mend its "
            "permissions, or choose another with --documents."
        ) from error


def _no_folder(kind: str, path: Path) -> InvalidDataFolderError:
    return InvalidDataFolderError(
        f"{str(path)!r} is a file, not a folder. Name the {kind} folder with --{kind}."
    )
