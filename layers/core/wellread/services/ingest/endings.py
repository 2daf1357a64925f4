"""How a revision comes to its end: indexed, failed or removed, and its receipt.

A receipt is published after the registry says how it ended, and again by every delivery that finds
the work done: whoever dies in between leaves a message that is delivered again. So it is told at
least once, and its id is the same every time.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from wellread.domain.ingest import transitions
from wellread.domain.ingest.receipts import receipt_of
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import DocumentId, ObjectVersion
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.domain.knowledge.journey import on_journey
from wellread.domain.knowledge.metrics import Metric
from wellread.ports.index import Lagging
from wellread.ports.operations import Clock
from wellread.services.access.rules_in_force import Access
from wellread.services.ingest.ingest_ports import IngestionPorts
from wellread.services.knowledge.registry_records import Change, write

logger = logging.getLogger(__name__)


class Endings:
    """Ends revisions, and clears up after builds that count no more."""

    def __init__(self, ports: IngestionPorts, access: Access, *, clock: Clock) -> None:
        self._ports = ports
        self._access = access
        self._clock = clock
        self._recipe = str(ports.recipe)

    def fail(self, version: ObjectVersion, error: DocumentError) -> None:
        """End a revision as failed, unless something newer happened.

        Raises:
            TransientError: Deliver again what led to it.
        """
        error = self._ports.words.told(error)
        change = write(
            self._ports.registry,
            version.document,
            lambda record: (
                record
                and transitions.failed(record, version.revision, error, self._recipe, self._clock())
            ),
        )
        self.failed(version.document, change, error)

    def give_up(self, document: DocumentId, *, build: str | None = None) -> None:
        """End a document's newest revision as `internal`: its messages were tried often enough.

        Args:
            document: Which; nothing happens where it has come to an end.
            build: Only while this build is the one in progress.
        """
        error = DocumentError(FailureCode.INTERNAL)

        def step(record: DocumentRecord | None) -> DocumentRecord | None:
            if record is None or record.status is DocumentStatus.FAILED:
                return None
            if record.status is DocumentStatus.INDEXED and record.pending is None:
                return None
            if build is not None and (record.pending is None or record.pending.build != build):
                return None
            known = replace(record, audiences=self._access.audiences_of(record))
            return transitions.failed(known, record.revision, error, self._recipe, self._clock())

        self.failed(document, write(self._ports.registry, document, step), error)

    def failed(self, document: DocumentId, change: Change | None, error: DocumentError) -> None:
        """Tell and clear up after a write that ended a document as failed.

        Args:
            document: Which.
            change: The write; None where it did not apply: it may have ended before.
            error: Why it failed.
        """
        if change is None:
            record = self._ports.registry.get(document)
            if record is not None:
                self.tell(record)
            return
        stays = change.after.status is DocumentStatus.INDEXED
        with on_journey(document=document, revision=change.after.revision):
            message = "document stays as another version read it" if stays else "document failed"
            logger.info(message, extra={"code": error.code.value})
        if not stays:
            self._ports.meter.add(Metric.DOCUMENTS_FAILED, 1)
            self.tell(change.after)
        self.discard(change)

    def tell(self, record: DocumentRecord) -> None:
        """Publish a record's receipt, where its newest revision has come to an end.

        Raises:
            TransientError: It could not be told.
        """
        receipt = receipt_of(record, self._ports.words)
        if receipt is not None:
            self._ports.receipts.publish(receipt)

    def discard(self, change: Change) -> None:
        """Delete what builds left that a record named before a change and names no more."""
        if not change.discarded_builds:
            return
        document = change.after.document
        # First: whoever dies before the deletion leaves this behind.
        self.sweep_later(document)
        self._ports.index.delete(document, change.discarded_builds)
        for build in change.discarded_builds:
            self._ports.revisions.drop(document, build=build)

    def sweep_later(self, document: DocumentId) -> None:
        """Have a document's superseded chunks looked for once the index shows all of them."""
        index = self._ports.index
        if isinstance(index, Lagging):
            self._ports.changes.sweep([document], delay_seconds=index.lag_seconds)
