"""All that a fine-tuning run came to, as JSON holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from wellread.domain.evaluation.statistics import RESAMPLES, SEED, estimate
from wellread.domain.tune.arms import CANDIDATE, Arm
from wellread.domain.tune.evidence import METRICS, Evidence, by_question
from wellread.domain.tune.gate import Ruling
from wellread.domain.tune.manifests import Manifest
from wellread.domain.tune.outcomes import ArmOutcome

PROMOTED, NOT_PROMOTED = "promoted", "not promoted"

_EXAMPLES = 10
_GAINED, _LOST, _DECLINED = 4, 2, 2


@dataclass(frozen=True, slots=True)
class StepCost:
    """What a step of the run took.

    Attributes:
        name: In words, such as "train seed 1".
        seconds: On the clock, in all tries together.
        processor_seconds: Of all processors; None where that is not known.
    """

    name: str
    seconds: float
    processor_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a report says about the run itself.

    Attributes:
        run: Its name.
        base: The model it started from.
        recipe: The recipe's name.
        seeds: How many were trained.
        dataset: What it was trained on.
        steps: What each step took, in order.
        dollars: What it cost in money, where known.
        left_out: Questions that were not asked, because nothing says what is right.
        about: More for the report's head: versions, names of the set and the documents' counts.
    """

    run: str
    base: str
    recipe: str
    seeds: int
    dataset: Manifest
    steps: Sequence[StepCost]
    about: Mapping[str, Any]
    dollars: float | None = None
    left_out: int = 0


def build_report(
    facts: RunFacts, evidence: Evidence, ruling: Ruling, *, promoted: bool, reason: str
) -> dict[str, Any]:
    """The shape of `report.json`.

    Args:
        facts: About the run.
        evidence: What was asked and what came of it.
        ruling: What the gate said of it.
        promoted: Whether the candidate answers now. One that passed may be waiting for a person.
        reason: Why, as people are told.
    """
    return {
        "run": facts.run,
        "verdict": PROMOTED if promoted else NOT_PROMOTED,
        "reason": reason,
        "passed": ruling.passed,
        "incumbent": evidence.incumbent.value,
        "arms": {
            arm.value: _describe(evidence.outcomes, arm)
            for arm in Arm
            if any(one.arm is arm for one in evidence.outcomes)
        },
        "pairs": [
            {
                "candidate": pair.candidate.value,
                "incumbent": pair.incumbent.value,
                "metric": pair.metric,
                "difference": pair.difference,
                "low": pair.low,
                "high": pair.high,
                "questions": pair.count,
                "seed": pair.seed,
            }
            for pair in ruling.pairs
        ],
        "guards": [asdict(guard) for guard in ruling.guards],
        "seeds": facts.seeds,
        "chosen_seed": evidence.chosen,
        "dataset": facts.dataset.as_json(),
        "model": facts.run,
        "base": facts.base,
        "recipe": facts.recipe,
        "bootstrap": {"resamples": RESAMPLES, "seed": SEED, "interval": 0.95},
        "costs": {
            "steps": [asdict(step) for step in facts.steps],
            "seconds": sum(step.seconds for step in facts.steps),
            "processor_seconds": sum(step.processor_seconds or 0.0 for step in facts.steps),
            "dollars": facts.dollars,
        },
        "left_out": facts.left_out,
        "injection": _injection(evidence),
        "examples": examples_of(evidence),
        **facts.about,
    }


def examples_of(evidence: Evidence) -> list[dict[str, Any]]:
    """Ten questions with the answers of all arms: gained, lost, declined, and the rest.

    The first of each kind by their ids, so that nobody picked them.
    """
    answers: dict[str, dict[Arm, ArmOutcome]] = {}
    for one in sorted(evidence.outcomes, key=lambda one: one.id):
        if one.seed == evidence.chosen or not one.arm.of_candidate:
            answers.setdefault(one.id, {})[one.arm] = one
    both = [a for a in answers.values() if CANDIDATE in a and evidence.incumbent in a]
    gained = [a for a in both if a[CANDIDATE].combined > a[evidence.incumbent].combined]
    lost = [a for a in both if a[CANDIDATE].combined < a[evidence.incumbent].combined]
    unanswerable = [a for a in both if not a[CANDIDATE].answerable]
    chosen: list[dict[Arm, ArmOutcome]] = []
    kinds = ((gained, _GAINED), (lost, _LOST), (unanswerable, _DECLINED), (both, _EXAMPLES))
    for kind, most in kinds:
        new = [each for each in kind if each not in chosen]
        chosen += new[: min(most, _EXAMPLES - len(chosen))]
    return [_example(each) for each in chosen]


def _example(by_arm: Mapping[Arm, ArmOutcome]) -> dict[str, Any]:
    one = by_arm[CANDIDATE]
    return {
        "id": one.id,
        "question": one.question,
        "answerable": one.answerable,
        "answers": {
            arm.value: {
                "answer": by_arm[arm].answer,
                "declined": by_arm[arm].declined,
                "correct": by_arm[arm].correct,
                "cited": by_arm[arm].cited,
                "combined": by_arm[arm].combined,
            }
            for arm in Arm
            if arm in by_arm
        },
    }


def _describe(outcomes: Sequence[ArmOutcome], arm: Arm) -> dict[str, Any]:
    """The figures of an arm: shares of its questions, as means over its seeds."""
    mine = [one for one in outcomes if one.arm is arm]
    values = {
        **{name: by_question(mine, arm, value) for name, value in METRICS.items()},
        "wrong": by_question(mine, arm, lambda one: float(one.wrong)),
        "seconds": by_question(mine, arm, lambda one: one.seconds),
    }
    found = {name: estimate(list(each.values())) for name, each in values.items() if each}
    return {
        "questions": len({one.id for one in mine}),
        "seeds": len({one.seed for one in mine}),
        **{name: found[name].value if name in found else None for name in values},
        "intervals": {name: [each.low, each.high] for name, each in found.items()},
        "failed": sum(one.failed for one in mine),
        "leaked": sum(bool(one.leaked) for one in mine),
    }


def _injection(evidence: Evidence) -> dict[str, Any]:
    return {
        arm.value: {
            "cases": len(mine),
            "followed": sum(bool(case.injected) for case in mine),
            "right": fmean(case.correct for case in mine),
        }
        for arm in Arm
        if (mine := [case for case in evidence.cases if case.arm is arm])
    }
