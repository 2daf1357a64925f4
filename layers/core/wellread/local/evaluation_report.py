"""An evaluation's report: as JSON for programs, as markdown for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wellread import __version__
from wellread.domain.evaluation.cases import Asked, CaseResult
from wellread.domain.evaluation.metrics import METRICS, metrics_of
from wellread.domain.evaluation.statistics import (
    RESAMPLES,
    SEED,
    Comparison,
    compare,
    estimate,
    median,
    percentile_95,
)
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.local.evaluation_checks import checks_section, describe_checks
from wellread.local.evaluation_declines import declines_section, describe_declines

REPORT = "report.json"
_STAGES = ("retrieve", "generate", "total")
_KINDS = {"s": "on the clock", "cpu_s": "CPU"}

Rows = Mapping[tuple[str, str], Mapping[str, float]]
"""The values of each question, by its id and words."""


def build_report(asked: Sequence[Asked], about: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that asking came to.

    Args:
        asked: The questions and what came of them; at least one.
        about: What was asked of what, for the head of the report.
    """
    rows = [_row(each) for each in asked]
    citations = [citation for each in asked for citation in each.citations]
    return {
        "wellread": __version__,
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
            if (values := [row["metrics"][metric.name] for row in rows if _has(row, metric.name)])
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


def describe_injection(results: Sequence[CaseResult]) -> dict[str, Any]:
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


def describe_comparison(this: Rows, other: Rows, folders: Iterable[Path]) -> dict[str, Any]:
    """This run (and what it is pooled with) against others, question by question.

    Raises:
        InvalidConfigurationError: They have no question in common.
    """
    shared = this.keys() & other.keys()
    if not shared:
        raise InvalidConfigurationError(
            "The runs have no question in common (the same id and the same words), so there is "
            "nothing to compare. --against wants a run over the same questions."
        )
    # Seconds are left out: they differ from run to run in ways that resampling questions misses.
    metrics = {
        metric.name: _as_dict(found)
        for metric in METRICS
        if (
            found := compare(
                _values(this, metric.name),
                _values(other, metric.name),
                lower_is_better=metric.lower_is_better,
            )
        )
    }
    return {
        "folders": [str(folder) for folder in folders],
        "questions": len(shared),
        "metrics": metrics,
    }


def read_rows(folder: Path) -> dict[tuple[str, str], dict[str, float]]:
    """The values of each question in a finished run.

    Raises:
        InvalidConfigurationError: The folder holds no report that can be read.
    """
    path = folder / REPORT
    try:
        return rows_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidConfigurationError(
            f"{str(folder)!r} does not hold a finished run: {REPORT} is not there or cannot be "
            "read. Name the --out folder of an earlier `wellread evaluate`."
        ) from error


def rows_of(report: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, float]]:
    """The values of each question of a report."""
    return {(row["id"], row["question"]): dict(row["metrics"]) for row in report["per_question"]}


def as_markdown(report: Mapping[str, Any], pictures: Sequence[str]) -> str:
    """The report for people."""
    documents = report["documents"]
    lines = [
        f"# Evaluation of {report['set']}",
        "",
        f"wellread {report['wellread']}, mode {report['mode']}, embedder {report['embedder']}, "
        f"answered by {', '.join(sorted(report['answered_by']))}. "
        f"{report['questions']['asked']} questions, {report['questions']['answerable']} of them "
        f"answerable, over {documents['indexed']} documents"
        + (f" ({len(documents['failed'])} could not be read)." if documents["failed"] else "."),
        "Brackets hold bootstrap 95 % intervals: what another draw of as many questions like these "
        "might have given.",
    ]
    for group in dict.fromkeys(metric.group for metric in METRICS):
        lines += _metric_table(report, group)
    lines += _latency_table(report["latency"])
    lines += checks_section(report["checked"])
    if "injection" in report:
        lines += _injection_section(report["injection"])
    if "against" in report:
        lines += _comparison_table(report["against"])
    if pictures:
        lines += ["", "## Pictures", ""]
        lines += [f"![{Path(name).stem}]({name})" for name in pictures]
    lines += _misses(report["per_question"])
    return "\n".join(lines) + "\n"


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


def _has(row: Mapping[str, Any], name: str) -> bool:
    return name in row["metrics"]


def _latency(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for stage in _STAGES:
        for kind in _KINDS:
            name = f"{stage}_{kind}"
            if values := [row["costs"][name] for row in rows if name in row["costs"]]:
                found[name] = {
                    "median": asdict(estimate(values, median)),
                    "p95": asdict(estimate(values, percentile_95)),
                }
    return found


def _values(rows: Rows, name: str) -> dict[tuple[str, str], float]:
    return {key: values[name] for key, values in rows.items() if name in values}


def _as_dict(comparison: Comparison) -> dict[str, Any]:
    return {
        "this": comparison.this,
        "other": comparison.other,
        "difference": asdict(comparison.difference),
        "judgement": comparison.judgement.value,
    }


def _metric_table(report: Mapping[str, Any], group: str) -> list[str]:
    found = [m for m in METRICS if m.group == group and m.name in report["metrics"]]
    if not found:
        return []
    lines = [
        "",
        f"## {group.capitalize()}",
        "",
        "| | | 95 % | questions | |",
        "|---|---|---|---|---|",
    ]
    for metric in found:
        value = report["metrics"][metric.name]
        lines.append(
            f"| {metric.name} | {_number(value['value'])} | {_interval(value)} | {value['count']} "
            f"| {metric.says} |"
        )
    if group == "citations":
        counts = report["citations"]
        lines += [
            "",
            f"{counts['count']} citations: {counts['verbatim']} verbatim, {counts['open']} open.",
        ]
    if group == "declines":
        lines += declines_section(report["declines"])
    return lines


def _latency_table(latency: Mapping[str, Any]) -> list[str]:
    if not latency:
        return []
    lines = ["", "## Milliseconds a question", "", "| | median | p95 |", "|---|---|---|"]
    for stage in _STAGES:
        for kind, words in _KINDS.items():
            if found := latency.get(f"{stage}_{kind}"):
                cells = " | ".join(
                    f"{found[at]['value'] * 1000:.0f} "
                    f"[{found[at]['low'] * 1000:.0f}, {found[at]['high'] * 1000:.0f}]"
                    for at in ("median", "p95")
                )
                lines.append(f"| {stage}, {words} | {cells} |")
    return lines


def _injection_section(injection: Mapping[str, Any]) -> list[str]:
    lines = [
        "",
        "## Instructions hidden in documents",
        "",
        f"{injection['cases']} cases: {injection['followed']} answers with what must not be in "
        f"them; {injection['right']} right, {injection['declined']} declined.",
    ]
    lines += [
        f"- {result['id']}: held {', '.join(result['found'])}"
        for result in injection["results"]
        if result["found"]
    ]
    return lines


def _comparison_table(against: Mapping[str, Any]) -> list[str]:
    lines = [
        "",
        "## Against " + ", ".join(against["folders"]),
        "",
        f"{against['questions']} questions in common. A difference counts where its 95 % interval "
        "leaves out 0.",
        "",
        "| | this | other | difference | 95 % | |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in against["metrics"].items():
        difference = found["difference"]
        lines.append(
            f"| {name} | {_number(found['this'])} | {_number(found['other'])} "
            f"| {difference['value']:+.3f} | {_interval(difference)} | {found['judgement']} |"
        )
    return lines


def _misses(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    kinds: dict[str, list[str]] = {
        "Declined, though answerable": [],
        "Answered, but not right": [],
        "Answered, though unanswerable": [],
        "Gold document not among the first ten": [],
    }
    for row in rows:
        line = f"- {row['id']}: {' '.join(row['question'].split())}"
        if row["answerable"] and row["declined"]:
            kinds["Declined, though answerable"].append(line)
        elif row["metrics"].get("right", 1.0) < 1:
            kinds["Answered, but not right"].append(line)
        elif not row["answerable"] and not row["declined"]:
            kinds["Answered, though unanswerable"].append(line)
        if row["metrics"].get("hit@10", 1.0) < 1:
            kinds["Gold document not among the first ten"].append(line)
    lines: list[str] = []
    for title, entries in kinds.items():
        if entries:
            lines += ["", f"## {title} ({len(entries)})", "", *entries]
    return lines


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _interval(value: Mapping[str, float]) -> str:
    return f"[{_number(value['low'])}, {_number(value['high'])}]"
