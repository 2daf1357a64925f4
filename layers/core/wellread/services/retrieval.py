"""Passages for a question, within a scope: search, check against the registry, fuse."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from wellread.domain.access import Scope
from wellread.domain.documents import DocumentId, Passage
from wellread.domain.errors import IndexUnavailableError, ModelMismatchError
from wellread.domain.fusion import fuse
from wellread.domain.ingest import DocumentRecord
from wellread.ports import (
    Clock,
    DocumentRegistry,
    Embedder,
    Meter,
    PassageHits,
    PassageIndex,
    PassageQuery,
)
from wellread.services.access import Access
from wellread.services.presence import Presence

logger = logging.getLogger(__name__)

LEG_HITS = 50
"""Hits of each leg that go into the fusion."""

_SEARCHES = 8
"""A document that is overwritten again and again may be overtaken in several searches in a row."""
_WIDENED = 4
_WIDEST = LEG_HITS * _WIDENED**2
_CLOCK_SLACK_SECONDS = 2.0


class Retrieval:
    """Hybrid retrieval. There is no search without a scope."""

    def __init__(
        self,
        index: PassageIndex,
        registry: DocumentRegistry,
        access: Access,
        embedder: Callable[[], Embedder | None],
        *,
        presence: Presence,
        clock: Clock,
        meter: Meter,
    ) -> None:
        """Work on these; `embedder` gives the one the index's vectors are of."""
        self._presence = presence
        self._meter = meter
        self._index = index
        self._registry = registry
        self._access = access
        self._embedder = embedder
        self._clock = clock

    def retrieve(
        self,
        text: str,
        scope: Scope,
        limit: int,
        *,
        also: str = "",
        preferred: frozenset[DocumentId] = frozenset(),
    ) -> tuple[Passage, ...]:
        """The best passages for a text among the documents in scope, best first.

        Where the same is asked in other words too (`also`), what both find comes by its better
        place. A passage of a preferred document comes before one that fits no better.
        """
        found = [self._found(words, scope, limit) for words in (text, also) if words]
        places: dict[tuple[str, str, int], tuple[float, Passage]] = {}
        for search, passages in enumerate(found):
            for rank, passage in enumerate(passages):
                key = (passage.document, passage.revision, passage.chunk.ordinal)
                liked = 0.6 if passage.document in preferred and rank < limit // 2 else 0.0
                place = rank + 0.5 * search - liked
                if key not in places or place < places[key][0]:
                    places[key] = (place, passage)
        best = sorted(places.values(), key=lambda each: each[0])
        return tuple(passage for _, passage in best[:limit])

    def _found(self, text: str, scope: Scope, limit: int) -> tuple[Passage, ...]:
        """The best passages for a text among the documents in scope, best first.

        The index may show too much (superseded builds, documents just deleted or restricted), so
        every hit is checked against the registry. Where a document may have gone over to a new
        revision while the search ran, its hits may be of the old one, or only some of the new one:
        the search is run again until the registry says the same before and after it, so that no
        document is missing from the answer or there in part. Where the chunks of documents still
        being built fill the hits, more are asked for.

        Raises:
            TransientError: The index or the model cannot be reached.
        """
        self._access.refresh()
        began = self._clock()
        query = self._query(text)
        visible: tuple[list[Passage], list[Passage]] = ([], [])
        records: Mapping[DocumentId, DocumentRecord] = {}
        switched: dict[DocumentId, str] = {}
        for _ in range(_SEARCHES):
            started = self._clock()
            query, hits = self._search(query, scope)
            records = self._records(hits)
            visible = (
                [hit for hit in hits.lexical if self._is_visible(hit, records, scope)],
                [hit for hit in hits.vector if self._is_visible(hit, records, scope)],
            )
            enough = query.limit >= _WIDEST or not _crowded_out(hits, visible, query.limit)
            if not enough:
                query = replace(query, limit=_WIDENED * query.limit)
            before, switched = switched, _switched_since(records, started - _CLOCK_SLACK_SECONDS)
            if enough and switched.items() <= before.items():
                break
        lexical, vector = (leg[:LEG_HITS] for leg in visible)
        ranked = fuse(text, lexical, vector, depth=LEG_HITS)
        found = self._still_there(ranked, records, scope, limit)
        self._meter.add("RetrievalMilliseconds", 1000 * (self._clock() - began), "Milliseconds")
        return found

    def visible_documents(
        self, documents: Sequence[DocumentId], scope: Scope
    ) -> dict[DocumentId, DocumentRecord]:
        """The records of those of these documents that may be shown at this moment."""
        records = {
            document: record
            for document, record in self._registry.get_many(documents).items()
            if not record.deleted and scope.permits(self._access.audiences_of(record))
        }
        return dict(self._presence.permitted(records, scope))

    def _still_there(
        self,
        ranked: Sequence[Passage],
        records: Mapping[DocumentId, DocumentRecord],
        scope: Scope,
        limit: int,
    ) -> tuple[Passage, ...]:
        """The first passages whose documents the bucket still holds, for these eyes."""
        kept: list[Passage] = []
        seen: dict[DocumentId, bool] = {}
        for first in range(0, len(ranked), max(limit, 1)):
            part = ranked[first : first + limit]
            new = {hit.document: records[hit.document] for hit in part if hit.document not in seen}
            permitted = self._presence.permitted(new, scope)
            seen |= {document: document in permitted for document in new}
            kept += [hit for hit in part if seen[hit.document]]
            if len(kept) >= limit:
                break
        return tuple(kept[:limit])

    def _query(self, text: str) -> PassageQuery:
        embedder = self._embedder()
        return PassageQuery(
            text=text,
            vector=embedder.embed_question(text) if embedder else None,
            model_version=embedder.model_version if embedder else None,
            limit=LEG_HITS,
        )

    def _search(self, query: PassageQuery, scope: Scope) -> tuple[PassageQuery, PassageHits]:
        try:
            return query, self._index.search(query, scope)
        except ModelMismatchError:
            # The index went over to another embedder since the question was embedded.
            query = replace(self._query(query.text), limit=query.limit)
        try:
            return query, self._index.search(query, scope)
        except ModelMismatchError as error:
            raise IndexUnavailableError("The embedder is being changed; ask again.") from error

    def _records(self, hits: PassageHits) -> dict[DocumentId, DocumentRecord]:
        documents = {hit.document for hit in (*hits.lexical, *hits.vector)}
        return self._registry.get_many(sorted(documents))

    def _is_visible(
        self, hit: Passage, records: dict[DocumentId, DocumentRecord], scope: Scope
    ) -> bool:
        record = records.get(hit.document)
        if record is None or record.deleted or record.active is None:
            return False
        return hit.write in record.active.writes.values() and scope.permits(
            self._access.audiences_of(record)
        )


def _crowded_out(
    hits: PassageHits, visible: tuple[list[Passage], list[Passage]], limit: int
) -> bool:
    """Whether chunks that nobody may see yet took the places of those that one may."""
    return any(
        len(leg) >= limit and len(kept) < LEG_HITS // 2
        for leg, kept in zip((hits.lexical, hits.vector), visible, strict=True)
    )


def _switched_since(
    records: Mapping[DocumentId, DocumentRecord], moment: float
) -> dict[DocumentId, str]:
    """The documents that went over to another build since a moment, and to which."""
    return {
        document: record.active.build
        for document, record in records.items()
        if record.active is not None and record.activated_at >= moment
    }
