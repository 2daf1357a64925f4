"""Children that we own: waited for, told of, and gone with their own children."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from stack_local.processes import Child, StartError


@contextmanager
def _child(folder: Path, program: str) -> Iterator[Child]:
    command = [sys.executable, "-c", program]
    child = Child("The child", command, {}, folder / "child.log", folder)
    try:
        yield child
    finally:
        child.stop()


def test_a_child_that_ends_before_it_is_ready_is_told_with_its_last_words(tmp_path: Path) -> None:
    with _child(tmp_path, "raise SystemExit('no such port')") as child:
        with pytest.raises(StartError, match=r"(?s)ended with code 1.*no such port"):
            child.wait_until(lambda: False, 30)
        assert not child.running


def test_a_child_that_is_not_ready_in_time_is_told(tmp_path: Path) -> None:
    with _child(tmp_path, "import sys; sys.stdin.read()") as child:
        with pytest.raises(StartError, match="not ready"):
            child.wait_until(lambda: False, 0.1)
        assert child.running


def test_stopping_ends_what_the_child_started_too(tmp_path: Path) -> None:
    started = tmp_path / "started"
    program = (
        "import pathlib, subprocess, sys\n"
        "one = subprocess.Popen([sys.executable, '-c', 'import sys; sys.stdin.read()'],"
        " stdin=subprocess.PIPE)\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(one.pid))\n"
        f"pathlib.Path({str(started)!r}).touch()\n"
        "one.wait()\n"
    )
    with _child(tmp_path, program) as child:
        child.wait_until(started.exists, 30)
        grandchild = psutil.Process(int((tmp_path / "pid").read_text()))
    assert not child.running
    # It has no parent left that could ask for its end.
    _gone, alive = psutil.wait_procs([grandchild], timeout=20)
    assert all(one.status() == psutil.STATUS_ZOMBIE for one in alive)
