"""One file of the documents folder: whether it may be one, what it looks like, and its content."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wellread.domain.knowledge.documents import document_of_sidecar, is_document_key, is_sidecar_key
from wellread.domain.knowledge.errors import (
    DocumentError,
    FailureCode,
    StorageFullError,
    TransientError,
)

_BLOCK = 1 << 20

BY_STAT = "stat:"
"""Fingerprint of a file whose content was not looked at: too large, or not readable."""

_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO})

_PASSING = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EINTR, errno.ESTALE, errno.ETIMEDOUT}
)

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_WRONG_NAME = frozenset(
    {errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ENAMETOOLONG, errno.EINVAL}
)

# Not waiting for a pipe's writer, nor following a link put there since the path was resolved.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_BINARY", 0)
)

FORGIVES_CASE = sys.platform in ("darwin", "win32")


def is_key(key: str) -> bool:
    """Whether a key can name a document or a sidecar, below the folder and nowhere else."""
    if "\0" in key or not is_text(key):
        return False
    return is_document_key(document_of_sidecar(key) if is_sidecar_key(key) else key)


def is_text(name: str) -> bool:
    """Whether a name can be written as UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_spelt(root: Path, key: str) -> bool:
    """Whether a file that opens under a key has that very name.

    A file system that forgives case opens it under its former name too, after it was renamed from
    "plan.md" to "Plan.md".
    """
    if not FORGIVES_CASE:
        return True
    folder = root
    for part in key.split("/"):
        if part not in {entry.name for entry in folder.iterdir()}:
            return False
        folder /= part
    return True


def is_inside(path: str, root: str) -> bool:
    """Whether a real path is that of a folder, or below it."""
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def unlinked(root: Path, key: str) -> Path | None:
    """Where a key leads by the folders that it names; None where one of them, or it, is a link."""
    path = Path(os.path.realpath(root), key)
    return path if os.path.realpath(path) == str(path) else None


def is_regular(found: os.stat_result) -> bool:
    """Whether it is a plain file: no folder, link or device."""
    return stat.S_ISREG(found.st_mode)


def marks_of(found: os.stat_result) -> str:
    """Time stamps, size and inode, which stay equal while nobody changes the file."""
    return f"{found.st_mtime_ns}:{found.st_ctime_ns}:{found.st_size}:{found.st_ino}"


def touched_at(found: os.stat_result, now: float) -> float:
    """When a file was changed last. Its own stamp may be set at will, even to the future."""
    if found.st_mtime > now:
        return found.st_ctime
    return max(found.st_mtime, found.st_ctime)


def fingerprint_of(data: bytes) -> str:
    """Fingerprint of a content."""
    return hashlib.sha256(data).hexdigest()


def stat_fingerprint_of(found: os.stat_result) -> str:
    """Fingerprint of a file whose content is not looked at."""
    return BY_STAT + fingerprint_of(f"{found.st_size}:{found.st_mtime_ns}".encode())


def hash_of(file: int, limit: int) -> str | None:
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


def read_up_to(file: int, limit: int) -> bytes:
    """A file's content, as much of it as the limit lets through."""
    data = bytearray()
    while len(data) < limit and (block := os.read(file, min(_BLOCK, limit - len(data)))):
        data += block
    return bytes(data)


@contextmanager
def opened(root: Path, key: str) -> Iterator[int | None]:
    """The regular file under a key, open; None where there is none, or only a link to one."""
    file = None
    try:
        path = unlinked(root, key)
        if path is None or not is_regular(path.stat()):
            yield None
            return
        file = os.open(path, _FLAGS)
        yield file if is_regular(os.fstat(file)) else None
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


def write_whole(path: Path, data: bytes) -> None:
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


def not_written(exc: OSError) -> DocumentError | StorageFullError:
    """What to say about a file that could not be written."""
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
