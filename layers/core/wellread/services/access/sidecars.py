"""A document's metadata sidecar, as the bucket has it now."""

from __future__ import annotations

from collections.abc import Sequence

from wellread.domain.access.sidecars import (
    SidecarMetadata,
    bases_of,
    meant_for,
    nearly_sidecar,
    parse_sidecar,
)
from wellread.domain.knowledge.documents import DocumentId, sidecar_key
from wellread.domain.knowledge.errors import DocumentError
from wellread.ports.ingest import DocumentStore

MAX_SIDECAR_BYTES = 100_000


def named_by(store: DocumentStore, key: str) -> Sequence[DocumentId]:
    """The documents that a key may be meant as the sidecar of, but is not named for.

    Raises:
        DocumentError: The folder cannot be looked at.
    """
    bases = bases_of(key)
    return tuple(dict.fromkeys(d for base in bases for d in meant_for(key, store.beside(base))))


def read_sidecar(store: DocumentStore, document: DocumentId) -> SidecarMetadata | None:
    """What a document's sidecar says; None where it has none.

    Raises:
        TransientError: It cannot be read now.
    """
    key = sidecar_key(document)
    try:
        beside = store.beside(document)
        if nearly := nearly_sidecar(document, beside):
            return SidecarMetadata(
                error=f'"{nearly}" seems to be meant as the metadata sidecar. Name it "{key}", '
                "or quite otherwise."
            )
        if key not in beside:
            return None
        version = store.current(key)
        if version is None:
            return None
        if version.size > MAX_SIDECAR_BYTES:
            return SidecarMetadata(error="The metadata sidecar is larger than 100 kB.")
        return parse_sidecar(store.read(version))
    except DocumentError as error:
        return SidecarMetadata(error=f"The metadata sidecar cannot be read. {error.fix}")
