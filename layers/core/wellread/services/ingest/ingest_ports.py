"""What ingest needs from the outside."""

from __future__ import annotations

from dataclasses import dataclass

from wellread.domain.ingest.recipes import Recipe
from wellread.domain.knowledge.host_words import HostWords
from wellread.ports.index import PassageIndex
from wellread.ports.ingest import (
    ChangeQueue,
    ChunkQueue,
    DocumentRegistry,
    DocumentStore,
    ReceiptSink,
    RevisionStore,
)
from wellread.ports.operations import Meter


@dataclass(frozen=True, slots=True)
class IngestionPorts:
    """The outside of chunk, embed and sweep.

    Attributes:
        receipts: Told how every revision ended.
        meter: Counts what ends, and how long it took.
        words: For what people are told.
        recipe: What documents are read and cut up with.
    """

    store: DocumentStore
    registry: DocumentRegistry
    revisions: RevisionStore
    changes: ChangeQueue
    chunks: ChunkQueue
    index: PassageIndex
    receipts: ReceiptSink
    meter: Meter
    words: HostWords
    recipe: Recipe
