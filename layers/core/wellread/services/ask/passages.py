"""Passages that were quoted some time ago: who may read them, and whether they still stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from wellread.domain.access.scope import Operator, Scope
from wellread.domain.ask.resting import QuotedPlace
from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import DocumentId, ParsedText
from wellread.ports.ingest import DocumentRegistry, RevisionStore
from wellread.services.access.presence import Presence


class Passages:
    """Looks passages up at this moment."""

    def __init__(
        self, registry: DocumentRegistry, presence: Presence, revisions: RevisionStore
    ) -> None:
        self._registry = registry
        self._presence = presence
        self._revisions = revisions

    def readable(
        self, documents: Collection[DocumentId], viewer: Scope | Operator
    ) -> Mapping[DocumentId, DocumentRecord]:
        """The records of those of these documents that somebody may read now.

        Raises:
            TransientError: The bucket cannot be asked now.
        """
        if not documents:
            return {}
        return self._presence.permitted(self._registry.get_many(sorted(documents)), viewer)

    def now(self, record: DocumentRecord) -> ParsedText | None:
        """The text that answers quote of a document at this moment; None where none does."""
        if record.deleted or record.active is None:
            return None
        return self._revisions.get_text(record.document, record.active.revision)

    def stands(self, place: QuotedPlace, record: DocumentRecord | None) -> bool:
        """Whether the active revision of a document has a quote at its place, verbatim."""
        parsed = None if record is None else self.now(record)
        return parsed is not None and place.stands_in(parsed.text)
