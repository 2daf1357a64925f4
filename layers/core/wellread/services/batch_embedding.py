"""From a staged batch of chunks to an index that answers with them: the embed function's work."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from wellread.domain import transitions
from wellread.domain.documents import Chunk, IndexedChunk
from wellread.domain.errors import IndexUnavailableError, ModelMismatchError
from wellread.domain.ingest import BatchReference, DocumentRecord
from wellread.ports import Clock, Embedder, Vector, VectorCache
from wellread.services.access import Access
from wellread.services.ingestion import IngestionPorts
from wellread.services.registry_records import write

logger = logging.getLogger(__name__)


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
    ) -> None:
        """Work on these ports.

        Args:
            ports: What ingestion needs from the outside.
            access: Effective audiences.
            embedder: Gives the embedder whose vectors the index answers with, None where that one
                cannot be loaded (then chunks are searchable by their words until another model's
                vectors are there).
            vectors: The cache.
            clock: The time.
            new_id: Makes write tokens.
        """
        self._ports = ports
        self._access = access
        self._embedder = embedder
        self._vectors = vectors
        self._clock = clock
        self._new_id = new_id

    def embed(self, batch: BatchReference) -> None:
        """Embed and index a batch; the last one of a build makes the build active.

        Raises:
            TransientError: Nothing is lost; deliver the batch again.
        """
        record = self._waiting_for(batch)
        if record is None or record.pending is None:
            # Superseded, or done by another delivery, which may have died before it cleared up.
            self._ports.revisions.drop(batch.document, build=batch.build)
            return
        if batch.batch not in record.pending.writes:
            chunks = self._ports.revisions.get_batch(batch)
            if chunks is None:
                if self._waiting_for(batch) is not None:
                    # Without its batch the build would never be complete.
                    self._ports.changes.put([batch.document], again=True)
                return
            token = f"{batch.build}.{batch.batch}.{self._new_id()}"
            self._index(record, batch, token, chunks)
            write(
                self._ports.registry,
                batch.document,
                lambda current: (
                    current
                    and transitions.batch_written(
                        current, batch.build, batch.batch, token, self._clock()
                    )
                ),
            )
        self._activate(batch)

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
        vectors: list[Vector | None] = [None] * len(pieces)
        if embedder is not None:
            vectors = list(self._embed(embedder, pieces))
        entries = [
            IndexedChunk(
                document=batch.document,
                revision=batch.revision,
                build=batch.build,
                write=write_token,
                chunk=piece,
                audiences=record.audiences,
                by_rule=record.by_rule,
                vector=vector,
            )
            for piece, vector in zip(pieces, vectors, strict=True)
        ]
        try:
            self._ports.index.add(entries, embedder.model_version if embedder else None)
        except ModelMismatchError as error:
            # The index went over to another embedder while these were embedded.
            raise IndexUnavailableError(str(error)) from error

    def _embed(self, embedder: Embedder, chunks: Sequence[Chunk]) -> list[Vector]:
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
            current = self._ports.store.current(document)
            moved_on = current is None or current.revision != batch.revision
            return None if moved_on else wanted

        change = write(self._ports.registry, document, step)
        if change is not None:
            self._access.publish(document)
            if change.discarded_builds:
                self._ports.index.delete(document, change.discarded_builds)
            self._ports.revisions.drop(document, build=batch.build)
            logger.info(
                "document indexed",
                extra={
                    "document": document,
                    "revision": batch.revision,
                    "seconds": round(self._clock() - change.after.received_at, 3),
                },
            )
            # And once more: what came between the look before the switch and the switch itself.
            current = self._ports.store.current(document)
            moved_on = current is None or current.revision != batch.revision
        else:
            self._clean_up_after(batch)
        if moved_on:
            self._ports.changes.put([document])

    def _clean_up_after(self, batch: BatchReference) -> None:
        """Delete the chunks just added where their build was superseded meanwhile."""
        record = self._ports.registry.get(batch.document)
        if batch.build not in [build.build for build in (record.builds if record else ())]:
            self._ports.index.delete(batch.document, frozenset({batch.build}))
