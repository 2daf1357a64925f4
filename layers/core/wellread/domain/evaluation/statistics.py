"""How far a figure can be trusted: bootstrap intervals, paired comparisons, curves."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from statistics import fmean
from typing import TypeVar

RESAMPLES = 2000
SEED = 20_261_123
_TAIL = 0.025
_ROUNDING = 1e-9

QuestionKey = TypeVar("QuestionKey", bound=Hashable)
Statistic = Callable[[Sequence[float]], float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its bootstrap 95 % interval.

    Attributes:
        count: Questions it rests on.
    """

    value: float
    low: float
    high: float
    count: int


class Judgement(StrEnum):
    """What a paired comparison shows."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no difference shown"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric of two runs over the same questions; `difference` is this run less the other."""

    this: float
    other: float
    difference: Estimate
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Questions of about the same score."""

    score: float
    share: float
    count: int


def estimate(
    values: Sequence[float], statistic: Statistic = fmean, *, seed: int = SEED
) -> Estimate:
    """A statistic with the interval that resampling the questions gives it.

    Args:
        values: One a question; at least one.
        statistic: The mean by default.
        seed: The same values and seed give the same interval.
    """
    rng = random.Random(seed)  # noqa: S311 - statistics, not secrets
    resampled = sorted(statistic(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return Estimate(
        statistic(values),
        quantile(resampled, _TAIL),
        quantile(resampled, 1 - _TAIL),
        len(values),
    )


def compare(
    this: Mapping[QuestionKey, float],
    other: Mapping[QuestionKey, float],
    *,
    lower_is_better: bool = False,
    seed: int = SEED,
) -> Comparison | None:
    """Compare two runs by the questions that both have a value for; None where there is none.

    Whether one is better is decided by the interval of the mean difference, never by its size.
    """
    shared = [key for key in this if key in other]
    if not shared:
        return None
    difference = estimate([this[key] - other[key] for key in shared], seed=seed)
    judgement = Judgement.NO_DIFFERENCE
    if difference.low > 0 or difference.high < 0:
        rises = difference.low > 0
        judgement = Judgement.WORSE if rises is lower_is_better else Judgement.BETTER
    return Comparison(
        fmean(this[key] for key in shared),
        fmean(other[key] for key in shared),
        difference,
        judgement,
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of the values lies, between two of them where need be."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def median(values: Sequence[float]) -> float:
    """Half of the values lie below."""
    return quantile(values, 0.5)


def percentile_95(values: Sequence[float]) -> float:
    """One value in twenty lies above."""
    return quantile(values, 0.95)


def risk_coverage(
    answered: Sequence[tuple[float, bool]], questions: int
) -> list[tuple[float, float]]:
    """Points (share of all questions answered, share of the answers that are wrong).

    The answers are let through from the highest score down; equal scores together.

    Args:
        answered: Score and whether the answer was right, of each answer that was given.
        questions: How many were asked, those declined too.
    """
    curve = []
    given = wrong = 0
    for _, group in groupby(sorted(answered, key=_by_score, reverse=True), key=_by_score):
        for _, right in group:
            given += 1
            wrong += not right
        curve.append((given / questions, wrong / given))
    return curve


def trade_off(scores: Sequence[tuple[float, bool]]) -> list[tuple[float, float, float]]:
    """What a threshold on the score would do: what the decline could at best be made of.

    Args:
        scores: Of each question, with whether it is answerable.

    Returns:
        Points (threshold, share of the answerable that score as much, share of the unanswerable
        that score less), the lowest threshold first.
    """
    answerable = sorted(score for score, is_answerable in scores if is_answerable)
    unanswerable = sorted(score for score, is_answerable in scores if not is_answerable)
    if not answerable or not unanswerable:
        return []
    return [
        (
            threshold,
            sum(score >= threshold for score in answerable) / len(answerable),
            sum(score < threshold for score in unanswerable) / len(unanswerable),
        )
        for threshold in sorted({score for score, _ in scores})
    ]


def declined_at(
    answerable: Sequence[float],
    unanswerable: Sequence[float],
    rate: float,
    *,
    seed: int = SEED,
) -> Estimate | None:
    """The share of the unanswerable that the best threshold declines: a point of `trade_off`.

    Args:
        answerable: Scores of the answerable questions.
        unanswerable: Scores of the others, or of a kind of them.
        rate: Below 1: at most this share of the answerable may score less than the threshold.
        seed: The same scores and seed give the same interval.

    Returns:
        None where there is nothing to tell apart. The interval draws both kinds of question again,
        so the threshold wavers in it too.
    """
    if not answerable or not unanswerable:
        return None

    def share(keep: Sequence[float], decline: Sequence[float]) -> float:
        # In binary a share can come out a little under the whole number that it is.
        threshold = sorted(keep)[math.floor(rate * len(keep) + _ROUNDING)]
        return fmean(score < threshold for score in decline)

    rng = random.Random(seed)  # noqa: S311 - statistics, not secrets
    resampled = sorted(
        share(
            rng.choices(answerable, k=len(answerable)),
            rng.choices(unanswerable, k=len(unanswerable)),
        )
        for _ in range(RESAMPLES)
    )
    return Estimate(
        share(answerable, unanswerable),
        quantile(resampled, _TAIL),
        quantile(resampled, 1 - _TAIL),
        len(unanswerable),
    )


def area_under_curve(scores: Sequence[tuple[float, bool]]) -> float | None:
    """How often an answerable question scores above an unanswerable one; ties count half."""
    answerable = [score for score, is_answerable in scores if is_answerable]
    unanswerable = [score for score, is_answerable in scores if not is_answerable]
    if not answerable or not unanswerable:
        return None
    above = sum(
        1.0 if one > other else 0.5 if one == other else 0.0
        for one in answerable
        for other in unanswerable
    )
    return above / (len(answerable) * len(unanswerable))


def calibration(scores: Sequence[tuple[float, bool]], bins: int = 8) -> list[CalibrationBin]:
    """Mean score and share of true ones in bins of about equally many questions."""
    ordered = sorted(scores, key=_by_score)
    bins = min(bins, len(ordered))
    edges = [round(number * len(ordered) / bins) for number in range(bins + 1)] if bins else []
    return [
        CalibrationBin(
            fmean(score for score, _ in part), fmean(float(true) for _, true in part), len(part)
        )
        for start, end in pairwise(edges)
        if (part := ordered[start:end])
    ]


def _by_score(pair: tuple[float, bool]) -> float:
    return pair[0]
