"""Deleting what counts for nothing any more: superseded chunks, deleted documents' texts."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence

from wellread.domain.ingest.reconciliation import Patience
from wellread.domain.ingest.records import DocumentRecord, build_of_write
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError, InvalidConfigurationError
from wellread.domain.knowledge.journey import on_journey
from wellread.ports.ask import Erasable
from wellread.ports.index import IndexedDocument, Inventoried, Sweepable
from wellread.ports.operations import Clock
from wellread.services.access.rules_in_force import Access
from wellread.services.ingest.endings import Endings
from wellread.services.ingest.ingest_ports import IngestionPorts
from wellread.services.knowledge.registry_records import every_record

logger = logging.getLogger(__name__)

STRAGGLER_SECONDS = 900.0
"""A write that nobody counted is given up for lost after this: no worker runs longer."""


class Sweeping:
    """Finds what crashed or lagging writers left, and what deleted documents leave in the end."""

    def __init__(
        self,
        ports: IngestionPorts,
        access: Access,
        *,
        clock: Clock,
        patience: Patience | None = None,
        erasables: Sequence[Erasable] = (),
    ) -> None:
        """Sweep what these ports hold.

        Args:
            ports: What ingest works on.
            access: Who may read what.
            clock: The time.
            patience: How long things may take.
            erasables: What else keeps words of documents, which go when the revisions do.
        """
        self._ports = ports
        self._access = access
        self._clock = clock
        self._patience = patience or Patience()
        self._erasables = erasables
        self._endings = Endings(ports, access, clock=clock)

    def sweep(
        self, *, straggler_seconds: float = STRAGGLER_SECONDS, grace_seconds: float | None = None
    ) -> None:
        """Sweep every document: for a knowledge base of a laptop's size.

        Args:
            straggler_seconds: Chunks that count for nothing are deleted once they are this old.
            grace_seconds: A deleted document's words and record are kept this long.
        """
        if grace_seconds is None:
            grace_seconds = self._patience.grace_seconds
        before = self._clock() - straggler_seconds
        with contextlib.suppress(InvalidConfigurationError):  # those who ask are told
            self._access.refresh()  # so that nobody who asks waits for it, or could tell from it
        for record in every_record(self._ports.registry):
            self._sweep_stragglers(record.document, record, before)
            if record.active is not None:
                self._access.publish(record.document)
        for record in every_record(self._ports.registry, deleted=True):
            self._sweep_stragglers(record.document, record, before)
            self._forget(record, grace_seconds)

    def sweep_document(
        self, document: DocumentId, *, straggler_seconds: float = STRAGGLER_SECONDS
    ) -> None:
        """Delete a document's chunks that count for nothing, known to the registry or not.

        Chunks of a build that the record does not name are of no use to anybody, however young:
        every build is named before its first chunk is written. Of a build that it names, a write
        that does not count may be about to; it is looked at again once it is old enough.

        Raises:
            TransientError: Try again.
        """
        with on_journey(document=document):
            seen = self._seen(document)  # before the record, which may name newer builds
            record = self._ports.registry.get(document)
            named = frozenset(build.build for build in (record.builds if record else ()))
            dead = frozenset(map(build_of_write, seen)) - named
            if dead:
                deleted = self._ports.index.delete(document, dead)
                logger.info("superseded chunks deleted", extra={"chunks": deleted})
            self._sweep_stragglers(document, record, self._clock() - straggler_seconds)
            if record is None:
                return
            if record.deleted:
                self._forget(record, self._patience.grace_seconds)
                return
            if self._patience.is_hopeless(record, self._clock()):
                self._endings.give_up(document)
                return
            if record.active is not None:
                self._access.publish(document)
            uncounted = {token for token in seen if build_of_write(token) in named}
            if uncounted - _counted(record) and record.pending is None:
                self._ports.changes.sweep([document], delay_seconds=straggler_seconds)

    def _forget(self, record: DocumentRecord, grace_seconds: float) -> None:
        """Remove a deleted document's words, everywhere, and its record, unless it came back."""
        if record.updated_at > self._clock() - grace_seconds:
            return
        try:
            record = self._ports.registry.put(record)
        except ConflictError:
            return
        self._ports.revisions.drop(record.document)
        for each in self._erasables:
            each.erase(record.document)
        try:
            self._ports.registry.remove(record)
        except ConflictError:
            # It came back in between, and may have lost what was read of it.
            self._ports.changes.put([record.document], again=True)

    def _seen(self, document: DocumentId) -> frozenset[str]:
        """Tokens of the writes whose chunks the index shows, where it can say."""
        index = self._ports.index
        if not isinstance(index, Inventoried):
            return frozenset()
        found: IndexedDocument | None = index.inventory_of([document]).get(document)
        return frozenset(found.writes) if found else frozenset()

    def _sweep_stragglers(
        self, document: DocumentId, record: DocumentRecord | None, before: float
    ) -> None:
        if isinstance(self._ports.index, Sweepable):
            self._ports.index.sweep(document, keep=_counted(record), before=before)


def _counted(record: DocumentRecord | None) -> frozenset[str]:
    builds = record.builds if record else ()
    return frozenset(token for build in builds for token in build.writes.values())
