"""Passages for a question, within a scope: search, check against the registry, fuse."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from wellread.domain.access.scope import Scope
from wellread.domain.ask.searching.fusion import fuse, key_of, merge
from wellread.domain.ask.searching.named_document import (
    NamedDocument,
    named_document,
    rank_within,
    take_turns,
)
from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import DocumentId, Passage
from wellread.domain.knowledge.errors import IndexUnavailableError, ModelMismatchError
from wellread.domain.knowledge.metrics import Metric
from wellread.ports.index import PassageHits, PassageIndex, PassageQuery
from wellread.ports.ingest import DocumentRegistry
from wellread.ports.models import Embedder
from wellread.ports.operations import Clock, Meter
from wellread.services.access.presence import Presence
from wellread.services.access.rules_in_force import Access

logger = logging.getLogger(__name__)

LEG_HITS = 50
"""Hits of each leg that go into the fusion."""

WITHIN_HITS = 100
"""Hits of each leg within one document: of most documents these are all passages."""

_SEARCHES = 8
"""A document that is overwritten again and again may be overtaken in several searches in a row."""
_WIDENED = 4
_WIDEST = LEG_HITS * _WIDENED**2
_CLOCK_SLACK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Look:
    """What one search found that may be seen, with the records that say so."""

    lexical: Sequence[Passage]
    vector: Sequence[Passage]
    records: Mapping[DocumentId, DocumentRecord]


@dataclass(frozen=True, slots=True)
class _Found:
    """A ranking, with the records of its documents."""

    ranked: Sequence[Passage]
    records: Mapping[DocumentId, DocumentRecord]


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
        """`embedder` gives the one that the index's vectors are of."""
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

        The index may show too much (superseded builds, documents just deleted or restricted), so
        every hit is checked against the registry. Where a document may have gone over to a new
        revision while the search ran, its hits may be of the old one, or only some of the new one:
        the search is run again until the registry says the same before and after it, so that no
        document is missing from the answer or there in part. Where the chunks of documents still
        being built fill the hits, more are asked for.

        Where the text names its document, that document is searched once more for the rest of it.

        Args:
            text: What is looked for.
            scope: Whose eyes the passages are for.
            limit: Passages wanted.
            also: The same in other words, as a thread makes it; empty for none.
            preferred: Documents that come first where others fit as well.

        Raises:
            TransientError: The index or the model cannot be reached.
        """
        self._access.refresh()
        began = self._clock()
        texts = tuple(dict.fromkeys(filter(None, (text, also))))
        query_of = cache(self._query)  # where a search is run again, nothing is embedded again
        found = self._settled(lambda: self._ranked(texts, scope, preferred, query_of))
        passages = self._still_there(found, scope, limit)
        self._meter.add(Metric.RETRIEVAL_MILLISECONDS, 1000 * (self._clock() - began))
        return passages

    def look_again(
        self, question: str, passages: Sequence[Passage], scope: Scope, limit: int
    ) -> tuple[Passage, ...]:
        """More passages of the document that a question names, for when these do not answer it.

        Args:
            question: What was asked.
            passages: What was found for it, best first.
            scope: Whose eyes the passages are for.
            limit: Passages wanted.

        Returns:
            None of those that were found before; nothing where no document is named.

        Raises:
            TransientError: The index or the model cannot be reached.
        """
        named = named_document(question, passages)
        if named is None:
            return ()
        self._access.refresh()
        query_of = cache(self._query)
        seen = {key_of(passage) for passage in passages}

        def more() -> _Found:
            look = self._within(named, scope, query_of)
            ranked = [hit for hit in _by_rest(named, look, passages) if key_of(hit) not in seen]
            return _Found(ranked, look.records)

        return self._still_there(self._settled(more), scope, limit)

    def visible_documents(
        self, documents: Sequence[DocumentId], scope: Scope
    ) -> dict[DocumentId, DocumentRecord]:
        """The records of those of these documents that may be shown at this moment."""
        return dict(self._presence.permitted(self._registry.get_many(documents), scope))

    def _ranked(
        self,
        texts: Sequence[str],
        scope: Scope,
        preferred: frozenset[DocumentId],
        query_of: Callable[[str], PassageQuery],
    ) -> _Found:
        """What is found for several wordings of a question, as one ranking."""
        looks = [self._look(query_of(text), scope) for text in texts]
        ranked = merge(
            [
                fuse(text, each.lexical, each.vector, depth=LEG_HITS, preferred=preferred)
                for text, each in zip(texts, looks, strict=True)
            ]
        )
        named = next(filter(None, (named_document(text, ranked) for text in texts)), None)
        if named is not None:
            looks.append(self._within(named, scope, query_of))
            ranked = take_turns(_by_rest(named, looks[-1], ranked), ranked)
        records = {document: each for look in looks for document, each in look.records.items()}
        # What an earlier search found may have been replaced before a later one.
        return _Found([hit for hit in ranked if self._is_visible(hit, records, scope)], records)

    def _within(
        self, named: NamedDocument, scope: Scope, query_of: Callable[[str], PassageQuery]
    ) -> _Look:
        """What a search of one document for the rest of a question finds."""
        documents = frozenset({named.document})
        query = replace(query_of(named.rest), documents=documents, limit=WITHIN_HITS)
        return self._look(query, scope)

    def _settled(self, look: Callable[[], _Found]) -> _Found:
        """What is found once no document changes over while it is looked for."""
        switched: dict[DocumentId, str] = {}
        for _ in range(_SEARCHES):
            started = self._clock()
            found = look()
            before = switched
            switched = _switched_since(found.records, started - _CLOCK_SLACK_SECONDS)
            if switched.items() <= before.items():
                break
        return found

    def _look(self, query: PassageQuery, scope: Scope) -> _Look:
        """What one search finds that may be seen."""
        wanted = query.limit
        while True:
            query, hits = self._search(query, scope)
            records = self._records(hits)
            lexical, vector = (
                [hit for hit in leg if self._is_visible(hit, records, scope)]
                for leg in (hits.lexical, hits.vector)
            )
            if query.limit >= _WIDEST or not _crowded_out(hits, (lexical, vector), query.limit):
                return _Look(lexical[:wanted], vector[:wanted], records)
            query = replace(query, limit=_WIDENED * query.limit)

    def _still_there(self, found: _Found, scope: Scope, limit: int) -> tuple[Passage, ...]:
        """The first passages whose documents the bucket still holds, for these eyes."""
        ranked, records = found.ranked, found.records
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
            anew = self._query(query.text)
            query = replace(query, vector=anew.vector, model_version=anew.model_version)
        try:
            return query, self._index.search(query, scope)
        except ModelMismatchError as error:
            raise IndexUnavailableError("The embedder is being changed; ask again.") from error

    def _records(self, hits: PassageHits) -> dict[DocumentId, DocumentRecord]:
        documents = {hit.document for hit in (*hits.lexical, *hits.vector)}
        return self._registry.get_many(sorted(documents))

    def _is_visible(
        self, hit: Passage, records: Mapping[DocumentId, DocumentRecord], scope: Scope
    ) -> bool:
        record = records.get(hit.document)
        if record is None or not record.shows(hit.write):
            return False
        return scope.permits(self._access.audiences_of(record))


def _by_rest(named: NamedDocument, look: _Look, known: Sequence[Passage]) -> list[Passage]:
    """A document's passages by the rest of a question, as the search for all of it knows them.

    The cosine with a part of the question is not comparable with the others.
    """
    ranking = rank_within(named.rest, look.lexical, look.vector)
    found = {key_of(passage): passage for passage in known}
    return [found.get(key_of(each)) or replace(each, cosine=None) for each in ranking]


def _crowded_out(hits: PassageHits, visible: Sequence[Sequence[Passage]], limit: int) -> bool:
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
