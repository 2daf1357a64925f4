"""What stands behind the front: the stand-in's own engine, or a real server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stack_local.serverless.bulk_lines import BulkItem
from stack_local.serverless.exchange import Json, Response
from stack_local.serverless.operations import Call


class Engine(Protocol):
    """Stores and searches what the front lets through."""

    def has(self, index: str) -> bool:
        """Whether there is such an index."""

    def answer(self, call: Call) -> Response:
        """Do anything but bulks and multi-searches.

        Raises:
            Refusal: With the error as OpenSearch words it.
        """

    def bulk(self, items: Sequence[BulkItem]) -> list[Json]:
        """Write; one result an item, in order."""

    def search(self, index: str, searches: Sequence[Json]) -> list[Json]:
        """Answer searches of an index in order, each with its `status`.

        Raises:
            Refusal: 400, one of them cannot be parsed.
        """

    def settle(self) -> None:
        """Make everything visible that was written."""

    def close(self) -> None:
        """Close the file, and free the words."""
