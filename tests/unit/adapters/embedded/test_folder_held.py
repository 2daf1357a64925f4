"""Files that wait for approval lie in the data folder, for so long and for its owner alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.doubles import SetClock
from wellread.adapters.embedded.folder_held import FolderHeldFiles
from wellread.domain.chat.events import Person
from wellread.domain.chat.files import HELD_SECONDS, held_folder, held_key
from wellread.domain.knowledge.errors import TransientError

ADA = Person("teams", "t1", "ada")
KEY = held_key(ADA, "r1")


def test_what_was_forgotten_is_swept_and_nothing_else(tmp_path: Path) -> None:
    clock = SetClock()
    held = FolderHeldFiles(tmp_path / "held", clock)
    held.put(KEY, b"old")
    clock.now += HELD_SECONDS - 1
    held.put(held_key(ADA, "r2"), b"new")
    held.sweep()
    assert held.count(held_folder(ADA)) == 2

    clock.now += 1
    held.sweep()
    assert held.get(KEY) is None
    assert held.get(held_key(ADA, "r2")) == b"new"


def test_what_a_host_that_died_had_begun_is_not_counted_and_swept(tmp_path: Path) -> None:
    clock = SetClock()
    held = FolderHeldFiles(tmp_path, clock)
    begun = tmp_path / ".wellread-0.part"
    begun.write_bytes(b"ha")
    os.utime(begun, (clock.now, clock.now))
    assert held.count(held_folder(ADA)) == 0

    held.sweep()
    assert begun.exists()  # it may be at it
    clock.now += 3600
    held.sweep()
    assert not begun.exists()


def test_sweeping_what_is_not_there_does_nothing(tmp_path: Path) -> None:
    FolderHeldFiles(tmp_path / "held", SetClock()).sweep()

    assert not (tmp_path / "held").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="has no modes")
def test_nobody_else_may_open_the_folder(tmp_path: Path) -> None:
    FolderHeldFiles(tmp_path / "held", SetClock()).put(KEY, b"x")

    assert (tmp_path / "held").stat().st_mode & 0o777 == 0o700


def test_where_the_folder_cannot_be_made_it_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "held").write_bytes(b"a file")
    held = FolderHeldFiles(tmp_path / "held", SetClock())

    with pytest.raises(TransientError, match="Look at the disk"):
        held.put(KEY, b"x")
