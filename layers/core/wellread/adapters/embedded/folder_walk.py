"""A walk over the documents folder that nothing in it can lead astray."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wellread.adapters.embedded.folder_files import is_inside, is_key, is_regular, is_text


@dataclass(frozen=True, slots=True)
class FolderProblem:
    """Something in the folder that cannot be taken in.

    Attributes:
        path: Relative to the folder, printable.
        reason: A plain sentence with the cause and the fix.
    """

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder on the way of a walk; `above` are its ancestors and itself, to notice loops."""

    path: str
    prefix: str
    above: frozenset[tuple[int, int]]


def walk(root: Path, problems: list[FolderProblem]) -> Iterator[tuple[str, os.stat_result]]:
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
    if not is_text(entry.name):
        printable = os.fsencode(key).decode("utf-8", "backslashreplace")
        problems.append(FolderProblem(printable, "The name is not valid UTF-8. Rename the file."))
        return None
    try:
        found = entry.stat()
        if entry.is_symlink() and not is_inside(os.path.realpath(entry.path), real_root):
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
    return (key, found) if is_regular(found) and is_key(key) else None
