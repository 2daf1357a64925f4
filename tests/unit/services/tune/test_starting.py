from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from tests.doubles import SetClock
from wellread.domain.tune.models import RunName
from wellread.services.tune.starting import FEEDBACK, SCHEDULE, Starting
from wellread.services.tune.tuned_models import TunedModels

DAY = 86_400.0


class Started:
    def __init__(self) -> None:
        self.runs: dict[str, str] = {}

    def start(self, run: RunName, *, by: str) -> bool:
        new = run not in self.runs
        self.runs.setdefault(run, by)
        return new


def starting(
    started: Started, *, feedback: int, corrected_at: list[float], trained_at: list[float]
) -> Starting:
    models = SimpleNamespace(list=lambda: [SimpleNamespace(created_at=at) for at in trained_at])
    return Starting(
        started,
        cast("TunedModels", models),
        lambda since: sum(at > since for at in corrected_at),
        SetClock(1_800_000_000.0),
        feedback=feedback,
    )


def test_a_schedule_starts_one_run_a_day() -> None:
    started = Started()
    starts = starting(started, feedback=0, corrected_at=[], trained_at=[])
    assert starts.due(SCHEDULE) == "scheduled-2027-01-15"
    assert starts.due(SCHEDULE) is None
    assert started.runs == {"scheduled-2027-01-15": "schedule"}


@pytest.mark.parametrize(
    ("feedback", "corrected_at", "trained_at", "due"),
    [
        (2, [5.0, 6.0], [], True),
        (2, [5.0], [], False),
        (2, [5.0, 6.0], [5.5], False),
        (2, [5.0, 6.0, 7.0], [1.0, 5.5], True),
        (0, [5.0, 6.0], [], False),
    ],
)
def test_enough_corrections_since_the_last_run_start_one(
    feedback: int, corrected_at: list[float], trained_at: list[float], *, due: bool
) -> None:
    started = Started()
    starts = starting(started, feedback=feedback, corrected_at=corrected_at, trained_at=trained_at)
    assert (starts.due(FEEDBACK) is not None) is due
