"""The reconcile state machine's walk through its pages, by the function itself."""

from __future__ import annotations

import uuid
from typing import Any

from wellread.adapters import parsing
from wellread.domain.access.scope import Operator
from wellread.domain.ingest.recipes import Recipe
from wellread.domain.knowledge.errors import TransientError
from wellread.local.lambda_runtime import LocalContext, load_handler
from wellread.services.ingest.documents import Documents

_TRIES = 4


def reconcile(keys: list[str]) -> dict[str, Any]:
    """Check some keys, compare every page, and report.

    Args:
        keys: Of the bucket, as a Distributed Map over it names them.

    Returns:
        What the report came to.

    Raises:
        TransientError: A step failed more often than the state machine tries it.
    """
    run = uuid.uuid4().hex
    _step({"keys": keys, "run": run})
    after: str | None = ""
    while after is not None:
        after = _step({"page": {"after": after}, "run": run})["next"]
    return _step({"report": {}, "run": run})


def left_as_they_were(documents: Documents) -> list[str]:
    """The searchable documents that the present version did not read, nor tried to, to the end."""
    present = str(Recipe(parsing.PARSER_VERSION))
    return [
        record.document
        for record in documents.sample(Operator(), 100)
        if record.active is not None
        and (record.pending or present not in (record.active.recipe, record.active.tried))
    ]


def _step(event: dict[str, Any]) -> dict[str, Any]:
    handler = load_handler("reconcile")
    for _ in range(_TRIES - 1):
        try:
            return handler(event, LocalContext("reconcile"))
        except TransientError:
            continue
    return handler(event, LocalContext("reconcile"))
