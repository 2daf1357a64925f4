"""From a staged batch of chunks to an index that answers with them: the embed function's work."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from wellread.domain.ingest import transitions
from wellread.domain.ingest.records import BatchReference, DocumentRecord, DocumentStatus
from wellread.domain.knowledge.deliveries import FIRST_ATTEMPT, Attempt
from wellread.domain.knowledge.documents import Chunk, IndexedChunk
from wellread.domain.knowledge.errors import IndexUnavailableError, ModelMismatchError
from wellread.domain.knowledge.journey import on_journey
from wellread.domain.knowledge.metrics import Metric
from wellread.ports.index import Lagging, VectorCache
from wellread.ports.models import Embedder, Vector
from wellread.ports.operations import Clock
from wellread.services.access.rules_in_force import Access
from wellread.services.ingest.endings import Endings
from wellread.services.ingest.ingest_ports import IngestionPorts
from wellread.services.knowledge.registry_records import Change, write

logger = logging.getLogger(__name__)


_LOOKS_SECONDS = (0.2, 0.3, 0.5, 1.0, 1.5, 1.5)
"""Between looks at whether a lagging index shows a build; then others are let in."""

_LOOK_AGAIN_SECONDS = 5.0
_SHOWN_WITHIN_SECONDS = 300.0
"""An index that does not show a build by then has lost some of it."""

_ENDED_WITHIN_SECONDS = 3600.0


class BatchEmbedding:
    """Embeds staged batches, indexes them, and makes a complete build the active one."""

    def __init__(
        self,
        ports: IngestionPorts,
        access: Access,
        embedder: Callable[[], Embedder | None],
        vectors: VectorCache,
        *,
        clock: Clock,
        new_id: Callable[[], str],
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Embed batches of these ports.

        Args:
            ports: What ingestion needs from the outside.
            access: Effective audiences.
            embedder: Gives the embedder whose vectors the index answers with, None where that one
                cannot be loaded (then chunks are searchable by their words until another model's
                vectors are there).
            vectors: The cache.
            clock: The time.
            new_id: Makes write tokens.
            sleep: Waits for so many seconds.
        """
        self._ports = ports
        self._access = access
        self._embedder = embedder
        self._vectors = vectors
        self._clock = clock
        self._new_id = new_id
        self._sleep = sleep
        self._endings = Endings(ports, access, clock=clock)

    def embed(self, batch: BatchReference, attempt: Attempt = FIRST_ATTEMPT) -> None:
        """Embed and index a batch; the last one of a build makes the build active.

        Args:
            batch: Which.
            attempt: An error of the last one ends the document as failed.

        Raises:
            TransientError: Nothing is lost; deliver the batch again.
        """
        with on_journey(
            correlation=batch.correlation, document=batch.document, revision=batch.revision
        ):
            try:
                self._embed(batch)
            except Exception:
                if attempt.last:
                    self._endings.give_up(batch.document, build=batch.build)
                raise

    def _embed(self, batch: BatchReference) -> None:
        record = self._waiting_for(batch)
        if record is None or record.pending is None:
            self._clear_up_again(batch)
            return
        if batch.batch not in record.pending.writes:
            chunks = self._ports.revisions.get_batch(batch)
            if chunks is None:
                if self._waiting_for(batch) is not None:
                    # Without its batch the build would never be complete.
                    self._ports.changes.put([batch.document], again=True)
                return
            token = batch.write_token(self._new_id())
            self._index(record, batch, token, chunks)
            written = write(
                self._ports.registry,
                batch.document,
                lambda current: (
                    current
                    and transitions.batch_written(
                        current, batch.build, batch.batch, token, self._clock()
                    )
                ),
            )
            if written is not None:
                self._ports.meter.add(Metric.CHUNKS_INDEXED, len(chunks))
        if self._is_shown(batch):
            self._activate(batch)

    def _clear_up_again(self, batch: BatchReference) -> None:
        """The build was superseded, or ended by another delivery, which may have died over it."""
        self._ports.revisions.drop(batch.document, build=batch.build)
        record = self._ports.registry.get(batch.document)
        if record is None or record.deleted or record.revision != batch.revision:
            return
        self._endings.tell(record)
        if record.active is not None and record.active.build == batch.build:
            self._endings.sweep_later(batch.document)  # what it took the place of
        if self._is_elsewhere(record):
            self._ports.changes.put([batch.document])

    def _is_shown(self, batch: BatchReference) -> bool:
        """Whether a search sees all of a complete build, so that it may become the active one.

        A lagging index is given a moment here, once, then some minutes on the queue. What it does
        not show then is lost, and the revision is built again, but not for ever.
        """
        index = self._ports.index
        if not isinstance(index, Lagging):
            return True
        record = self._waiting_for(batch)
        if record is None or record.pending is None:
            return True
        pending = record.pending
        if not pending.complete:
            return False
        writes = frozenset(pending.writes.values())
        # Only who completed it waits here: of an index that lags by a minute, a thousand documents
        # would keep all workers waiting otherwise.
        complete_for = self._clock() - record.updated_at
        waits = _LOOKS_SECONDS if complete_for < _LOOK_AGAIN_SECONDS else ()
        for seconds in (*waits, 0.0):
            if index.visible(batch.document, writes) >= pending.chunks:
                return True
            if seconds:
                self._sleep(seconds)
        now = self._clock()
        if now - record.updated_at < _SHOWN_WITHIN_SECONDS:
            self._ports.chunks.put([batch], delay_seconds=_LOOK_AGAIN_SECONDS)
        elif now - record.received_at < _ENDED_WITHIN_SECONDS:
            logger.warning("the index does not show a build: it is built again")
            self._ports.changes.put([batch.document], again=True)
        else:
            logger.error("the index does not show a build: it is given up")
            self._endings.give_up(batch.document, build=batch.build)
        return False

    def _waiting_for(self, batch: BatchReference) -> DocumentRecord | None:
        """The record of a document whose pending build the batch is of."""
        record = self._ports.registry.get(batch.document)
        pending = record.pending if record else None
        return record if pending and pending.build == batch.build else None

    def _index(
        self,
        record: DocumentRecord,
        batch: BatchReference,
        write_token: str,
        pieces: Sequence[Chunk],
    ) -> None:
        embedder = self._embedder()
        revision = record.pending.text_id if record.pending else batch.revision
        vectors: list[Vector | None] = [None] * len(pieces)
        if embedder is not None:
            vectors = list(self._vectors_of(embedder, pieces))
        entries = [
            IndexedChunk(
                document=batch.document,
                revision=revision,
                build=batch.build,
                write=write_token,
                chunk=piece,
                audiences=record.audiences,
                own=record.own_audiences,
                vector=vector,
            )
            for piece, vector in zip(pieces, vectors, strict=True)
        ]
        try:
            self._ports.index.add(entries, embedder.model_version if embedder else None)
        except ModelMismatchError as error:
            # The index went over to another embedder while these were embedded.
            raise IndexUnavailableError(str(error)) from error

    def _vectors_of(self, embedder: Embedder, chunks: Sequence[Chunk]) -> list[Vector]:
        hashes = [piece.content_hash for piece in chunks]
        known = self._vectors.get(embedder.model_version, hashes)
        missing = {
            content_hash: piece.embedded_text
            for content_hash, piece in zip(hashes, chunks, strict=True)
            if content_hash not in known
        }
        if missing:
            made = embedder.embed_documents(list(missing.values()))
            fresh = dict(zip(missing, made, strict=True))
            self._vectors.put(embedder.model_version, fresh)
            known = {**known, **fresh}
        return [known[content_hash] for content_hash in hashes]

    def _activate(self, batch: BatchReference) -> None:
        document = batch.document
        moved_on = False

        def step(record: DocumentRecord | None) -> DocumentRecord | None:
            nonlocal moved_on
            if record is None:
                return None
            # The access rules may have changed since they were written down.
            audiences = self._access.audiences_of(record)
            wanted = transitions.activated(record, batch.build, audiences, self._clock())
            if wanted is None:
                return None
            moved_on = self._is_elsewhere(record)
            return None if moved_on else wanted

        change = write(self._ports.registry, document, step)
        if change is not None:
            self._access.publish(document)
            # And once more: what came between the look before the switch and the switch itself.
            moved_on = self._is_elsewhere(change.after)
        if moved_on:
            self._ports.changes.put([document])
        if change is None:
            self._clean_up_after(batch)
            return
        self._endings.discard(change)
        self._ports.revisions.drop(document, build=batch.build)
        self._tell_indexed(change)

    def _is_elsewhere(self, record: DocumentRecord) -> bool:
        """Whether the bucket holds another revision than a record speaks of."""
        current = self._ports.store.current(record.document)
        return (current.revision if current else None) != record.revision

    def _tell_indexed(self, change: Change) -> None:
        if change.before and change.before.status is DocumentStatus.INDEXED:
            logger.info("document read anew")  # of which nobody has to be told
            self._ports.meter.add(Metric.DOCUMENTS_REBUILT, 1)
            return
        seconds = self._clock() - change.after.received_at
        logger.info("document indexed", extra={"seconds": round(seconds, 3)})
        self._ports.meter.add(Metric.DOCUMENTS_INDEXED, 1)
        self._ports.meter.add(Metric.SECONDS_TO_SEARCHABLE, seconds)
        self._endings.tell(change.after)

    def _clean_up_after(self, batch: BatchReference) -> None:
        """Delete the chunks just added where their build was superseded meanwhile."""
        record = self._ports.registry.get(batch.document)
        if batch.build not in [build.build for build in (record.builds if record else ())]:
            self._endings.sweep_later(batch.document)
            self._ports.index.delete(batch.document, frozenset({batch.build}))
