"""Finished runs side by side, question by question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from wellread.domain.evaluation.metrics import METRICS
from wellread.domain.evaluation.statistics import compare
from wellread.domain.knowledge.errors import InvalidConfigurationError

Rows = Mapping[tuple[str, str], Mapping[str, float]]
"""The values of each question of a run, by its id and words."""


def compare_runs(
    report: Mapping[str, Any], against: Mapping[str, Rows], pool: Iterable[Rows] = ()
) -> dict[str, Any]:
    """A report against finished runs, question by question.

    Args:
        report: The run's own.
        against: Names of other runs, and their rows; where two hold a question, the last counts.
        pool: The rows of runs that count as part of this one.

    Raises:
        InvalidConfigurationError: They have no question in common.
    """
    this: Rows = rows_of(report)
    for pooled in pool:
        this = {**pooled, **this}
    other = {key: row for rows in against.values() for key, row in rows.items()}
    shared = this.keys() & other.keys()
    if not shared:
        raise InvalidConfigurationError(
            "The runs have no question in common (the same id and the same words), so there is "
            "nothing to compare. Compare with a run over the same questions."
        )
    # Seconds are left out: they differ from run to run in ways that resampling questions misses.
    metrics = {
        metric.name: asdict(found)
        for metric in METRICS
        if (
            found := compare(
                _values(this, metric.name),
                _values(other, metric.name),
                lower_is_better=metric.lower_is_better,
            )
        )
    }
    return {"folders": list(against), "questions": len(shared), "metrics": metrics}


def rows_of(report: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, float]]:
    """The values of each question of a report."""
    return {(row["id"], row["question"]): dict(row["metrics"]) for row in report["per_question"]}


def _values(rows: Rows, name: str) -> dict[tuple[str, str], float]:
    return {key: values[name] for key, values in rows.items() if name in values}
