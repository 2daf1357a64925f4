"""How a document's record changes: pure steps, applied by conditional writes.

Every step takes the record as it was read and returns the record to write, or None where the step
no longer applies (something newer happened) and nothing is to be written.
"""

from __future__ import annotations

from dataclasses import replace

from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.ingest.records import Build, DocumentRecord, DocumentStatus, Failure
from wellread.domain.knowledge.documents import DocumentId, ObjectVersion, RevisionId
from wellread.domain.knowledge.errors import DocumentError


def received(
    record: DocumentRecord | None,
    version: ObjectVersion,
    sidecar: SidecarMetadata | None,
    audiences: frozenset[str],
    now: float,
) -> DocumentRecord | None:
    """The bucket holds another version, or another sidecar, than the record speaks of.

    Both are written down together, so that nobody sees a document before its sidecar counts.
    """
    if record is None:
        return DocumentRecord(
            document=version.document,
            status=DocumentStatus.RECEIVED,
            revision=version.revision,
            audiences=audiences,
            sidecar=sidecar,
            received_at=now,
            updated_at=now,
        )
    if record.revision == version.revision and not record.deleted:
        if (record.sidecar, record.audiences) == (sidecar, audiences):
            return None
        return replace(record, sidecar=sidecar, audiences=audiences, updated_at=now)
    return replace(
        record,
        status=DocumentStatus.RECEIVED,
        revision=version.revision,
        audiences=audiences,
        sidecar=sidecar,
        received_at=now,
        updated_at=now,
        failure=None,
        deleted=False,
        pending=None,
    )


def processing(record: DocumentRecord, now: float) -> DocumentRecord | None:
    """Somebody began to read the newest revision."""
    if record.deleted or record.status is DocumentStatus.PROCESSING:
        return None
    # What had come to its end begins anew: how long that takes says nothing of when it first came.
    anew = record.status is not DocumentStatus.RECEIVED
    return replace(
        record,
        status=DocumentStatus.PROCESSING,
        failure=None,
        received_at=now if anew else record.received_at,
        updated_at=now,
    )


def build_started(record: DocumentRecord, build: Build, now: float) -> DocumentRecord | None:
    """A revision was cut into batches, which are staged and about to be enqueued."""
    wanted = (record.revision, record.sidecar_title)
    if record.deleted or wanted != (build.revision, build.sidecar_title):
        return None
    standing = record.standing if record.status is DocumentStatus.INDEXED else None
    anew = standing is not None and standing.recipe != build.recipe
    return replace(
        record,
        status=record.status if anew else DocumentStatus.PROCESSING,
        pending=build,
        failure=None,
        updated_at=now,
    )


def batch_written(
    record: DocumentRecord, build: str, batch: int, write: str, now: float
) -> DocumentRecord | None:
    """A batch of the pending build is in the index under a token."""
    pending = record.pending
    if record.deleted or pending is None or pending.build != build or batch in pending.writes:
        return None
    return replace(
        record,
        pending=replace(pending, writes={**pending.writes, batch: write}),
        updated_at=now,
    )


def activated(
    record: DocumentRecord, build: str, audiences: frozenset[str], now: float
) -> DocumentRecord | None:
    """The pending build is complete and its revision still current: queries see it from now on."""
    pending = record.pending
    if record.deleted or pending is None or pending.build != build or not pending.complete:
        return None
    indexed = record.status is DocumentStatus.INDEXED  # the same revision, by another recipe
    return replace(
        record,
        status=DocumentStatus.INDEXED,
        active=pending,
        pending=None,
        failure=None,
        audiences=audiences,
        searchable_since=record.searchable_since if indexed else now,
        activated_at=now,
        updated_at=now,
    )


def failed(
    record: DocumentRecord,
    revision: RevisionId | None,
    error: DocumentError,
    recipe: str,
    now: float,
) -> DocumentRecord | None:
    """The newest revision cannot be ingested.

    The index must equal the bucket, so what an older revision said stops answering too. What
    another recipe made of the newest one goes on answering, also where somebody retries it in vain,
    and is not tried with this one again by itself.
    """
    if record.deleted or record.revision != revision:
        return None
    indexed = record.status is DocumentStatus.INDEXED
    standing = record.standing
    if standing and standing.recipe != recipe:
        if indexed and standing.tried == recipe and record.pending is None:
            return None
        return replace(
            record,
            status=DocumentStatus.INDEXED,
            active=replace(standing, tried=recipe),
            pending=None,
            failure=None,
            updated_at=now,
        )
    return replace(
        _withdrawn(record, now), status=DocumentStatus.FAILED, failure=_failure(error, recipe)
    )


def removed(record: DocumentRecord, now: float) -> DocumentRecord | None:
    """The object is gone: nothing of it may be seen from now on."""
    if record.deleted:
        return None
    return replace(
        _withdrawn(record, now),
        status=DocumentStatus.RECEIVED,
        revision=None,
        failure=None,
        deleted=True,
    )


def unreadable_record(
    record: DocumentRecord | None,
    document: DocumentId,
    error: DocumentError,
    sidecar: SidecarMetadata | None,
    audiences: frozenset[str],
    recipe: str,
    now: float,
) -> DocumentRecord:
    """The object cannot even be looked at, so there is no version to speak of."""
    blank = record or DocumentRecord(
        document=document,
        status=DocumentStatus.FAILED,
        revision=None,
        audiences=audiences,
        received_at=now,
        updated_at=now,
    )
    return replace(
        _withdrawn(blank, now),
        status=DocumentStatus.FAILED,
        sidecar=sidecar,
        audiences=audiences,
        failure=_failure(error, recipe),
        deleted=False,
    )


def _withdrawn(record: DocumentRecord, now: float) -> DocumentRecord:
    """The record with nothing for queries to see from now on."""
    return replace(
        record,
        active=None,
        pending=None,
        searchable_since=None,
        activated_at=now,
        updated_at=now,
    )


def _failure(error: DocumentError, recipe: str) -> Failure:
    return Failure(error.code, error.reason, error.fix, recipe)
