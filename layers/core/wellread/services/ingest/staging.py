"""From a revision to batches of chunks that wait to be embedded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from wellread.domain.ingest import transitions
from wellread.domain.ingest.chunking import chunk
from wellread.domain.ingest.records import BatchReference, Build, DocumentRecord
from wellread.domain.knowledge.documents import (
    DocumentId,
    ObjectVersion,
    ParsedText,
    RevisionId,
    sidecar_key,
)
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.domain.knowledge.journey import present
from wellread.domain.text.harmless import as_it_is
from wellread.domain.text.names import plain_name
from wellread.ports.ingest import DocumentParser
from wellread.ports.operations import Clock
from wellread.services.access.sidecars import named_by
from wellread.services.ingest.endings import Endings
from wellread.services.ingest.ingest_ports import IngestionPorts
from wellread.services.knowledge.registry_records import write

logger = logging.getLogger(__name__)

BATCH_CHUNKS = 48
"""Chunks in a batch: about two seconds of embedding, so that a redelivery costs little."""


class Staging:
    """Reads revisions and stages what they say as builds."""

    def __init__(
        self,
        ports: IngestionPorts,
        parser: DocumentParser,
        endings: Endings,
        *,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._ports = ports
        self._parser = parser
        self._endings = endings
        self._clock = clock
        self._new_id = new_id

    def stage(self, version: ObjectVersion, sidecar_title: str | None, *, reuse: bool) -> None:
        """Read a revision, cut it up, and enqueue its batches, unless it is not wanted any more.

        Args:
            version: Which.
            sidecar_title: Goes before the title that it gives itself.
            reuse: Whether a text that is kept will do.

        Raises:
            DocumentError: It cannot be read, or has no text.
            SupersededError: The object is no longer at that version.
            TransientError: Try again.
        """
        logger.info("reading document")
        document = version.document
        text_id, parsed = self._parsed(version, reuse=reuse)
        given = (plain_name(name, as_it_is) for name in (sidecar_title or "", parsed.title))
        title = next(filter(None, given), _name_as_title(document))
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
            recipe=str(self._ports.recipe),
            text=None if text_id == version.revision else text_id,
        )
        references = []
        for number in range(build.batches):
            reference = _reference(document, build, number)
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
        self._endings.discard(started)
        self._ports.chunks.put(references)
        logger.info("document staged", extra={"chunks": len(chunks), "batches": build.batches})

    def resume(self, record: DocumentRecord) -> bool:
        """Enqueue the missing batches of a build that another delivery staged.

        Returns:
            Whether there is one of what is wanted now.
        """
        pending = record.pending
        wanted = (record.revision, record.sidecar_title, str(self._ports.recipe))
        if pending is None or (pending.revision, pending.sidecar_title, pending.recipe) != wanted:
            return False
        missing = [number for number in range(pending.batches) if number not in pending.writes]
        # A complete build that was not made active yet wants one more delivery of any batch.
        self._ports.chunks.put(
            [_reference(record.document, pending, number) for number in missing or [0]]
        )
        return True

    def _parsed(self, version: ObjectVersion, *, reuse: bool) -> tuple[RevisionId, ParsedText]:
        """A revision's text, and under what it is kept.

        What another version of the parser read is quoted until the new build is active, and by
        answers of the past, so it stays beside.
        """
        recipe, revisions = self._ports.recipe, self._ports.revisions
        document, text_id = version.document, version.revision
        stored = revisions.get_text(document, text_id)
        if stored is not None and stored.parser != recipe.parser:
            text_id = recipe.text_id(version.revision)
            stored = revisions.get_text(document, text_id)
        if stored is None or not reuse:
            self._refuse_sidecar(document)
            stored = replace(self._parser.parse(version), parser=recipe.parser)
            revisions.put_text(document, text_id, stored)
        return text_id, stored

    def _refuse_sidecar(self, document: DocumentId) -> None:
        """Keep what is meant as a sidecar from being read as a document, audiences and all."""
        if document.lower().endswith(".json"):
            for other in named_by(self._ports.store, document)[:1]:
                raise DocumentError(
                    FailureCode.UNSUPPORTED,
                    f"The file seems to be meant as the metadata sidecar of {other}.",
                    f"Name it {sidecar_key(other)}, or quite otherwise.",
                )


def _reference(document: DocumentId, build: Build, number: int) -> BatchReference:
    return BatchReference(
        document, build.revision, build.build, number, correlation=present().correlation or ""
    )


def _name_as_title(document: DocumentId) -> str:
    name = document.rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0] if "." in name else name
    return " ".join(stem.replace("_", " ").split())
