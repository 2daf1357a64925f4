"""An evaluation's report for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wellread.domain.evaluation.declines import FALSE_POSITIVE_RATES
from wellread.domain.evaluation.metrics import METRICS
from wellread.domain.evaluation.report import CLOCKS, STAGES

_UNANSWERABLE = {"all": "all", "near_misses": "near misses", "others": "others"}


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
    lines += _checks_section(report["checked"])
    if "injection" in report:
        lines += _injection_section(report["injection"])
    if "against" in report:
        lines += _comparison_table(report["against"])
    if pictures:
        lines += ["", "## Pictures", ""]
        lines += [f"![{name.partition('.')[0]}]({name})" for name in pictures]
    lines += _misses(report["per_question"])
    return "\n".join(lines) + "\n"


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
        lines += _declines_section(report["declines"])
    return lines


def _declines_section(declines: Mapping[str, Any]) -> list[str]:
    """The report's lines below its table of declines."""
    lines = []
    if declines["area_under_curve"] is not None:
        lines += [
            "",
            f"The {declines['score']} alone tells answerable from unanswerable questions "
            f"with an area under the curve of {declines['area_under_curve']:.3f}.",
        ]
    if declines["unanswerable"]:
        rates = [f"{rate:.0%}".replace("%", " %") for rate in FALSE_POSITIVE_RATES]
        lines += [
            "",
            "Unanswerable questions declined: now, and where a threshold on that score declined at "
            f"most {' or '.join(rates)} of the answerable ones.",
            "",
            "| unanswerable | questions | now | " + " | ".join(rates) + " |",
            "|---|---|---|" + "---|" * len(rates),
        ]
    for kind, found in declines["unanswerable"].items():
        now = found["declined"]
        cells = [now, *(found["declined_at"].get(str(rate)) for rate in FALSE_POSITIVE_RATES)]
        lines.append(
            f"| {_UNANSWERABLE[kind]} | {now['count']} | " + " | ".join(map(_cell, cells)) + " |"
        )
    return lines


def _latency_table(latency: Mapping[str, Any]) -> list[str]:
    if not latency:
        return []
    lines = ["", "## Milliseconds a question", "", "| | median | p95 |", "|---|---|---|"]
    for stage in STAGES:
        for kind, words in CLOCKS.items():
            if found := latency.get(f"{stage}_{kind}"):
                cells = " | ".join(
                    f"{found[at]['value'] * 1000:.0f} "
                    f"[{found[at]['low'] * 1000:.0f}, {found[at]['high'] * 1000:.0f}]"
                    for at in ("median", "p95")
                )
                lines.append(f"| {stage}, {words} | {cells} |")
    return lines


def _checks_section(checks: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The report's lines about it; none where no model wrote."""
    if not checks:
        return []
    lines = [
        "",
        "## What a model said, checked",
        "",
        "| by | sentences kept | dropped | requests | seconds |",
        "|---|---|---|---|---|",
    ]
    for by, total in checks.items():
        lines.append(
            f"| {by} | {total['kept']} | {total['dropped']} | {total['requests']} "
            f"| {total['seconds']:.1f} |"
        )
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


def _cell(share: Mapping[str, float] | None) -> str:
    if share is None:
        return ""
    return f"{share['value']:.3f} [{share['low']:.3f}, {share['high']:.3f}]"
