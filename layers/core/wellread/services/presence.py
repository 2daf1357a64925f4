"""What the bucket says of documents at the moment of an answer."""

from __future__ import annotations

from collections.abc import Mapping

from wellread.domain.access.scope import Scope
from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.documents import DocumentId
from wellread.domain.errors import DocumentError
from wellread.domain.ingest import DocumentRecord
from wellread.ports import DocumentStore, RemoteStore
from wellread.services.access import Access
from wellread.services.sidecars import read_sidecar


class Presence:
    """Asks a remote bucket whether documents are still there, and for whom.

    A deletion or a sidecar that restricts shall hold at once, and the event that tells of it may
    wait behind thousands of dropped files, or be lost. On one machine the host registers what
    changed before anything is enqueued, so the registry knows already.
    """

    def __init__(self, store: DocumentStore, access: Access) -> None:
        """Work on these."""
        self._store = store
        self._access = access

    def permitted(
        self, records: Mapping[DocumentId, DocumentRecord], scope: Scope
    ) -> Mapping[DocumentId, DocumentRecord]:
        """Those of these documents that the bucket still holds, and the scope still permits.

        Args:
            records: Of documents that the registry permits; a few, for each is looked at.
            scope: Whose eyes they are for.

        Raises:
            TransientError: The bucket cannot be asked now.
        """
        store = self._store
        if not records or not isinstance(store, RemoteStore):
            return records
        documents = list(records)
        looks = zip(documents, store.side_by_side(self._look, documents), strict=True)
        return {
            document: records[document]
            for document, (there, sidecar) in looks
            if there and scope.permits(self._access.audiences(document, sidecar))
        }

    def _look(self, document: DocumentId) -> tuple[bool, SidecarMetadata | None]:
        try:
            if self._store.current(document) is None:
                return False, None
        except DocumentError:  # it may not be looked at any more
            return False, None
        return True, read_sidecar(self._store, document)
