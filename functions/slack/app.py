"""Slack: its events, clicks and commands → question queue, at once; and installing its app."""

from __future__ import annotations

from typing import Any

from wellread import observability
from wellread.bootstrap import get_services


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one HTTP request (payload format 2.0)."""
    observability.begin(context)
    try:
        services = get_services()
        # Slack posts; what is opened in a browser is for installing.
        if event.get("requestContext", {}).get("http", {}).get("method") == "GET":
            return services.slack_install.answer(event)
        return services.slack_front.answer(event)
    finally:
        observability.end()
