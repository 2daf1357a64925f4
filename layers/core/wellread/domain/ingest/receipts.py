"""Receipts: what became of a dropped file, told to the person who dropped it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.knowledge.host_words import HostWords

UNSEEN = "Correct the sidecar or take it away; until then nobody may read the document."


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a revision of a document ended.

    Attributes:
        id: The same whenever the same end is told again, so that a reader can drop repetitions.
        status: Indexed or failed.
        pages, chunks, tables, unreadable_pages: Of an indexed revision.
        searchable_since: Seconds since the epoch; None where it failed.
        code, reason, fix: Why it failed and what to do about it. An indexed revision has a reason
            and a fix where nobody may read it for its sidecar's sake.
        retry: The command that tries again, where it failed.
    """

    id: str
    document: DocumentId
    revision: RevisionId | None
    status: DocumentStatus
    title: str = ""
    pages: int | None = None
    chunks: int | None = None
    tables: int | None = None
    unreadable_pages: tuple[int, ...] = ()
    searchable_since: float | None = None
    code: str | None = None
    reason: str | None = None
    fix: str | None = None
    retry: str | None = None

    @property
    def failed(self) -> bool:
        """Whether there is nothing to search."""
        return self.status is DocumentStatus.FAILED

    def as_event(self) -> dict[str, Any]:
        """The receipt as the event bus carries it, in the names of the HTTP API."""
        return {
            "receipt": self.id,
            "document": self.document,
            "revision": self.revision,
            "status": self.status.value,
            "title": self.title,
            "pages": self.pages,
            "chunks": self.chunks,
            "tables": self.tables,
            "unreadable_pages": list(self.unreadable_pages),
            "searchable_since": self.searchable_since,
            "code": self.code,
            "reason": self.reason,
            "fix": self.fix,
            "retry": self.retry,
        }


INDEXED = "Document Indexed"
FAILED = "Document Failed"
"""What the event bus calls the two ends."""


@dataclass(frozen=True, slots=True)
class ToldEnd:
    """That a document came to an end, as a queue brings it."""

    document: DocumentId

    @classmethod
    def of_event(cls, event: dict[str, Any]) -> ToldEnd:
        """What an event of the bus tells of.

        Raises:
            KeyError, TypeError: It is no receipt.
        """
        return cls(DocumentId(event["detail"]["document"]))


def receipt_of(record: DocumentRecord, words: HostWords) -> Receipt | None:
    """The receipt of a record's newest revision; None while it has not come to an end."""
    if record.deleted:
        return None
    if record.status is DocumentStatus.FAILED and record.failure is not None:
        return Receipt(
            id=f"{record.document}@{record.revision}:{record.failure.code.value}",
            document=record.document,
            revision=record.revision,
            status=record.status,
            code=record.failure.code.value,
            reason=record.failure.reason,
            fix=record.failure.fix,
            retry=words.retry(record.document),
        )
    active = record.active
    unseen = record.sidecar_error
    since = record.searchable_since  # stays while the revision is built anew
    if record.status is not DocumentStatus.INDEXED or active is None:
        return None
    return Receipt(
        id=f"{record.document}@{record.revision}:{since}{':unseen' if unseen else ''}",
        document=record.document,
        revision=record.revision,
        status=record.status,
        title=active.title,
        pages=active.pages,
        chunks=active.chunks,
        tables=active.tables,
        unreadable_pages=active.unreadable_pages,
        searchable_since=record.searchable_since,
        reason=unseen,
        fix=UNSEEN if unseen else None,
    )
