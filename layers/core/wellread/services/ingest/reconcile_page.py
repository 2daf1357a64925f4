"""A page of bucket, registry and index side by side, in key order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar

from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import (
    DocumentId,
    ObjectVersion,
    is_document_key,
    sidecar_key,
)
from wellread.ports.index import IndexedDocument, Inventoried
from wellread.services.ingest.ingest_ports import IngestionPorts


@dataclass(frozen=True, slots=True)
class Page:
    """What each of the three holds between two keys.

    Attributes:
        horizon: The last key of the page; None at the end of all.
        versions: Of the bucket, sidecars included.
        records: Of the registry, tombstones included.
        indexed: Of the index; None where it cannot say.
    """

    horizon: str | None
    versions: Mapping[DocumentId, ObjectVersion]
    records: Mapping[DocumentId, DocumentRecord]
    indexed: Mapping[DocumentId, IndexedDocument] | None

    def documents(self) -> list[DocumentId]:
        """All documents of the page, in key order."""
        keys = {*self.versions, *self.records, *(self.indexed or ())}
        return sorted(key for key in keys if is_document_key(key))

    def may_have_sidecar(self, document: DocumentId) -> bool:
        """Whether the bucket holds a document's sidecar, or would on the next page."""
        key = sidecar_key(document)
        return key in self.versions or (self.horizon is not None and key > self.horizon)


def read_page(ports: IngestionPorts, after: str, limit: int) -> Page:
    """Read on after a key.

    Args:
        ports: Bucket, registry and index.
        after: Where the last page ended.
        limit: At most so many documents of each.

    Raises:
        TransientError: One of them did not answer.
    """
    index, registry = ports.index, ports.registry
    indexed = (
        list(index.inventory(after=after, limit=limit)) if isinstance(index, Inventoried) else None
    )
    records = list(registry.list(after=after, limit=limit))
    tombstones = list(registry.list(after=after, limit=limit, deleted=True))
    objects = list(islice(ports.store.list(after=after), 2 * limit))
    read: list[tuple[Sequence[_Keyed], int]] = [
        (indexed or [], limit),
        (records, limit),
        (tombstones, limit),
        (objects, 2 * limit),
    ]
    # What one of them held back for the next page, none may be compared without.
    horizon = min(
        (entries[-1].document for entries, most in read if len(entries) >= most), default=None
    )
    versions = _by_key(objects, horizon)
    listed = _by_key([*records, *tombstones], horizon)
    # A registry's listing may lag behind its records.
    unlisted = [key for key in versions if key not in listed and is_document_key(key)]
    return Page(
        horizon,
        versions=versions,
        records={**listed, **registry.get_many(unlisted)},
        indexed=None if indexed is None else _by_key(indexed, horizon),
    )


def writes_of(
    document: DocumentId, inventory: Mapping[DocumentId, IndexedDocument] | None
) -> Mapping[str, int] | None:
    """A document's writes by an inventory; None where the index cannot say."""
    if inventory is None:
        return None
    found = inventory.get(document)
    return found.writes if found else {}


class _Keyed(Protocol):
    @property
    def document(self) -> DocumentId:
        """The key."""


K = TypeVar("K", bound=_Keyed)


def _by_key(entries: Iterable[K], horizon: str | None) -> dict[DocumentId, K]:
    return {
        entry.document: entry for entry in entries if horizon is None or entry.document <= horizon
    }
