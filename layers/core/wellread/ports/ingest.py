"""Where documents are, what is known of them, and what tells of their changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar, runtime_checkable

from wellread.domain.access.scope import Scope
from wellread.domain.ingest.receipts import Receipt
from wellread.domain.ingest.records import BatchReference, DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import (
    Chunk,
    DocumentId,
    ObjectVersion,
    ParsedText,
    RevisionId,
)

_Seen = TypeVar("_Seen")


class DocumentStore(Protocol):
    """The bucket: what documents there are and what they hold. The truth about the present."""

    def current(self, key: str) -> ObjectVersion | None:
        """What the bucket holds under a key now; None where there is nothing (any more).

        Raises:
            DocumentError: `unreadable`: it is there but cannot be looked at.
        """

    def read(self, version: ObjectVersion) -> bytes:
        """The content of exactly that version.

        Raises:
            SupersededError: The object is no longer at that version (changed, deleted, or growing
                while it was read).
            DocumentError: `unreadable` (permissions) or `too_large`.
        """

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[ObjectVersion]:
        """Everything under a prefix, sidecars included, in key order: what comes after a key."""

    def beside(self, document: DocumentId) -> Sequence[str]:
        """The keys of its folder that begin as this one does up to the first "." of its name.

        A key that differs from that in case only may be among them.
        """


class DocumentDrop(Protocol):
    """The bucket, as somebody puts a file into it."""

    def put(self, key: str, data: bytes) -> object:
        """Put a document or a sidecar there, whole or not at all, in place of what was there.

        Raises:
            DocumentError: `unsupported`: no such key can be a document; `too_large`; `unreadable`:
                it cannot be written there.
            TransientError: Try again.
        """


@runtime_checkable
class GroupedLooks(Protocol):
    """A store of which several looks take less than one after another."""

    def side_by_side(
        self, look: Callable[[DocumentId], _Seen], documents: Sequence[DocumentId]
    ) -> Sequence[_Seen]:
        """Look at several documents, together: in what way is the store's affair.

        Args:
            look: Asks this store about a document, from whatever thread.
            documents: Which.

        Returns:
            What was seen of each, in order. An error of a look is raised.
        """


class DocumentRegistry(Protocol):
    """One record a document, written only on condition that nobody wrote it meanwhile."""

    def get(self, document: DocumentId) -> DocumentRecord | None:
        """The document's record, a tombstone included."""

    def get_many(self, documents: Sequence[DocumentId]) -> dict[DocumentId, DocumentRecord]:
        """The records of those documents that have one."""

    def put(self, record: DocumentRecord) -> DocumentRecord:
        """Write a record whose `generation` is the one that was read (0: it must not exist yet).

        Returns:
            The record as written, with its new generation.

        Raises:
            ConflictError: The stored record has another generation; read it again.
        """

    def list(
        self,
        *,
        status: DocumentStatus | None = None,
        after: str = "",
        limit: int = 100,
        deleted: bool = False,
    ) -> Sequence[DocumentRecord]:
        """Records in key order, those after a key: tombstones only, or none."""

    def remove(self, record: DocumentRecord) -> None:
        """Forget a document on the same condition as `put`."""


class RecordListing(Protocol):
    """Looking through a registry without reading all of it."""

    def list_for(
        self,
        scope: Scope,
        *,
        status: DocumentStatus | None = None,
        after: str = "",
        limit: int = 100,
    ) -> Sequence[DocumentRecord]:
        """Records, without tombstones, that a scope permits, as far as the registry knows.

        In key order, keys compared in their composed form (NFC). What is read to find them is about
        as much as is returned, however many there are that the scope does not permit.
        """

    def counts(self) -> Mapping[tuple[DocumentStatus, frozenset[str]], int]:
        """How many records (tombstones left out) have each status and audiences."""


class RevisionStore(Protocol):
    """What ingest keeps of a revision: its text, for good; its batches, until they are indexed."""

    def put_text(self, document: DocumentId, revision: RevisionId, parsed: ParsedText) -> None:
        """Keep a revision's text; the same revision again replaces it."""

    def get_text(self, document: DocumentId, revision: RevisionId) -> ParsedText | None:
        """A revision's text, None where it is not kept."""

    def put_batch(self, batch: BatchReference, chunks: Sequence[Chunk]) -> None:
        """Stage a batch of chunks for embed."""

    def get_batch(self, batch: BatchReference) -> Sequence[Chunk] | None:
        """A staged batch, None once it was dropped."""

    def drop(self, document: DocumentId, *, build: str | None = None) -> None:
        """Forget a document's staged batches and texts, or the batches of one build alone."""


class ChunkQueue(Protocol):
    """From chunk to embed."""

    def put(self, batches: Sequence[BatchReference], *, delay_seconds: float = 0.0) -> None:
        """Enqueue batches; delivered at least once, in any order.

        Args:
            batches: Which.
            delay_seconds: None is delivered before; a queue that cannot wait so long waits less.
        """


class ChangeQueue(Protocol):
    """From the bucket (or a person's retry) to chunk."""

    def put(self, keys: Sequence[str], *, again: bool = False) -> None:
        """Enqueue the hint that these keys may have changed.

        Args:
            keys: Which.
            again: Build their newest revisions again even where they did not change.
        """

    def sweep(self, documents: Sequence[DocumentId], *, delay_seconds: float) -> None:
        """Enqueue that these documents' superseded chunks are looked for, after a delay.

        Args:
            documents: Whose.
            delay_seconds: As `ChunkQueue.put` takes it.
        """


class Redelivery(Protocol):
    """When a message that could not be handled is delivered again."""

    def postpone(self, queue: str, delivery: str, seconds: float) -> None:
        """Have it delivered again after so long. Without success it is, some time or other.

        Args:
            queue: The name of the queue that delivered it.
            delivery: What the queue calls this delivery.
            seconds: From now; a queue that cannot wait so long waits less.
        """


class ReceiptSink(Protocol):
    """Where people and programs are told what became of a dropped file."""

    def publish(self, receipt: Receipt) -> None:
        """Tell it, at least once.

        Raises:
            TransientError: It could not be told; deliver again what led to it.
        """


class DocumentParser(Protocol):
    """From what the bucket holds to its text, safely."""

    def parse(self, version: ObjectVersion) -> ParsedText:
        """The text of exactly that version, whatever its file does to its reader.

        Raises:
            SupersededError: The object is no longer at that version.
            TransientError: Nothing was learnt about the file.
            DocumentError: With the code that says why there is no text.
        """


class FileParser(Protocol):
    """Bytes to text, safely."""

    @property
    def version(self) -> str:
        """Another one where another text may come out of the same file."""

    def parse(self, name: str, data: bytes) -> ParsedText:
        """The text of a file, whatever the file does to its reader.

        Args:
            name: The file's name, a hint among text formats.
            data: Its content.

        Raises:
            DocumentError: With the code that says why there is no text.
        """


class LentObjects(Protocol):
    """Objects of a storage that somebody else lent for a while, by an address each."""

    def get(self, address: str, size: int) -> bytes:
        """An object's content.

        Args:
            address: Where.
            size: How many bytes there must be.

        Raises:
            LendingError: It cannot be had, or is of another size.
        """

    def put(self, address: str, data: bytes) -> None:
        """Write an object that is not there yet.

        Raises:
            LendingError: It cannot be written.
        """
