"""From a hint that a key may have changed to chunks that a query can see.

`Ingestion.apply` is the chunk function's work, `BatchEmbedding.embed` the embed function's. Both
may be called again at any point for the same thing, in any order, and may die anywhere: the
registry's conditional writes decide what counts (docs/adr/0003, 0004).
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from wellread.domain import transitions
from wellread.domain.access import SidecarMetadata, parse_sidecar
from wellread.domain.chunking import chunk
from wellread.domain.documents import (
    DocumentId,
    ObjectVersion,
    ParsedText,
    document_of_sidecar,
    is_document_key,
    is_sidecar_key,
    sidecar_key,
)
from wellread.domain.errors import (
    ConflictError,
    DocumentError,
    FailureCode,
    SupersededError,
    TransientError,
)
from wellread.domain.ingest import (
    BatchReference,
    Build,
    ChangeHint,
    DocumentRecord,
    DocumentStatus,
)
from wellread.ports import (
    ChangeQueue,
    ChunkQueue,
    Clock,
    DocumentParser,
    DocumentRegistry,
    DocumentStore,
    PassageIndex,
    RevisionStore,
    Sweepable,
)
from wellread.services.access import Access
from wellread.services.registry_records import Change, every_record, write

logger = logging.getLogger(__name__)

BATCH_CHUNKS = 48
"""Chunks in a batch: about two seconds of embedding, so that a redelivery costs little."""

MAX_SIDECAR_BYTES = 100_000

_LOOKS = 20
"""How often `apply` looks again at a key that keeps changing before redelivery takes over."""


@dataclass(frozen=True, slots=True)
class IngestionPorts:
    """What ingestion needs from the outside."""

    store: DocumentStore
    registry: DocumentRegistry
    revisions: RevisionStore
    changes: ChangeQueue
    chunks: ChunkQueue
    index: PassageIndex


class Ingestion:
    """Reads what the bucket holds now and stages it for embedding."""

    def __init__(
        self,
        ports: IngestionPorts,
        access: Access,
        parser: DocumentParser,
        *,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        """Work on these ports; nothing is opened yet."""
        self._ports = ports
        self._access = access
        self._parser = parser
        self._clock = clock
        self._new_id = new_id

    def receive(self, key: str) -> None:
        """Register what the bucket holds under a key, before anything is done about it.

        A document that went, or that a sidecar restricts, is out of sight from here on, however
        many others wait to be read.

        Raises:
            TransientError: Try again.
        """
        document = _document_of(key)
        if is_document_key(document):
            with contextlib.suppress(DocumentError):  # `apply` reports it
                self._observe(document)

    def apply(self, hint: ChangeHint, *, last_attempt: bool = False) -> None:
        """Bring the registry up to what the bucket holds under a key.

        Args:
            hint: The key, and whether to build it even where it is indexed or has failed already.
            last_attempt: An unexpected error ends as `internal` rather than in another delivery.

        Raises:
            TransientError: Nothing is lost; deliver the hint again.
        """
        document = _document_of(hint.key)
        if not is_document_key(document):
            return
        again = hint.again
        version: ObjectVersion | None = None
        for _ in range(_LOOKS):
            try:
                version, record = self._observe(document)
            except DocumentError as error:
                self._unreadable(document, error)
                return
            if version is None or record is None:
                return
            with contextlib.suppress(SupersededError):  # it changed while it was read
                self._ingest_or_fail(version, record, again=again, last_attempt=last_attempt)
                # An event is only a hint: what came while we worked is seen by this second look.
                after = self._ports.store.current(document)
                if after is not None and after.revision == version.revision:
                    return
                again = False
        if version is None or not last_attempt:
            raise SupersededError(f"{document!r} keeps changing; it is tried again.")
        self._fail(
            version,
            DocumentError(
                FailureCode.UNREADABLE,
                "The file keeps changing while it is read.",
                "Let it come to rest; it is read again by itself then.",
            ),
        )

    def give_up(self, key: str) -> None:
        """End a document's newest revision as `internal`: its messages were tried often enough."""
        document = _document_of(key)
        now = self._clock()
        error = DocumentError(FailureCode.INTERNAL)

        def step(record: DocumentRecord | None) -> DocumentRecord | None:
            if record is None or record.deleted:
                return None
            if record.status in (DocumentStatus.INDEXED, DocumentStatus.FAILED):
                return None
            audiences = self._access.audiences_of(record)
            return transitions.unreadable_record(
                record, document, error, record.sidecar, audiences, now
            )

        change = write(self._ports.registry, document, step)
        if change is not None:
            self._discard(change)

    def sweep(self, *, straggler_seconds: float = 900.0, grace_seconds: float = 86_400.0) -> None:
        """Delete what crashed writers left, and what deleted documents leave after a grace time.

        Args:
            straggler_seconds: Chunks that count for nothing are deleted once they are this old.
            grace_seconds: A deleted document's revisions and record are kept this long.
        """
        now = self._clock()
        for record in every_record(self._ports.registry):
            self._sweep_chunks(record, now - straggler_seconds)
            if record.active is not None:
                self._access.publish(record.document)
        for record in every_record(self._ports.registry, deleted=True):
            self._sweep_chunks(record, now - straggler_seconds)
            if record.updated_at <= now - grace_seconds:
                self._forget(record)

    def _forget(self, record: DocumentRecord) -> None:
        """Remove a deleted document's revisions and record, unless it came back."""
        try:
            record = self._ports.registry.put(record)
        except ConflictError:
            return
        self._ports.revisions.drop(record.document)
        try:
            self._ports.registry.remove(record)
        except ConflictError:
            # It came back in between, and may have lost what was read of it.
            self._ports.changes.put([record.document], again=True)

    def _sweep_chunks(self, record: DocumentRecord, before: float) -> None:
        index = self._ports.index
        if isinstance(index, Sweepable):
            keep = frozenset(token for build in record.builds for token in build.writes.values())
            index.sweep(record.document, keep=keep, before=before)

    def _observe(self, document: DocumentId) -> tuple[ObjectVersion | None, DocumentRecord | None]:
        """Look at the bucket and write down what it holds, None where it holds nothing."""
        version: ObjectVersion | None = None
        known: DocumentRecord | None = None

        def step(record: DocumentRecord | None) -> DocumentRecord | None:
            nonlocal version, known
            known = record
            version = self._ports.store.current(document)
            if version is None:
                return record and transitions.removed(record, self._clock())
            sidecar = self._read_sidecar(document)
            audiences = self._access.audiences(document, sidecar)
            return transitions.received(record, version, sidecar, audiences, self._clock())

        change = write(self._ports.registry, document, step)
        if change is not None:
            known = change.after
            self._discard(change)
            if known.deleted:
                logger.info("document removed", extra={"document": document})
        if known is not None and (known.active or known.pending):
            self._access.publish(document)
        return version, known

    def _discard(self, change: Change) -> None:
        """Delete what builds left that a record named before a change and names no more."""
        if not change.discarded_builds:
            return
        document = change.after.document
        self._ports.index.delete(document, change.discarded_builds)
        for build in change.discarded_builds:
            self._ports.revisions.drop(document, build=build)

    def _ingest_or_fail(
        self, version: ObjectVersion, record: DocumentRecord, *, again: bool, last_attempt: bool
    ) -> None:
        try:
            self._ingest(version, record, again=again)
        except DocumentError as error:
            self._fail(version, error)
        except TransientError:
            raise  # whatever was away says nothing about the document
        except Exception:
            if not last_attempt:
                raise
            logger.exception("ingest failed", extra=_about(version))
            self._fail(version, DocumentError(FailureCode.INTERNAL))

    def _ingest(self, version: ObjectVersion, known: DocumentRecord, *, again: bool) -> None:
        document = version.document
        if not again and (self._is_done(known) or self._resume(known, version)):
            return
        write(
            self._ports.registry,
            document,
            lambda record: record and transitions.processing(record, self._clock()),
        )
        logger.info("reading document", extra=_about(version))
        parsed = self._parsed(version, reuse=not again)
        self._stage(version, parsed, known.sidecar_title)

    def _is_done(self, record: DocumentRecord) -> bool:
        if record.status is DocumentStatus.FAILED:
            return True
        active = record.active
        return (
            record.status is DocumentStatus.INDEXED
            and active is not None
            and active.revision == record.revision
            and active.sidecar_title == record.sidecar_title
        )

    def _resume(self, record: DocumentRecord, version: ObjectVersion) -> bool:
        """Enqueue the missing batches of a build that another delivery staged."""
        pending = record.pending
        if pending is None or pending.revision != version.revision:
            return False
        if pending.sidecar_title != record.sidecar_title:
            return False
        waiting = [
            BatchReference(record.document, pending.revision, pending.build, number)
            for number in range(pending.batches)
            # A complete build that was not made active yet wants one more delivery of its last.
            if number not in pending.writes or pending.complete
        ]
        self._ports.chunks.put(waiting)
        return True

    def _parsed(self, version: ObjectVersion, *, reuse: bool) -> ParsedText:
        stored = (
            self._ports.revisions.get_text(version.document, version.revision) if reuse else None
        )
        if stored is not None:
            return stored
        data = self._ports.store.read(version)
        parsed = self._parser.parse(version.document.rsplit("/", 1)[-1], data)
        self._ports.revisions.put_text(version.document, version.revision, parsed)
        return parsed

    def _stage(self, version: ObjectVersion, parsed: ParsedText, sidecar_title: str | None) -> None:
        document = version.document
        title = sidecar_title or parsed.title or _name_as_title(document)
        chunks = chunk(parsed, title)
        if not chunks:
            raise DocumentError(FailureCode.NO_TEXT)
        build = Build(
            build=self._new_id(),
            revision=version.revision,
            title=title,
            sidecar_title=sidecar_title,
            batches=-(-len(chunks) // BATCH_CHUNKS),
            chunks=len(chunks),
            pages=len(parsed.pages) or None,
            tables=parsed.tables,
            unreadable_pages=parsed.unreadable_pages,
        )
        references = []
        for number in range(build.batches):
            reference = BatchReference(document, version.revision, build.build, number)
            batch = chunks[number * BATCH_CHUNKS : (number + 1) * BATCH_CHUNKS]
            self._ports.revisions.put_batch(reference, batch)
            references.append(reference)
        started = write(
            self._ports.registry,
            document,
            lambda record: record and transitions.build_started(record, build, self._clock()),
        )
        if started is None:
            self._ports.revisions.drop(document, build=build.build)
            return
        self._discard(started)
        self._ports.chunks.put(references)
        logger.info("document staged", extra={**_about(version), "chunks": len(chunks)})

    def _read_sidecar(self, document: DocumentId) -> SidecarMetadata | None:
        key = sidecar_key(document)
        try:
            version = self._ports.store.current(key)
            if version is None:
                return None
            if version.size > MAX_SIDECAR_BYTES:
                return SidecarMetadata(error="The metadata sidecar is larger than 100 kB.")
            return parse_sidecar(self._ports.store.read(version))
        except DocumentError as error:
            return SidecarMetadata(error=f"The metadata sidecar cannot be read. {error.fix}")

    def _fail(self, version: ObjectVersion, error: DocumentError) -> None:
        change = write(
            self._ports.registry,
            version.document,
            lambda record: record and transitions.failed(record, version, error, self._clock()),
        )
        if change is not None:
            self._discard(change)
            logger.info("document failed", extra={**_about(version), "code": error.code})

    def _unreadable(self, document: DocumentId, error: DocumentError) -> None:
        def step(record: DocumentRecord | None) -> DocumentRecord | None:
            sidecar = self._read_sidecar(document)
            audiences = self._access.audiences(document, sidecar)
            return transitions.unreadable_record(
                record, document, error, sidecar, audiences, self._clock()
            )

        change = write(self._ports.registry, document, step)
        if change is not None:
            self._discard(change)
        logger.info("document unreadable", extra={"document": document, "code": error.code})


def _document_of(key: str) -> DocumentId:
    return document_of_sidecar(key) if is_sidecar_key(key) else DocumentId(key)


def _about(version: ObjectVersion) -> dict[str, str]:
    return {"document": version.document, "revision": version.revision}


def _name_as_title(document: DocumentId) -> str:
    name = document.rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0] if "." in name else name
    return " ".join(stem.replace("_", " ").split())
