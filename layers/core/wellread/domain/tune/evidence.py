"""What a candidate is judged by: outcomes of all arms, compared question by question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from wellread.domain.evaluation.statistics import compare
from wellread.domain.tune.arms import Arm
from wellread.domain.tune.outcomes import ArmOutcome, CaseOutcome

Value = Callable[[ArmOutcome], float | None]
"""What an outcome is worth by some measure; None where the measure does not apply."""

METRICS: Mapping[str, Value] = {
    "combined": lambda one: float(one.combined),
    "correct_and_cited": lambda one: float(one.correct and one.cited) if one.answerable else None,
    "rightly_declined": lambda one: None if one.answerable else float(one.declined),
}
"""What arms are compared by: the value of a question, None where it has none."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the gate looks at.

    Attributes:
        outcomes: Of all arms and seeds.
        cases: Of documents with instructions in them, of the arms that were asked.
        incumbent: What answers now.
        chosen: The seed whose model would be promoted.
        faults: What is wrong with what the candidate was trained on, as sentences.
    """

    outcomes: Sequence[ArmOutcome]
    incumbent: Arm
    chosen: int = 0
    cases: Sequence[CaseOutcome] = ()
    faults: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two arms over the same questions: `difference` is the candidate less the incumbent.

    Attributes:
        metric: "combined", "correct_and_cited", "rightly_declined" or "sound".
        seed: The one seed whose model is meant; None for the mean over all of them.
        count: Questions that both have a value for.
    """

    candidate: Arm
    incumbent: Arm
    metric: str
    difference: float
    low: float
    high: float
    count: int
    seed: int | None = None

    @property
    def words(self) -> str:
        """The difference with its interval, in points of a hundred."""
        return (
            f"{100 * self.difference:+.1f} points [{100 * self.low:+.1f}, {100 * self.high:+.1f}]"
        )


def compared(
    evidence: Evidence, candidate: Arm, incumbent: Arm, metric: str, *, seed: int | None = None
) -> Pair | None:
    """Two arms by a metric; None where they have no question in common.

    A question counts once, with its mean over the seeds: seeds of one question are not independent.
    """
    value = METRICS[metric]
    found = compare(
        by_question(evidence.outcomes, candidate, value, seed),
        by_question(evidence.outcomes, incumbent, value),
    )
    if found is None:
        return None
    gap = found.difference
    return Pair(candidate, incumbent, metric, gap.value, gap.low, gap.high, gap.count, seed)


def by_question(
    outcomes: Sequence[ArmOutcome], arm: Arm, value: Value, seed: int | None = None
) -> dict[str, float]:
    """A value of each question of an arm, as the mean over its seeds (or of one of them)."""
    found: dict[str, list[float]] = {}
    for one in outcomes:
        if one.arm is arm and (seed is None or one.seed == seed):
            worth = value(one)
            if worth is not None:
                found.setdefault(one.id, []).append(worth)
    return {question: fmean(values) for question, values in found.items()}
