"""Links by which a person approves of a tuned model. One Lambda behind the HTTP API.

The path of a request is no affair of the log's: whoever has it may decide.
"""

from __future__ import annotations

from typing import Any

from wellread import observability
from wellread.api.approvals import answer_approval


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one HTTP request (payload format 2.0)."""
    observability.begin(context)
    try:
        return answer_approval(event)
    finally:
        observability.end()
