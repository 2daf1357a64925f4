"""What an evaluation's answers were checked by, in its report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from wellread.domain.ask.checking.claims import Checked
from wellread.domain.evaluation.cases import Asked


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


def checks_section(checks: Mapping[str, Mapping[str, Any]]) -> list[str]:
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
