"""Passages for a question, within a scope: search, check against the registry, fuse."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence

from wellread.domain.access import Scope
from wellread.domain.documents import DocumentId, Passage
from wellread.domain.fusion import fuse
from wellread.domain.ingest import DocumentRecord
from wellread.ports import (
    Clock,
    DocumentRegistry,
    Embedder,
    PassageHits,
    PassageIndex,
    PassageQuery,
)
from wellread.services.access import Access

logger = logging.getLogger(__name__)

LEG_HITS = 50
"""Hits of each leg that go into the fusion."""

_SEARCHES = 3
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
        clock: Clock,
    ) -> None:
        """Work on these; `embedder` gives the one the index's vectors are of."""
        self._index = index
        self._registry = registry
        self._access = access
        self._embedder = embedder
        self._clock = clock

    def retrieve(self, text: str, scope: Scope, limit: int) -> tuple[Passage, ...]:
        """The best passages for a text among the documents in scope, best first.

        The index may show too much (superseded builds, documents just deleted or restricted), so
        every hit is checked against the registry. Where a document went over to a new revision
        while the search ran, its hits were of the old one: the search is run again, so that the
        document is not missing from the answer.

        Raises:
            TransientError: The index or the model cannot be reached.
        """
        self._access.refresh()
        embedder = self._embedder()
        query = PassageQuery(
            text=text,
            vector=embedder.embed_question(text) if embedder else None,
            model_version=embedder.model_version if embedder else None,
            limit=LEG_HITS,
        )
        visible: tuple[list[Passage], list[Passage]] = ([], [])
        for _ in range(_SEARCHES):
            started = self._clock()
            hits = self._index.search(query, scope)
            records = self._records(hits)
            visible = (
                [hit for hit in hits.lexical if self._is_visible(hit, records, scope)],
                [hit for hit in hits.vector if self._is_visible(hit, records, scope)],
            )
            if not _switched_since(records.values(), started - _CLOCK_SLACK_SECONDS, hits):
                break
        return tuple(_one_of_each(fuse(visible))[:limit])

    def visible_documents(
        self, documents: Sequence[DocumentId], scope: Scope
    ) -> frozenset[DocumentId]:
        """Those of these documents that may be shown at this moment."""
        records = self._registry.get_many(documents)
        return frozenset(
            document
            for document, record in records.items()
            if not record.deleted and scope.permits(self._access.audiences_of(record))
        )

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


def _switched_since(records: Iterable[DocumentRecord], moment: float, hits: PassageHits) -> bool:
    recent = {r.document: r.active for r in records if r.active and r.activated_at >= moment}
    return any(
        hit.write not in active.writes.values()
        for hit in (*hits.lexical, *hits.vector)
        if (active := recent.get(hit.document)) is not None
    )


def _one_of_each(passages: Iterable[Passage]) -> list[Passage]:
    seen: set[tuple[str, str, int]] = set()
    kept = []
    for passage in passages:
        key = (passage.document, passage.revision, passage.chunk.ordinal)
        if key not in seen:
            seen.add(key)
            kept.append(passage)
    return kept
