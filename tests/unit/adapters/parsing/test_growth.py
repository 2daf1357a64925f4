"""Twice as hostile a file takes twice as long to read, not four times, whatever its format."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.hostile.growth import FILES, MOST, PASSAGES
from wellread.adapters.parsing.confined.limits import MIB, ParseLimits

_LONGEST_SECONDS = 30
_TRIES = 4

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pipes that can be waited for are POSIX")


class Measurer:
    """A process that measures attacks, and another one after one that does not end."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def growth(self, key: str) -> tuple[float, float]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.hostile.growth"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )  # fmt: skip
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{key}\n")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], _LONGEST_SECONDS)
        line = process.stdout.readline() if ready else ""
        if not line:
            self.stop()
            pytest.fail(f"{key}: no end after {_LONGEST_SECONDS} s, or no process any more")
        seconds, times = json.loads(line)
        return seconds, times

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


@pytest.fixture(scope="module")
def measurer() -> Iterator[Measurer]:
    made = Measurer()
    yield made
    made.stop()


@pytest.mark.parametrize("key", [*FILES, *PASSAGES])
def test_twice_the_attack_takes_twice_the_time(measurer: Measurer, key: str) -> None:
    # Other processes may disturb a measurement, and none makes four times look like two.
    for _ in range(_TRIES):
        seconds, times = measurer.growth(key)
        if times <= MOST:
            return
    assert times <= MOST, f"{seconds:.3f} s, and {times:.1f} times that for twice the input"


def test_a_small_file_has_a_small_budget_and_a_large_one_a_large() -> None:
    limits = ParseLimits()
    budgets = [limits.cpu_budget(size) for size in (1, MIB, 5_000_000, 10 * MIB, 100 * MIB)]
    assert budgets == sorted(budgets)
    assert budgets[0] <= 10.1
    assert budgets[2] <= 18
    assert budgets[-1] == limits.wall_seconds * 2 / 3
    assert ParseLimits(wall_seconds=3).cpu_budget(MIB) == 2
    assert ParseLimits(wall_seconds=600).cpu_budget(MIB) == budgets[1]
    assert ParseLimits(cpu_seconds=7).cpu_budget(100 * MIB) == 7
