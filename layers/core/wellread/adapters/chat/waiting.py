"""How long a platform asks to wait before it is called again."""

from __future__ import annotations

from collections.abc import Mapping

CALL_SECONDS = 15
"""So long a platform may take to answer."""

PATIENCE_SECONDS = 5.0
"""So long a worker waits in all, during one call, where a platform asks it to."""

LONGEST_WAIT_SECONDS = 3600.0
"""Whatever a platform asks for, it is asked again after that: somebody waits for the reply."""


def retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that a platform asks to wait, by the headers of a refusal for its rate."""
    value = {name.lower(): value for name, value in headers.items()}.get("retry-after")
    try:
        # In this order: what is not a number ("nan") is no more than 0.1 either.
        return min(max(0.1, float(value or 1)), LONGEST_WAIT_SECONDS)
    except ValueError:
        return 1.0
