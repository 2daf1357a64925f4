"""What of the documents somebody may see at this moment.

Everything that shows a document, names it or counts it asks here, whatever the registry says: a
deletion and a restriction hold at once, though the event that tells of them waits behind thousands
of dropped files or was lost, and though no host watches the folder (docs/adr/0036).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import TypeVar

from wellread.domain.access.scope import Operator, Scope
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.ports.ingest import DocumentStore, GroupedLooks
from wellread.services.access.rules_in_force import Access
from wellread.services.access.sidecars import read_sidecar

_Seen = TypeVar("_Seen")


class _There(Enum):
    """What the bucket says of a document."""

    YES = auto()
    NO = auto()
    UNREADABLE = auto()


class Presence:
    """Asks the bucket, and the rules of this moment, about documents that the registry knows."""

    def __init__(self, store: DocumentStore, access: Access) -> None:
        self._store = store
        self._access = access

    def permitted(
        self, records: Mapping[DocumentId, DocumentRecord], viewer: Scope | Operator
    ) -> Mapping[DocumentId, DocumentRecord]:
        """Those of these documents whose text may be shown: to be quoted, opened, searched for.

        Args:
            records: A few; each that the registry and the rules permit is looked at in the bucket.
            viewer: Whose eyes they are for.

        Raises:
            TransientError: The bucket cannot be asked now.
        """
        return {
            document: record
            for document, (record, there) in self._looked_at(records, viewer).items()
            if there is _There.YES
        }

    def listed(
        self, records: Mapping[DocumentId, DocumentRecord], viewer: Scope | Operator
    ) -> Mapping[DocumentId, DocumentRecord]:
        """Those of these documents whose names and states may be shown.

        Besides those that are `permitted`: what failed because it cannot be looked at, so that
        somebody can mend that.

        Raises:
            TransientError: The bucket cannot be asked now.
        """
        return {
            document: record
            for document, (record, there) in self._looked_at(records, viewer).items()
            if there is _There.YES or (there is _There.UNREADABLE and _is_told(record, viewer))
        }

    def sidecars(
        self, records: Mapping[DocumentId, DocumentRecord]
    ) -> Mapping[DocumentId, SidecarMetadata | None]:
        """Those of these documents that are there, with what their sidecars say now.

        For people who see all of them: whoever may read which is not asked. What cannot be looked
        at is there.

        Raises:
            TransientError: The bucket cannot be asked now.
        """
        known = [document for document, record in records.items() if not record.deleted]
        seen = zip(known, self._each(self._with_sidecar, known), strict=True)
        return {document: sidecar for document, (there, sidecar) in seen if there is not _There.NO}

    def _looked_at(
        self, records: Mapping[DocumentId, DocumentRecord], viewer: Scope | Operator
    ) -> Mapping[DocumentId, tuple[DocumentRecord, _There]]:
        """Those that registry, sidecars and rules permit, and whether they are there."""
        known = {
            document: record
            for document, record in records.items()
            if not record.deleted and viewer.permits(self._access.audiences_of(record))
        }
        if isinstance(viewer, Operator):
            # Sees every document, so there is nothing to learn from its sidecar.
            operated = zip(known, self._each(self._is_there, list(known)), strict=True)
            return {document: (known[document], there) for document, there in operated}
        seen = zip(known, self._each(self._with_sidecar, list(known)), strict=True)
        return {
            document: (known[document], there)
            for document, (there, sidecar) in seen
            if viewer.permits(self._access.audiences(document, sidecar))
        }

    def _each(
        self, look: Callable[[DocumentId], _Seen], documents: Sequence[DocumentId]
    ) -> Sequence[_Seen]:
        if isinstance(self._store, GroupedLooks):
            return self._store.side_by_side(look, documents)
        return [look(document) for document in documents]

    def _is_there(self, document: DocumentId) -> _There:
        try:
            return _There.NO if self._store.current(document) is None else _There.YES
        except DocumentError:
            return _There.UNREADABLE

    def _with_sidecar(self, document: DocumentId) -> tuple[_There, SidecarMetadata | None]:
        there = self._is_there(document)
        return there, None if there is _There.NO else read_sidecar(self._store, document)


def _is_told(record: DocumentRecord, viewer: Scope | Operator) -> bool:
    """Whether it is known that a document cannot be looked at; an operator is told at once."""
    failure = record.failure
    unreadable = failure is not None and failure.code is FailureCode.UNREADABLE
    return unreadable or isinstance(viewer, Operator)
