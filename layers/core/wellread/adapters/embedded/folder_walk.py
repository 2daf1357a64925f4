"""A walk over the documents folder that nothing in it can lead astray.

Links are not followed: a file is a document where it lies, and who may read it is decided there.
"""

from __future__ import annotations

import itertools
import os
import stat
import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wellread.adapters.embedded.folder_files import is_inside, is_key, is_regular, is_text
from wellread.domain.access.sidecars import folded_name
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_UNSETTLED_NANOSECONDS = 2_000_000_000
_REMEMBERED_FOLDERS = 10_000

_Changed = tuple[int, int, int]
"""A folder's times, of which people may set the first only, and its number."""


@dataclass(frozen=True, slots=True)
class FolderProblem:
    """Something in the folder that cannot be taken in.

    Attributes:
        path: Relative to the folder, printable.
        reason: A plain sentence with the cause and the fix.
    """

    path: str
    reason: str


class FolderNames:
    """The names in folders, read again where a folder changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[_Changed, list[tuple[str, str]]]] = {}

    def beginning(self, folder: Path, begin: str) -> list[str]:
        """The names that begin so, whatever their case; none where there is no such folder.

        Raises:
            DocumentError: `unreadable`: the folder may not be looked at.
        """
        names = self.names_in(folder)
        wanted = folded_name(begin)
        first = bisect_left(names, (wanted, ""))
        behind = (names[place] for place in range(first, len(names)))
        found = itertools.takewhile(lambda each: each[0].startswith(wanted), behind)
        return [name for _, name in found if is_text(name)]

    def names_in(self, folder: Path) -> list[tuple[str, str]]:
        """The names in a folder, sorted by their folded forms, which come first."""
        try:
            looks = folder.stat()
            changed = (looks.st_mtime_ns, looks.st_ctime_ns, looks.st_ino)
            mark, names = self._known.get(folder, (None, []))
            if mark != changed:
                names = sorted((folded_name(each.name), each.name) for each in folder.iterdir())
                # A folder can change again within one tick of the file system's clock.
                if time.time_ns() - max(changed[:2]) > _UNSETTLED_NANOSECONDS:
                    self._remember(folder, changed, names)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as exc:
            raise DocumentError(FailureCode.UNREADABLE) from exc
        return names

    def _remember(self, folder: Path, changed: _Changed, names: list[tuple[str, str]]) -> None:
        if len(self._known) >= _REMEMBERED_FOLDERS:
            self._known.clear()
        self._known[folder] = (changed, names)


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder on the way of a walk."""

    path: str
    prefix: str


def walk(root: Path, problems: list[FolderProblem]) -> Iterator[tuple[str, os.stat_result]]:
    """The keys of the folder's regular files and what they look like, in key order."""
    real_root = os.path.realpath(root)
    pending: list[_Folder | tuple[str, os.stat_result]] = [_Folder(real_root, "")]
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


def _step(
    entry: os.DirEntry[str], folder: _Folder, real_root: str, problems: list[FolderProblem]
) -> _Folder | tuple[str, os.stat_result] | None:
    """What to do about one entry of a folder; None leaves it out."""
    key = folder.prefix + entry.name
    if entry.name.startswith("."):
        return None
    if not is_text(entry.name):
        printable = os.fsencode(key).decode("utf-8", "backslashreplace")
        problems.append(FolderProblem(printable, "The name is not valid UTF-8. Rename the file."))
        return None
    try:
        if entry.is_symlink():
            if not _is_taken_in(os.path.realpath(entry.path), real_root):
                problems.append(
                    FolderProblem(
                        key,
                        "It is a link to what is not among the documents. Put the file itself "
                        "there.",
                    )
                )
            return None
        found = entry.stat(follow_symlinks=False)
    except OSError:
        # Gone since the folder was read.
        return None
    if stat.S_ISDIR(found.st_mode):
        return _Folder(entry.path, key + "/")
    return (key, found) if is_regular(found) and is_key(key) else None


def _is_taken_in(path: str, real_root: str) -> bool:
    """Whether a walk meets a real path without following a link."""
    if not is_inside(path, real_root):
        return False
    parts = Path(path).relative_to(real_root).parts
    return not any(part.startswith(".") for part in parts) and Path(path).exists()
