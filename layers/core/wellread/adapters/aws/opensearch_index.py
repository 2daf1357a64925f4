"""The passage index on OpenSearch Serverless, or on a plain OpenSearch server.

What is written is visible after a while, and what is deleted stays visible as long. There are no
ids of ours, so nothing is ever overwritten: chunk documents are added and deleted.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from opensearchpy import OpenSearch

from wellread.adapters.aws.opensearch_bulk import delete_all, write_all
from wellread.adapters.aws.opensearch_chunks import (
    Readers,
    bulk_lines,
    copy_lines,
    delete_line,
)
from wellread.adapters.aws.opensearch_filters import scope_filter, within
from wellread.adapters.aws.opensearch_inventory import inventory_page, visible_chunks
from wellread.adapters.aws.opensearch_layout import IndexLayout
from wellread.adapters.aws.opensearch_legs import hits_of, legs_of, otherwise
from wellread.adapters.aws.opensearch_names import stored_name
from wellread.adapters.aws.opensearch_requests import IndexRequests, Query
from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import DocumentId, IndexedChunk
from wellread.domain.knowledge.errors import ModelMismatchError
from wellread.ports.access import AccessRulesSource
from wellread.ports.index import IndexedDocument, IndexStats, PassageHits, PassageQuery
from wellread.ports.operations import Clock

Hit = Mapping[str, Any]

_COPIED_AT_ONCE = 200
"""Chunk documents that are read with their vectors, to be written again."""


class OpenSearchPassageIndex:
    """A `PassageIndex` that is `Sweepable`, `Lagging`, `Inventoried` and `RuleAware`."""

    def __init__(
        self,
        client: OpenSearch,
        name: str,
        *,
        engine: str,
        rules: AccessRulesSource,
        embedder_setting: str = "",
        clock: Clock = time.time,
        sleep: Callable[[float], None] = time.sleep,
        lag_seconds: float = 60.0,
        remember_seconds: float = 10.0,
    ) -> None:
        """Keep chunks in this index, which is made when the first is added.

        Args:
            client: Of `opensearch_connection.connect`.
            name: The index.
            engine: "faiss" on OpenSearch Serverless, "lucene" on a plain OpenSearch.
            rules: The access rules, asked at every search.
            embedder_setting: What the embedder was chosen with; kept with the first vectors.
            clock: When chunks were added, for `sweep`.
            sleep: Waits before something is tried again.
            lag_seconds: After so long a write is visible. OpenSearch Serverless names 60 s.
            remember_seconds: How long the embedder of the index and the number of its chunks are
                remembered, so that a search is one round trip.
        """
        self._requests = IndexRequests(client, name, sleep)
        self._rules = rules
        self._clock = clock
        self._lag_seconds = lag_seconds
        self._remember_seconds = remember_seconds
        self._counted: tuple[float, int] = (-math.inf, 0)
        self._layout = IndexLayout(
            self._requests,
            engine,
            embedder_setting,
            clock=clock,
            sleep=sleep,
            remember_seconds=remember_seconds,
        )

    def looks_at(self, rules: AccessRulesSource) -> bool:
        """Whether these are the rules that every search is filtered by."""
        return rules is self._rules

    @property
    def lag_seconds(self) -> float:
        return self._lag_seconds

    def add(self, chunks: Sequence[IndexedChunk], model_version: str | None) -> None:
        """Add chunks; all of them, or an error.

        What an error leaves behind has the writes' tokens, so nobody sees it once they are written
        again under others.

        Raises:
            ModelMismatchError: The index holds vectors of another model, or of another length.
            IndexUnavailableError: It is not known what was added.
            StorageFullError: The server has no space.
            InvalidConfigurationError: The index may not be written, or is not wellread's.
        """
        if not chunks:
            return
        lengths = {len(each.vector) for each in chunks if each.vector is not None}
        if lengths and (model_version is None or len(lengths) > 1):
            raise ModelMismatchError(
                "Vectors of no named model, or of several lengths, cannot be added to one index. "
                "Check the embedder."
            )
        self._layout.ready(model_version if lengths else None, max(lengths, default=0))
        now = self._milliseconds()
        write_all(self._requests, (bulk_lines(each, now) for each in chunks))

    def search(self, query: PassageQuery, scope: Scope) -> PassageHits:
        """The best chunks of each leg among the documents that the scope permits.

        The two legs are one round trip. Where a word of the question is in none of the hits, the
        lexical one is asked again for what may have been meant.
        """
        permitted = scope_filter(self._rules.load(), scope)
        layout = self._layout.known()
        if layout is not None and query.vector is not None:
            layout.check(query.model_version, len(query.vector))
        if layout is None or permitted is None or query.limit <= 0:
            return PassageHits((), ())
        if layout.model is None:
            query = replace(query, vector=None)
        permitted = within(permitted, query.documents)
        legs = legs_of(query, permitted, places=layout.places)
        hits = hits_of(legs, self._requests.searches(list(legs.values())) if legs else ())
        # What one document lacks may well be in others, spelled as it is.
        if query.documents is not None:
            return hits
        again = otherwise(query, permitted, hits, places=layout.places)
        if not again:
            return hits
        found = hits_of(again, self._requests.searches(list(again.values())))
        return replace(hits, lexical=found.lexical)

    def delete(self, document: DocumentId, builds: frozenset[str]) -> int:
        """Delete the chunks that these builds of a document wrote, as far as they are visible.

        Returns:
            How many.
        """
        if not builds:
            return 0
        return self._delete(_all_of(_of(document), {"terms": {"build": sorted(builds)}}))

    def sweep(self, document: DocumentId, *, keep: frozenset[str], before: float) -> int:
        stale = _all_of(_of(document), {"range": {"added_at": {"lt": int(before * 1000)}}})
        if keep:
            stale["bool"]["must_not"] = [{"terms": {"write": sorted(keep)}}]
        return self._delete(stale) + self._unite(document, keep)

    def update_access(
        self,
        document: DocumentId,
        audiences: frozenset[str],  # noqa: ARG002 - what the rules say is looked up by a search
        *,
        own: frozenset[str] | None,
    ) -> None:
        """Make the pre-filter know who may read a document from now on, as far as it is visible.

        Chunk documents that say something else are written again, vectors and all, and then
        deleted. Where rules decide, nothing is written when they change.
        """
        if self._layout.known() is None:
            return
        readers = Readers.of(own)
        others = _all_of(_of(document))
        others["bool"]["must_not"] = [{"term": {"readers": readers.digest}}]
        for hits in self._requests.pages(others, ("write", "ordinal"), True, _COPIED_AT_ONCE):
            self._replace(hits, readers)

    def visible(self, document: DocumentId, writes: frozenset[str]) -> int:
        if not writes or self._layout.known() is None:
            return 0
        return visible_chunks(self._requests, document, writes)

    def inventory(self, *, after: str = "", limit: int = 1000) -> Sequence[IndexedDocument]:
        if self._layout.known() is None:
            return []
        return inventory_page(self._requests, {"match_all": {}}, after=after, limit=limit)

    def inventory_of(self, documents: Sequence[DocumentId]) -> Mapping[DocumentId, IndexedDocument]:
        if not documents or self._layout.known() is None:
            return {}
        query = {"terms": {"document": sorted(map(stored_name, documents))}}
        found = inventory_page(self._requests, query, after="", limit=len(documents))
        return {each.document: each for each in found}

    def stats(self) -> IndexStats:
        """What the index holds, as it was found lately."""
        layout = self._layout.known()
        if layout is None:
            return IndexStats(chunks=0, model_version=None)
        at, chunks = self._counted
        if self._clock() - at >= self._remember_seconds:
            (chunks,) = self._requests.count({"match_all": {}})
            self._counted = (self._clock(), chunks)
        return IndexStats(chunks, layout.model, layout.embedder)

    def _delete(self, query: Query) -> int:
        if self._layout.known() is None:
            return 0
        # The order must be one that a deletion keeps; the pages need not be of one moment.
        return sum(
            delete_all(self._requests, (delete_line(hit["_id"]) for hit in hits))
            for hits in self._requests.pages(query, ("write", "ordinal"), False)
        )

    def _unite(self, document: DocumentId, keep: frozenset[str]) -> int:
        """Make one chunk document of several that `update_access` left of a chunk.

        Which of them is there still cannot be told from a search, which shows deleted ones for a
        while. So none is spared: a new one is written, then all that were seen are deleted. In any
        order of several that do so, the last that was written stays.
        """
        copied = _all_of(
            _of(document),
            {"terms": {"write": sorted(keep)}},
            {"exists": {"field": "copied_at"}},
        )
        if not keep or self._layout.known() is None or not self._requests.count(copied)[0]:
            return 0
        every = _all_of(_of(document), {"terms": {"write": sorted(keep)}})
        seen: dict[tuple[str, int, str], list[str]] = {}
        for hits in self._requests.pages(every, ("write", "ordinal"), ["readers"]):
            for hit in hits:
                write, ordinal = hit["sort"]
                seen.setdefault((write, ordinal, hit["_source"]["readers"]), []).append(hit["_id"])
        surplus = [number for ids in seen.values() if len(ids) > 1 for number in ids]
        replaced = 0
        for first in range(0, len(surplus), _COPIED_AT_ONCE):
            ids = surplus[first : first + _COPIED_AT_ONCE]
            answer = self._requests.search({"query": {"ids": {"values": ids}}, "size": len(ids)})
            replaced += self._replace(answer["hits"]["hits"], None)
        return len(surplus) - replaced

    def _replace(self, hits: Sequence[Hit], readers: Readers | None) -> int:
        """Write chunk documents again, then delete those that were seen.

        Args:
            hits: With their sources; several of one chunk, for the same readers, become one.
            readers: Who may read them; None where that stays.

        Returns:
            How many were written.
        """
        now = self._milliseconds()
        sources = {
            (s["write"], s["ordinal"], None if readers else s["readers"]): s
            for s in (hit["_source"] for hit in hits)
        }
        write_all(self._requests, (copy_lines(s, readers, now) for s in sources.values()))
        delete_all(self._requests, (delete_line(hit["_id"]) for hit in hits))
        return len(sources)

    def _milliseconds(self) -> int:
        return int(self._clock() * 1000)


def _of(document: DocumentId) -> Query:
    return {"term": {"document": stored_name(document)}}


def _all_of(*queries: Query) -> Query:
    return {"bool": {"filter": list(queries)}}
