"""From a hint that a key may have changed to chunks that a query can see.

`Ingestion.apply` is the chunk function's work, `BatchEmbedding.embed` the embed function's. Both
may be called again at any point for the same thing, in any order, and may die anywhere: the
registry's conditional writes decide what counts (docs/adr/0003, 0004).
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace

from wellread.domain.ingest import transitions
from wellread.domain.ingest.records import (
    ChangeHint,
    DocumentRecord,
    DocumentStatus,
)
from wellread.domain.knowledge.deliveries import FIRST_ATTEMPT, Attempt
from wellread.domain.knowledge.documents import (
    DocumentId,
    ObjectVersion,
    is_document_key,
)
from wellread.domain.knowledge.errors import (
    DocumentError,
    FailureCode,
    SupersededError,
    TransientError,
)
from wellread.domain.knowledge.journey import on_journey, reached
from wellread.domain.knowledge.metrics import Metric
from wellread.ports.ingest import DocumentParser
from wellread.ports.operations import Clock
from wellread.services.access.rules_in_force import Access
from wellread.services.access.sidecars import named_by, read_sidecar
from wellread.services.ingest.endings import Endings
from wellread.services.ingest.ingest_ports import IngestionPorts
from wellread.services.ingest.staging import Staging
from wellread.services.knowledge.registry_records import write

logger = logging.getLogger(__name__)

_WORTH_ANOTHER_TRY = frozenset({FailureCode.INTERNAL, FailureCode.UNREADABLE})

_LOOKS = 20
"""How often `apply` looks again at a key that keeps changing before redelivery takes over."""


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
        self._ports = ports
        self._access = access
        self._clock = clock
        self._endings = Endings(ports, access, clock=clock)
        self._staging = Staging(ports, parser, self._endings, clock=clock, new_id=new_id)

    def receive(self, key: str) -> None:
        """Register what the bucket holds under a key, before anything is done about it.

        A document that went, or that a sidecar restricts, is out of sight from here on, however
        many others wait to be read.

        Raises:
            TransientError: Try again.
        """
        self._observe_named(key)
        document = ChangeHint(key).document
        if is_document_key(document):
            with on_journey(document=document), contextlib.suppress(DocumentError):
                self._observe(document)  # what it raises, `apply` reports

    def apply(self, hint: ChangeHint, attempt: Attempt = FIRST_ATTEMPT) -> None:
        """Bring the registry up to what the bucket holds under a key.

        Args:
            hint: The key, and whether to build it even where it is indexed or has failed already.
            attempt: With the last one, the document's newest revision comes to an end.

        Raises:
            TransientError: Nothing is lost; deliver the hint again.
        """
        self._observe_named(hint.key)
        document = hint.document
        if not is_document_key(document):
            return
        with on_journey(document=document, correlation=hint.correlation):
            try:
                self._apply(document, replace(attempt, again=hint.again))
            except Exception:
                if attempt.last:
                    self._endings.give_up(document)
                raise

    def give_up(self, key: str) -> None:
        """End a document's newest revision as `internal`: its messages were tried often enough."""
        self._endings.give_up(ChangeHint(key).document)

    def _apply(self, document: DocumentId, attempt: Attempt) -> None:
        version: ObjectVersion | None = None
        for _ in range(_LOOKS):
            try:
                version, record = self._observe(document)
            except DocumentError as error:
                self._unreadable(document, error)
                return
            if version is None or record is None:
                # A restored object has the version id that it had: whoever saw it come back before
                # its removal was written down found nothing to do.
                if self._ports.store.current(document) is None:
                    return
                continue
            with contextlib.suppress(SupersededError):  # it changed while it was read
                self._ingest_or_fail(version, record, attempt)
                # An event is only a hint: what came while we worked is seen by this second look.
                after = self._ports.store.current(document)
                if after is not None and after.revision == version.revision:
                    return
                attempt = replace(attempt, again=False)
        if version is None or not attempt.last:
            raise SupersededError(f"{document!r} keeps changing; it is tried again.")
        self._endings.fail(
            version,
            DocumentError(
                FailureCode.UNREADABLE,
                "The file keeps changing while it is read.",
                "Let it come to rest; it is read again by itself then.",
            ),
        )

    def _observe_named(self, key: str) -> None:
        """Look at the documents that a key may be meant as the sidecar of, but is not named for."""
        with contextlib.suppress(DocumentError):
            for document in named_by(self._ports.store, key):
                with on_journey(document=document), contextlib.suppress(DocumentError):
                    self._observe(document)

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
            sidecar = read_sidecar(self._ports.store, document)
            audiences = self._access.audiences(document, sidecar)
            return transitions.received(record, version, sidecar, audiences, self._clock())

        change = write(self._ports.registry, document, step)
        if change is not None:
            known = change.after
            self._endings.discard(change)
            if known.deleted:
                logger.info("document removed")
                self._ports.meter.add(Metric.DOCUMENTS_REMOVED, 1)
        if version is not None:
            reached(version.revision)
        if known is not None and (known.active or known.pending):
            self._access.publish(document)
        return version, known

    def _ingest_or_fail(
        self, version: ObjectVersion, record: DocumentRecord, attempt: Attempt
    ) -> None:
        try:
            self._ingest(version, record, attempt)
        except DocumentError as error:
            self._endings.fail(version, error)
        except TransientError:
            raise  # whatever was away says nothing about the document
        except Exception:
            if not attempt.last:
                raise
            logger.exception("ingest failed")
            self._endings.fail(version, DocumentError(FailureCode.INTERNAL))

    def _ingest(self, version: ObjectVersion, known: DocumentRecord, attempt: Attempt) -> None:
        document = version.document
        if not attempt.again:
            if self._is_done(known):
                self._endings.tell(known)
                return
            if self._staging.resume(known):
                return
        if attempt.last:
            # Before it is tried, because a worker that is killed cannot say so any more.
            self._endings.fail(version, DocumentError(FailureCode.INTERNAL))
        elif attempt.again or known.standing is None:
            write(
                self._ports.registry,
                document,
                lambda record: record and transitions.processing(record, self._clock()),
            )
        self._staging.stage(version, known.sidecar_title, reuse=not attempt.again)

    def _is_done(self, record: DocumentRecord) -> bool:
        """Whether a record's newest revision has come to its end.

        What failed as `internal`, or because it might not be read, says nothing of what the
        document holds: another hint is another try.
        """
        if record.is_outdated(str(self._ports.recipe)):
            return False
        if record.status is DocumentStatus.FAILED:
            return record.failure is None or record.failure.code not in _WORTH_ANOTHER_TRY
        return record.status is DocumentStatus.INDEXED and record.standing is not None

    def _unreadable(self, document: DocumentId, error: DocumentError) -> None:
        error = self._ports.words.told(error)

        def step(record: DocumentRecord | None) -> DocumentRecord | None:
            sidecar = read_sidecar(self._ports.store, document)
            audiences = self._access.audiences(document, sidecar)
            refused = transitions.unreadable_record(
                record,
                document,
                error,
                sidecar,
                audiences,
                str(self._ports.recipe),
                self._clock(),
            )
            # Of no revision: the one that may be looked at some day, however old, is a new one.
            return replace(refused, revision=None)

        self._endings.failed(document, write(self._ports.registry, document, step), error)
