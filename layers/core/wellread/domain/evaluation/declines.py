"""What an evaluation's declines are worth: curves by score, and what the unanswerable came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from wellread.domain.evaluation.statistics import (
    area_under_curve,
    calibration,
    declined_at,
    estimate,
    risk_coverage,
    trade_off,
)

SCORE = "confidence of the answerer"
"""What `Asked.score` is; of an answerer that has none, the best cosine of question and passage."""

FALSE_POSITIVE_RATES = (0.05, 0.1)
"""Shares of the answerable questions that a threshold on the score may decline."""


def describe_declines(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The curves by how sure the answerer was, and what became of the unanswerable questions.

    Args:
        rows: The report's `per_question`.
    """
    scored = [(row["score"], row) for row in rows if row["score"] is not None]
    answerable = [(score, bool(row["answerable"])) for score, row in scored]
    # An answer to what the documents do not say is wrong whatever it says.
    right = [
        (score, bool(row["metrics"].get("right", 0.0)))
        for score, row in scored
        if not row["declined"] and ("right" in row["metrics"] or not row["answerable"])
    ]
    judged = sum("right" in row["metrics"] or not row["answerable"] for row in rows)
    return {
        "score": SCORE,
        "area_under_curve": area_under_curve(answerable),
        "risk_coverage": risk_coverage(right, judged) if right else [],
        "trade_off": trade_off(answerable),
        "calibration": {
            "answerable": [asdict(each) for each in calibration(answerable)],
            "right": [asdict(each) for each in calibration(right)],
        },
        "unscored": len(rows) - len(scored),
        "unanswerable": _by_kind(rows),
    }


def _by_kind(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Kind of unanswerable question → the share declined, as decided and by the score alone."""
    unanswerable = [row for row in rows if not row["answerable"]]
    kinds = {"all": unanswerable}
    if any(row["near_miss"] for row in unanswerable):
        kinds["near_misses"] = [row for row in unanswerable if row["near_miss"]]
        kinds["others"] = [row for row in unanswerable if not row["near_miss"]]
    answerable = _scores([row for row in rows if row["answerable"]])
    return {
        kind: {
            "declined": asdict(estimate([float(row["declined"]) for row in found])),
            "declined_at": {
                str(rate): asdict(share)
                for rate in FALSE_POSITIVE_RATES
                if (share := declined_at(answerable, _scores(found), rate))
            },
        }
        for kind, found in kinds.items()
        if found
    }


def _scores(rows: Sequence[Mapping[str, Any]]) -> list[float]:
    return [row["score"] for row in rows if row["score"] is not None]
