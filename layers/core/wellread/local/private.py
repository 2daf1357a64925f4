"""The data folder is its owner's alone: it holds the text of documents that few may read.

On Windows a folder takes over the permissions of the one it is in, so nothing is done there; a
folder in a person's profile is theirs anyway.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from wellread.bootstrap.embedded import DATABASE_NAME

logger = logging.getLogger(__name__)

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_DOCUMENTS = "documents"


def write_for_owner_only() -> None:
    """Whatever this process and its children write from now on, only their user may read."""
    if os.name != "nt":
        os.umask(_OTHERS)


def make_private(data: Path, *, all_of_it: bool = True) -> None:
    """Take everybody else's rights away from a data folder and what is in it.

    Folders inside are gone through where it has been a data folder before; anywhere else they may
    be something else's (`--data ~`), apart from that of the documents. Links are not followed.

    Args:
        data: The folder. What belongs to another user stays as it is, which the log says.
        all_of_it: False: the folder itself and its files, which keeps everybody out of the rest.
    """
    if os.name == "nt":
        return
    deep = all_of_it and (data / DATABASE_NAME).exists()
    kept = 0
    for path, mode in _within(data, lambda name: deep or (all_of_it and name == _DOCUMENTS)):
        try:
            if mode & _OTHERS:
                path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
        except OSError:
            kept += 1
    if kept:
        logger.warning(
            "others may read files of the data folder, which belong to another user",
            extra={"files": kept},
        )


def _within(folder: Path, goes_into: Callable[[str], bool]) -> Iterator[tuple[Path, int]]:
    """A folder, then its files and what is in the folders in it, with their modes."""
    try:
        yield folder, folder.stat().st_mode
        with os.scandir(folder) as entries:
            found = [(Path(each), each.stat(follow_symlinks=False).st_mode) for each in entries]
    except OSError:
        return
    for path, mode in found:
        if stat.S_ISREG(mode):
            yield path, mode
        elif stat.S_ISDIR(mode) and goes_into(path.name):
            yield from _within(path, lambda _: True)
