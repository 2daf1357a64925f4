"""How far a fine-tuning run is, and how long it may take still."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from wellread.domain.tune.arms import CANDIDATE, Arm
from wellread.local.tuning.recipes import RecipeFacts
from wellread.services.tune.run_plan import Say

_SECONDS = {
    Arm.EXTRACTIVE: 0.2,
    Arm.BASE: 1.0,
    Arm.RAG: 3.5,
    Arm.BASE_FEW_SHOT: 6.0,
    Arm.SPECIALISED_RAG: 10.0,
    Arm.PROMOTED_RAG: 3.0,
    Arm.TUNED: 0.6,
    Arm.TUNED_RAG: 3.0,
}
"""A question in each arm, with a model of 135 million parameters on two processor cores."""

_ROW_SECONDS, _STEP_SECONDS, _LOADING_SECONDS, _PUT_SECONDS = 0.15, 6.0, 30.0, 1.0
_SAY_SECONDS = 10.0


def estimates(
    recipe: RecipeFacts,
    questions: int,
    seeds: int,
    cases: int = 0,
    *,
    specialised: bool = False,
    promoted: bool = False,
) -> dict[str, float]:
    """About how many seconds each step takes on two idle processor cores.

    Args:
        recipe: How it trains.
        questions: How many are asked.
        seeds: How many trainings.
        cases: Documents with instructions in them.
        specialised: Whether a ready model is asked beside.
        promoted: Whether a tuned model answers now.
    """
    found = {"build the dataset": recipe.rows * _ROW_SECONDS}
    for seed in range(seeds):
        found[f"train seed {seed}"] = _LOADING_SECONDS + recipe.steps * _STEP_SECONDS
    absent = {Arm.SPECIALISED_RAG: not specialised, Arm.PROMOTED_RAG: not promoted}
    for arm, seconds in _SECONDS.items():
        if absent.get(arm):
            continue
        for seed in range(seeds if arm.of_candidate else 1):
            which = f", seed {seed}" if arm.of_candidate else ""
            found[f"ask {arm.says}{which}"] = questions * seconds
    incumbent = Arm.PROMOTED_RAG if promoted else Arm.RAG
    for arm in (incumbent, CANDIDATE) if cases else ():
        found[f"ask {arm.says} with hidden instructions"] = cases * (_SECONDS[arm] + _PUT_SECONDS)
    return found


class Progress(Say):
    """Says on the terminal how far a run is."""

    def __init__(
        self,
        expected: Mapping[str, float],
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is said yet.

        Args:
            expected: Seconds by step, in order.
            say: Prints a line.
            clock: Seconds.
        """
        self._expected = dict(expected)
        self._say, self._clock = say, clock
        self._name, self._total = "", 0
        self._began = self._said_at = clock()

    def step(self, name: str, total: int) -> None:
        """A step begins, of so many parts."""
        # Of several seeds, those before this one are done, now or in an earlier try.
        names = list(self._expected)
        if name in self._expected:
            for before in names[: names.index(name)]:
                self._expected.pop(before)
        self._name, self._total = name, total
        self._began = self._said_at = self._clock()
        count = f", {total} questions" if total else ""
        self._say(f"{name[0].upper()}{name[1:]}{count}. {self._left(None)}")

    def done(self, parts: int, note: str = "") -> None:
        """So many parts of the step are done."""
        now = self._clock()
        if now - self._said_at < _SAY_SECONDS and parts != self._total:
            return
        self._said_at = now
        note = note or (f"of {self._total}" if self._total else "")
        left = None
        if self._total and parts:
            left = (now - self._began) / parts * (self._total - parts)
        self._say(f"  {parts} {note}. {self._left(left)}")

    def _left(self, of_this: float | None) -> str:
        seconds = self._expected.get(self._name, 0.0) if of_this is None else of_this
        if of_this is None:
            seconds = max(seconds - (self._clock() - self._began), 0.0)
        later = sum(each for name, each in self._expected.items() if name != self._name)
        return f"About {minutes(seconds + later)} left."


def minutes(seconds: float) -> str:
    """A time in words."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"


def time_table(costs: Mapping[str, Any], expected: Mapping[str, float]) -> list[str]:
    """What each step took, beside what was expected of two idle cores; lines for a terminal."""
    lines = [f"{'step':<52} {'took':>8} {'processor':>10} {'expected':>9}"]
    for step in costs["steps"]:
        guess = expected.get(step["name"])
        lines.append(
            f"{step['name'][:52]:<52} {step['seconds']:>7.0f}s {step['processor_seconds']:>9.0f}s "
            + (f"{guess:>8.0f}s" if guess is not None else f"{'':>9}")
        )
    lines.append(
        f"{'all':<52} {costs['seconds']:>7.0f}s {costs['processor_seconds']:>9.0f}s "
        f"{sum(expected.values()):>8.0f}s"
    )
    return lines
