"""Bulk writes: within what a collection takes, every item looked at.

Ids are the server's, so a write that may have taken effect must not be sent again as it is: it
would be there twice. Only items that the server says it rejected are sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wellread.adapters.aws.opensearch_requests import ATTEMPTS, IndexRequests, kind_of
from wellread.domain.knowledge.errors import IndexUnavailableError

MAX_ITEMS = 500
MAX_BYTES = 5 * 1024 * 1024
"""OpenSearch Serverless takes about 10 MiB in a request."""

_DONE = frozenset({200, 201})
_REJECTED = 429
_GONE = 404


def write_all(requests: IndexRequests, items: Iterable[bytes]) -> None:
    """Index chunk documents.

    Args:
        requests: To the index.
        items: Each the lines of one document.

    Raises:
        IndexUnavailableError: Some may be in the index, some may not.
    """
    for batch in _batches(items):
        _send(requests, batch, frozenset())


def delete_all(requests: IndexRequests, items: Iterable[bytes]) -> int:
    """Delete chunk documents; those that are gone already are no error.

    Args:
        requests: To the index.
        items: Each the line of one deletion.

    Returns:
        How many were deleted.

    Raises:
        IndexUnavailableError: Some may be deleted, some may not.
    """
    return sum(_send(requests, batch, frozenset({_GONE})) for batch in _batches(items))


def _send(requests: IndexRequests, items: Sequence[bytes], ignored: frozenset[int]) -> int:
    """Send items until none is rejected. Returns how many took effect."""
    done = 0
    for attempt in range(1, ATTEMPTS + 1):
        answer = requests.bulk(b"".join(items))
        results = [next(iter(item.values())) for item in answer["items"]]
        if len(results) != len(items):
            raise IndexUnavailableError("The passage index answered a bulk write in part only.")
        done += sum(result["status"] in _DONE for result in results)
        for result in results:
            if result["status"] not in _DONE | ignored | {_REJECTED}:
                raise requests.error_of(result["status"], kind_of(result))
        items = [
            item
            for item, result in zip(items, results, strict=True)
            if result["status"] == _REJECTED
        ]
        if not items:
            break
        if attempt == ATTEMPTS:
            raise requests.error_of(_REJECTED, "")
        requests.wait(attempt)
    return done


def _batches(items: Iterable[bytes]) -> Iterator[Sequence[bytes]]:
    batch: list[bytes] = []
    size = 0
    for item in items:
        if batch and (len(batch) == MAX_ITEMS or size + len(item) > MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item)
    if batch:
        yield batch
