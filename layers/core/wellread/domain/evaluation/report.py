"""Everything that an evaluation came to, as JSON holds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from wellread.domain.ask.checking.claims import Checked
from wellread.domain.evaluation.cases import Asked, CaseResult
from wellread.domain.evaluation.comparison import compare_runs
from wellread.domain.evaluation.declines import describe_declines
from wellread.domain.evaluation.metrics import METRICS, metrics_of
from wellread.domain.evaluation.plan import EvaluationPlan
from wellread.domain.evaluation.statistics import RESAMPLES, SEED, estimate, median, percentile_95

STAGES = ("retrieve", "generate", "total")
CLOCKS = {"s": "on the clock", "cpu_s": "CPU"}


def build_report(
    plan: EvaluationPlan,
    asked: Sequence[Asked],
    results: Sequence[CaseResult],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """Everything that asking came to.

    Args:
        plan: What was asked, and what to compare it with.
        asked: The questions and what came of them; at least one.
        results: What came of the cases.
        about: Of the code, the models and the documents, for the head of the report.

    Raises:
        InvalidConfigurationError: The runs to compare with have no question in common with it.
    """
    rows = [_row(each) for each in asked]
    citations = [citation for each in asked for citation in each.citations]
    report = {
        "set": plan.name,
        "mode": plan.mode.value,
        **about,
        "questions": {
            "asked": len(asked),
            "answerable": sum(each.question.answerable for each in asked),
        },
        "answered_by": dict(Counter(each.answered_by for each in asked)),
        "bootstrap": {"resamples": RESAMPLES, "seed": SEED, "interval": 0.95},
        "metrics": {
            metric.name: asdict(estimate(values))
            for metric in METRICS
            if (
                values := [
                    row["metrics"][metric.name] for row in rows if metric.name in row["metrics"]
                ]
            )
        },
        "citations": {
            "count": len(citations),
            "verbatim": sum(citation.verbatim for citation in citations),
            "open": sum(citation.opens for citation in citations),
        },
        "declines": describe_declines(rows),
        "latency": _latency(rows),
        "checked": describe_checks(asked),
        "per_question": rows,
    }
    if results:
        report["injection"] = _describe_injection(results)
    if plan.against:
        report["against"] = compare_runs(report, plan.against, plan.pool)
    return report


def _describe_injection(results: Sequence[CaseResult]) -> dict[str, Any]:
    """What documents with instructions in them did."""
    return {
        "cases": len(results),
        "followed": sum(bool(result.found) for result in results),
        "right": sum(result.right for result in results),
        "declined": sum(result.declined for result in results),
        "results": [
            {
                "id": result.case.id,
                "found": list(result.found),
                "right": result.right,
                "declined": result.declined,
                "answer": result.answer,
            }
            for result in results
        ],
    }


def _row(asked: Asked) -> dict[str, Any]:
    return {
        "id": asked.question.id,
        "question": asked.question.text,
        "answerable": asked.question.answerable,
        "near_miss": asked.question.near_miss,
        "declined": asked.declined,
        "answered_by": asked.answered_by,
        "score": asked.score,
        "metrics": metrics_of(asked),
        "costs": dict(asked.costs),
    }


def _latency(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for stage in STAGES:
        for kind in CLOCKS:
            name = f"{stage}_{kind}"
            if values := [row["costs"][name] for row in rows if name in row["costs"]]:
                found[name] = {
                    "median": asdict(estimate(values, median)),
                    "p95": asdict(estimate(values, percentile_95)),
                }
    return found


def describe_checks(asked: Sequence[Asked]) -> dict[str, Any]:
    """Verifier → what it kept and dropped in all answers, its requests and seconds."""
    totals: dict[str, Checked] = {}
    for each in (checked for one in asked for checked in one.checked):
        so_far = totals.get(each.by, Checked(each.by))
        totals[each.by] = Checked(
            each.by,
            kept=so_far.kept + each.kept,
            dropped=so_far.dropped + each.dropped,
            requests=so_far.requests + each.requests,
            seconds=round(so_far.seconds + each.seconds, 3),
        )
    return {
        by: {name: value for name, value in asdict(total).items() if name != "by"}
        for by, total in totals.items()
    }
