"""The registry's record of a document: what is searchable, what is being built, what failed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wellread.domain.access.sidecars import SidecarMetadata
from wellread.domain.knowledge.deliveries import RetryPolicy
from wellread.domain.knowledge.documents import (
    DocumentId,
    RevisionId,
    document_of_sidecar,
    is_sidecar_key,
)
from wellread.domain.knowledge.errors import FailureCode
from wellread.domain.knowledge.journey import Journey

INGEST_RETRIES = RetryPolicy(5, delivered_again_seconds=(5.0, 60.0, 300.0, 900.0))
"""Of ingest's queues: twenty minutes in all, then a message is a dead letter, its document has
failed as `internal`, and reconcile tries that once more a day later."""

RETRY_REQUESTED = "Retry Requested"
"""The detail-type of a change event that a person asked for."""

SWEEP_REQUESTED = "Sweep Requested"
"""The detail-type of an event that asks for a document's superseded chunks to be looked for."""


class DocumentStatus(StrEnum):
    """Where a document's newest revision stands."""

    RECEIVED = "received"
    PROCESSING = "processing"
    INDEXED = "indexed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Build:
    """One run of chunk and embed over a revision; active, its chunks are what a query can see.

    A revision is built again when its title changes or somebody retries it, so a build has an
    identity of its own. Each batch of chunks is embedded and written at least once; `writes` names,
    for each batch, the one write that counts.

    Attributes:
        build: The build's own id.
        title: Indexed with every chunk.
        sidecar_title: What the metadata sidecar gave as the title, None where it gave none.
        batches: How many batches there are.
        writes: Batch number → token of the write that counts.
        pages, chunks, tables, unreadable_pages: For the receipt.
        recipe: What it was made with (`domain.ingest.recipes`); empty where nobody knows.
        tried: Another recipe that its revision could not be built with, so that it stays.
        text: Under what its text is kept; None where that is the revision.
    """

    build: str
    revision: RevisionId
    title: str
    batches: int
    chunks: int
    pages: int | None = None
    tables: int = 0
    unreadable_pages: tuple[int, ...] = ()
    sidecar_title: str | None = None
    writes: Mapping[int, str] = field(default_factory=dict)
    recipe: str = ""
    tried: str = ""
    text: RevisionId | None = None

    @property
    def text_id(self) -> RevisionId:
        """What its chunks, and citations of them, name as their revision."""
        return self.text or self.revision

    @property
    def complete(self) -> bool:
        """Whether every batch is in the index."""
        return len(self.writes) == self.batches


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a document's newest revision is not searchable.

    Attributes:
        recipe: What it was tried with; empty where nobody knows.
    """

    code: FailureCode
    reason: str
    fix: str
    recipe: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """All that the registry knows of a document.

    Attributes:
        generation: Grows with every write of the record; a write names the one it read.
        status: Of the newest revision that was seen.
        revision: That revision; None once the document is deleted.
        active: What a query sees: None, or a complete build (perhaps of an older revision).
        pending: The build in progress, if any. Beside a `status` of indexed it is of the revision
            that is active, by another recipe.
        failure: Set while `status` is failed.
        deleted: The document is gone; its record stays as a tombstone until it is swept.
        sidecar: What the metadata sidecar says, None without one.
        audiences: Effective audiences, from rules and sidecar.
        received_at, searchable_since, activated_at, updated_at: Seconds since the epoch.
            `received_at` is when the newest revision was seen, or when it was built anew after it
            had come to an end. `searchable_since` is of the newest revision; `activated_at` changes
            whenever `active` does (also to None).
    """

    document: DocumentId
    status: DocumentStatus
    revision: RevisionId | None
    audiences: frozenset[str]
    received_at: float
    updated_at: float
    generation: int = 0
    active: Build | None = None
    pending: Build | None = None
    failure: Failure | None = None
    deleted: bool = False
    sidecar: SidecarMetadata | None = None
    searchable_since: float | None = None
    activated_at: float = 0.0

    @property
    def standing(self) -> Build | None:
        """The active build, where it is of the newest revision and bears the title wanted."""
        active = self.active
        wanted = (self.revision, self.sidecar_title)
        return active if active and (active.revision, active.sidecar_title) == wanted else None

    def is_outdated(self, recipe: str) -> bool:
        """Whether its newest revision is to be built anew: another recipe brought it to its end.

        Once a recipe: where that fails as well, it stays as it is.
        """
        if self.deleted:
            return False
        if self.status is DocumentStatus.FAILED:
            return self.failure is not None and self.failure.recipe != recipe
        active = self.active if self.status is DocumentStatus.INDEXED else None
        # Whoever builds anew may have died over it, after the worst was written down beforehand.
        return active is not None and (
            self.pending is not None or recipe not in (active.recipe, active.tried)
        )

    @property
    def own_audiences(self) -> frozenset[str] | None:
        """Whom its sidecar names (nobody, where that is broken); None where only rules decide."""
        if self.sidecar is None:
            return None
        return frozenset() if self.sidecar.error else self.sidecar.audience

    def shows(self, write: str) -> bool:
        """Whether a query may see the chunks of a write, by its token."""
        return not self.deleted and self.active is not None and write in self.active.writes.values()

    @property
    def builds(self) -> tuple[Build, ...]:
        """The builds that the record names: the active one, then the pending one."""
        return tuple(build for build in (self.active, self.pending) if build is not None)

    @property
    def sidecar_error(self) -> str | None:
        """Why its sidecar cannot be understood, and nobody may read it; None where it can."""
        return self.sidecar.error if self.sidecar else None

    @property
    def sidecar_title(self) -> str | None:
        """The title that the metadata sidecar gives, None where it gives none."""
        return self.sidecar.title if self.sidecar else None

    @property
    def retitled(self) -> bool:
        """Whether what is searchable has another title than the sidecar gives by now."""
        active = self.active if self.status is DocumentStatus.INDEXED else None
        return active is not None and active.sidecar_title != self.sidecar_title


@dataclass(frozen=True, slots=True)
class BatchReference:
    """What a message on the chunk queue carries: which batch, not its contents.

    Attributes:
        correlation: Of the event that led to the build; says nothing about which batch it is.
    """

    document: DocumentId
    revision: RevisionId
    build: str
    batch: int
    correlation: str = field(default="", compare=False)

    @property
    def journey(self) -> Journey:
        """What the batch belongs to."""
        return Journey(self.correlation, self.document, self.revision)

    def as_message(self) -> dict[str, str | int]:
        """The message's body, as JSON holds it."""
        return {
            "document": self.document,
            "revision": self.revision,
            "build": self.build,
            "batch": self.batch,
            "correlation": self.correlation,
        }

    @classmethod
    def of_message(cls, message: Mapping[str, Any]) -> BatchReference:
        """The batch that a message's body names."""
        return cls(
            document=DocumentId(message["document"]),
            revision=RevisionId(message["revision"]),
            build=message["build"],
            batch=message["batch"],
            correlation=message.get("correlation", ""),
        )

    def write_token(self, unique: str) -> str:
        """A token for one write of the batch.

        Args:
            unique: An id of this write alone.
        """
        return f"{self.build}.{self.batch}.{unique}"


def build_of_write(token: str) -> str:
    """The build whose batch a write token was made for."""
    return token.partition(".")[0]


@dataclass(frozen=True, slots=True)
class ChangeHint:
    """A key may have changed: all that an event from the bucket is trusted for.

    Attributes:
        again: A person asked for the newest revision to be built again.
        sweep: Nothing may have changed; look for superseded chunks of the document instead.
        correlation: What set it off.
    """

    key: str
    again: bool = False
    sweep: bool = False
    correlation: str = ""

    @property
    def journey(self) -> Journey:
        """What the hint belongs to."""
        return Journey(self.correlation, self.document)

    @property
    def document(self) -> DocumentId:
        """The document that the key, perhaps its sidecar's, is about."""
        return document_of_sidecar(self.key) if is_sidecar_key(self.key) else DocumentId(self.key)

    @classmethod
    def of_event(cls, event: Mapping[str, Any]) -> ChangeHint:
        """The hint in an event of the bucket, or in one of our own in the same shape.

        Raises:
            KeyError: It is neither.
        """
        detail = event["detail"]
        return cls(
            key=detail["object"]["key"],
            again=event["detail-type"] == RETRY_REQUESTED,
            sweep=event["detail-type"] == SWEEP_REQUESTED,
            correlation=detail.get("correlation-id") or event.get("id", ""),
        )


def document_of_message(body: str) -> DocumentId | None:
    """The document that a message of either queue is about; None where it names none."""
    try:
        message = json.loads(body)
        if "detail" in message:
            return ChangeHint.of_event(message).document
        return BatchReference.of_message(message).document
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class IndexingProgress:
    """How much of what the asker may read is searchable.

    Attributes:
        indexed: Documents whose newest revision is searchable.
        waiting: Documents received or in progress.
        failed: Documents that could not be ingested.
        more: Whether there are more of some of them than were counted.
        outdated: How many of the indexed ones are read anew, because another version read them.
    """

    indexed: int
    waiting: int
    failed: int
    more: bool = False
    outdated: int = 0

    @property
    def total(self) -> int:
        """All documents that were received."""
        return self.indexed + self.waiting + self.failed
