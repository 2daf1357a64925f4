"""Which chunks an index shows, counted by document and write.

A chunk whose readers changed may be there more than once for a while; it counts as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from wellread.adapters.aws.opensearch_names import name_of, stored_name
from wellread.adapters.aws.opensearch_requests import PAGE, IndexRequests, Json, Query
from wellread.domain.knowledge.documents import DocumentId
from wellread.ports.index import IndexedDocument

_LAST = "\U0010ffff"
"""Sorts behind every write's token."""


def visible_chunks(requests: IndexRequests, document: DocumentId, writes: Iterable[str]) -> int:
    """How many chunks of these writes of a document a search can see."""
    clauses: list[Query] = [
        {"term": {"document": stored_name(document)}},
        {"terms": {"write": sorted(writes)}},
    ]
    every = {"bool": {"filter": clauses}}
    copied = {"bool": {"filter": [*clauses, {"exists": {"field": "copied_at"}}]}}
    count, copies = requests.count(every, copied)
    if not copies:
        return count
    distinct = {
        tuple(hit["sort"])
        for hits in requests.pages(every, ("write", "ordinal"), False)
        for hit in hits
    }
    return len(distinct)


def inventory_page(
    requests: IndexRequests, query: Query, *, after: str, limit: int
) -> Sequence[IndexedDocument]:
    """The first so many of the documents behind a key, in key order.

    Args:
        requests: To the index.
        query: What their chunk documents match.
        after: The key; empty for all.
        limit: How many.
    """
    found: list[IndexedDocument] = []
    for stored, writes in groupby(_writes(requests, query, after), lambda each: each[0]):
        document = DocumentId(name_of(stored))
        counts = {
            write: visible_chunks(requests, document, [write]) if copies else count
            for _, write, count, copies in writes
        }
        found.append(IndexedDocument(document, counts))
        if len(found) == limit:
            break
    return found


def _writes(
    requests: IndexRequests, query: Query, after: str
) -> Iterator[tuple[str, str, int, int]]:
    """Document, write, chunk documents, and how many of those are copies; in that order."""
    composite: Query = {
        "size": PAGE,
        "sources": [
            {"document": {"terms": {"field": "document"}}},
            {"write": {"terms": {"field": "write"}}},
        ],
    }
    if after:
        composite["after"] = {"document": stored_name(after), "write": _LAST}
    copies = {"value_count": {"field": "copied_at"}}
    while True:
        writes = {"composite": composite, "aggs": {"copies": copies}}
        answer = requests.search({"size": 0, "query": query, "aggs": {"writes": writes}})
        buckets: Sequence[Json] = answer["aggregations"]["writes"]["buckets"]
        for bucket in buckets:
            key = bucket["key"]
            yield key["document"], key["write"], bucket["doc_count"], bucket["copies"]["value"]
        if len(buckets) < PAGE:
            return
        composite = composite | {"after": answer["aggregations"]["writes"]["after_key"]}
