"""Microsoft Teams: its activities → question queue, at once."""

from __future__ import annotations

from typing import Any

from wellread import observability
from wellread.bootstrap import get_services


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one HTTP request (payload format 2.0)."""
    observability.begin(context)
    try:
        return get_services().teams_front.answer(event)
    finally:
        observability.end()
