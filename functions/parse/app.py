"""A lent document → its text. The only function that reads files, and it may do nothing else."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread import observability
from wellread.bootstrap.reading import get_reader


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """Read the document that chunk lends; both are JSON of `wellread.domain.ingest.lending`."""
    observability.begin(context)
    try:
        return get_reader().answer(event)
    finally:
        observability.end()
