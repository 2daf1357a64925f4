"""What may be learnt from: the active revisions that all of the chosen audiences may read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from wellread.domain.access.scope import Scope, members
from wellread.domain.ingest.chunking import chunk
from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import DocumentId, ParsedText, Passage, RevisionId
from wellread.domain.text.words import words
from wellread.domain.tune.shingles import shingles_of
from wellread.ports.ingest import DocumentRegistry, RevisionStore
from wellread.services.access.presence import Presence
from wellread.services.access.rules_in_force import Access
from wellread.services.knowledge.registry_records import every_record

_LOOKED_AT_TOGETHER = 100


@dataclass(frozen=True)
class CorpusDocument:
    """A document that may be learnt from.

    Attributes:
        revision: Under what its text is kept: what citations name.
    """

    document: DocumentId
    revision: RevisionId
    title: str
    parsed: ParsedText

    @cached_property
    def words(self) -> Sequence[str]:
        """Of its text, in order."""
        return words(self.parsed.text)

    @cached_property
    def shingles(self) -> frozenset[int]:
        """Of its text."""
        return shingles_of(self.words)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Its chunks, as a search finds them."""
        return tuple(
            Passage(self.document, self.revision, "", each, 1.0)
            for each in chunk(self.parsed, self.title)
        )


def scope_of(audiences: Collection[str]) -> Scope:
    """Whose eyes a model's words are for: anybody who is in any one of these audiences."""
    return Scope.among(members(audience) for audience in audiences)


class Corpus:
    """Reads documents by the code that decides who may read what, at this moment."""

    def __init__(
        self,
        registry: DocumentRegistry,
        revisions: RevisionStore,
        access: Access,
        presence: Presence,
    ) -> None:
        self._registry = registry
        self._revisions = revisions
        self._access = access
        self._presence = presence

    def read(self, audiences: Collection[str]) -> list[CorpusDocument]:
        """The documents that all of these audiences may read, in key order.

        Raises:
            InvalidConfigurationError: The access rules cannot be understood.
            TransientError: The bucket cannot be asked now.
        """
        self._access.refresh()
        scope = scope_of(audiences)
        found: list[CorpusDocument] = []
        waiting: dict[DocumentId, DocumentRecord] = {}
        for record in every_record(self._registry):
            if record.active is not None and scope.permits(self._access.audiences_of(record)):
                waiting[record.document] = record
            if len(waiting) >= _LOOKED_AT_TOGETHER:
                found += self._texts(waiting, scope)
                waiting = {}
        return [*found, *self._texts(waiting, scope)]

    def readable(
        self, sources: Mapping[DocumentId, RevisionId], audiences: Collection[str]
    ) -> frozenset[DocumentId]:
        """Those of these documents that all of the audiences may read now, at these revisions."""
        scope = scope_of(audiences)
        records = self._registry.get_many(sorted(sources))
        permitted = self._presence.permitted(records, scope)
        return frozenset(
            document
            for document, record in permitted.items()
            if record.active is not None and record.active.text_id == sources[document]
        )

    def _texts(
        self, records: Mapping[DocumentId, DocumentRecord], scope: Scope
    ) -> list[CorpusDocument]:
        found = []
        for document, record in self._presence.permitted(records, scope).items():
            active = record.active
            parsed = self._revisions.get_text(document, active.text_id) if active else None
            if active is not None and parsed is not None:
                found.append(CorpusDocument(document, active.text_id, active.title, parsed))
        return found


class Vocabulary:
    """In how many documents each word stands."""

    def __init__(self, documents: Sequence[CorpusDocument]) -> None:
        self._counts = Counter(word for each in documents for word in set(each.words))

    def __call__(self, word: str) -> int:
        """How many documents have a word."""
        return self._counts[word]

    @property
    def known(self) -> Collection[str]:
        """All words."""
        return self._counts.keys()
