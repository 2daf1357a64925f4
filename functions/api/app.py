"""HTTP API: ask, documents, feedback. One Lambda behind an API Gateway HTTP API."""

from __future__ import annotations

from typing import Any

from wellread import observability
from wellread.api.routes import answer_request


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one HTTP request (payload format 2.0)."""
    observability.begin(context)
    try:
        return answer_request(event, context)
    finally:
        observability.end()
