"""By when a request must be answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SPARE_SECONDS = 4.0
"""Kept for writing the reply down and sending it. With the 29 seconds that the template gives the
function, an answer is there some 25 seconds after the request, and API Gateway waits for 30."""

_PLAUSIBLE_SECONDS = 30.0


def answer_by(event: Mapping[str, Any], context: Any, now: float) -> float | None:
    """When a request's answer must be ready; None where the host sets no limit.

    A function's own limit starts once it has started; API Gateway's starts with the request. So
    what the start took is taken off.

    Args:
        event: An HTTP API's event, payload 2.0.
        context: The Lambda context, whose remaining time is this host's limit.
        now: Seconds since the epoch.
    """
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if remaining is None:
        return None
    asked_at = (event.get("requestContext") or {}).get("timeEpoch")
    age = now - asked_at / 1000 if isinstance(asked_at, int | float) else 0.0
    if not 0 <= age <= _PLAUSIBLE_SECONDS:
        age = 0.0  # two clocks that disagree
    return now + float(remaining()) / 1000 - age - SPARE_SECONDS
