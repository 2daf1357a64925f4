"""Revisions' texts and staged batches in the state bucket."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from wellread.adapters.aws.s3_objects import StateBucket
from wellread.domain.ingest.records import BatchReference
from wellread.domain.knowledge.documents import (
    Chunk,
    DocumentId,
    ParsedText,
    RevisionId,
    document_digest,
)
from wellread.wire.stored_form import (
    pack_chunks,
    pack_parsed,
    unpack_chunks,
    unpack_parsed,
)

# Text shrinks to less than half at the fastest; a tenth less would take half as long again.
_LEVEL = 1


class S3RevisionStore:
    """A `RevisionStore`: `revisions/<document>/<revision>`, `staged/<document>/<build>/<batch>`.

    `LambdaParser` has outcomes written beside the batches, `staged/<document>/parsed/<token>`.
    `<document>` is the SHA-256 of its key, so that keys of any length and spelling have a place,
    and no document's name shows in the bucket. Whoever reads needs `s3:ListBucket` too: without
    it S3 refuses what it should say is missing.
    """

    def __init__(self, client: Any, bucket: str):
        """Keep texts and batches in this bucket, through a client of S3."""
        self._bucket = StateBucket(client, bucket)

    def put_text(self, document: DocumentId, revision: RevisionId, parsed: ParsedText) -> None:
        self._bucket.put(_text_key(document, revision), zlib.compress(pack_parsed(parsed), _LEVEL))

    def get_text(self, document: DocumentId, revision: RevisionId) -> ParsedText | None:
        data = self._bucket.get(_text_key(document, revision))
        return None if data is None else unpack_parsed(zlib.decompress(data))

    def put_batch(self, batch: BatchReference, chunks: Sequence[Chunk]) -> None:
        self._bucket.put(_batch_key(batch), zlib.compress(pack_chunks(chunks), _LEVEL))

    def get_batch(self, batch: BatchReference) -> Sequence[Chunk] | None:
        data = self._bucket.get(_batch_key(batch))
        return None if data is None else unpack_chunks(zlib.decompress(data))

    def drop(self, document: DocumentId, *, build: str | None = None) -> None:
        staged = f"staged/{document_digest(document)}/"
        if build is not None:
            self._bucket.delete(list(self._bucket.keys(f"{staged}{_escaped(build)}/")))
            return
        texts = self._bucket.keys(f"revisions/{document_digest(document)}/")
        self._bucket.delete([*self._bucket.keys(staged), *texts])


def _text_key(document: DocumentId, revision: RevisionId) -> str:
    return f"revisions/{document_digest(document)}/{_escaped(revision)}"


def _batch_key(batch: BatchReference) -> str:
    return f"staged/{document_digest(batch.document)}/{_escaped(batch.build)}/{batch.batch:06d}"


def _escaped(name: str) -> str:
    """A name as one part of a key."""
    return quote(name, safe="", errors="surrogatepass")
