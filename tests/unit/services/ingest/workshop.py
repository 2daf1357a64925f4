"""Ingest's services on the data file's adapters and an index that lags, worked by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.doubles import Counts, KeptReceipts, SetClock
from wellread.adapters.embedded.folder_documents import FolderDocumentStore
from wellread.adapters.embedded.folder_reports import FolderReportStore
from wellread.adapters.embedded.rules_file import RulesFile
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_queue import (
    SqliteChangeQueue,
    SqliteChunkQueue,
    SqliteQueue,
)
from wellread.adapters.embedded.sqlite_registry import SqliteDocumentRegistry
from wellread.adapters.embedded.sqlite_revisions import SqliteRevisionStore
from wellread.adapters.embedded.sqlite_vectors import SqliteVectorCache
from wellread.bootstrap.host_words import LAPTOP
from wellread.domain.ingest.recipes import Recipe
from wellread.domain.ingest.records import BatchReference, ChangeHint, DocumentRecord
from wellread.domain.knowledge.deliveries import Attempt
from wellread.domain.knowledge.documents import DocumentId, IndexedChunk, ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode
from wellread.domain.knowledge.host_words import HostWords
from wellread.ports.index import IndexedDocument, IndexStats, PassageHits
from wellread.services.access.rules_in_force import Access
from wellread.services.ingest.embedding import BatchEmbedding
from wellread.services.ingest.ingest_ports import IngestionPorts
from wellread.services.ingest.ingestion import Ingestion
from wellread.services.ingest.parsing import StoreReader
from wellread.services.ingest.reconciliation import Reconciliation
from wellread.services.ingest.sweeping import Sweeping


@dataclass
class _Row:
    chunk: IndexedChunk
    added_at: float
    visible: bool = False


class LaggingIndex:
    """Shows what was written, and deletes what it shows, only once it is settled."""

    lag_seconds = 60.0

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.rows: list[_Row] = []
        self.lags = True

    def add(self, chunks: Sequence[IndexedChunk], model_version: str | None) -> None:
        self.rows += [_Row(chunk, self._clock(), not self.lags) for chunk in chunks]

    def settle(self) -> None:
        for row in self.rows:
            row.visible = True

    def lose(self) -> None:
        """An answer that came, and a write that never shows."""
        self.rows = [row for row in self.rows if row.visible]

    def delete(self, document: DocumentId, builds: frozenset[str]) -> int:
        return self._delete(
            lambda row: row.chunk.document == document and row.chunk.build in builds
        )

    def sweep(self, document: DocumentId, *, keep: frozenset[str], before: float) -> int:
        return self._delete(
            lambda row: (
                row.chunk.document == document
                and row.chunk.write not in keep
                and row.added_at < before
            )
        )

    def _delete(self, chosen: Callable[[_Row], bool]) -> int:
        kept = [row for row in self.rows if not (row.visible and chosen(row))]
        deleted = len(self.rows) - len(kept)
        self.rows = kept
        return deleted

    def update_access(
        self, document: DocumentId, audiences: frozenset[str], *, own: frozenset[str] | None
    ) -> None: ...

    def search(self, *_: object) -> PassageHits:
        return PassageHits((), ())

    def stats(self) -> IndexStats:
        return IndexStats(len(self.rows), None)

    def visible(self, document: DocumentId, writes: frozenset[str]) -> int:
        return sum(
            row.visible and row.chunk.document == document and row.chunk.write in writes
            for row in self.rows
        )

    def inventory(self, *, after: str = "", limit: int = 1000) -> Sequence[IndexedDocument]:
        documents = sorted({row.chunk.document for row in self.rows if row.visible})
        found = self.inventory_of([document for document in documents if document > after])
        return list(found.values())[:limit]

    def inventory_of(self, documents: Sequence[DocumentId]) -> dict[DocumentId, IndexedDocument]:
        found: dict[DocumentId, dict[str, int]] = {}
        for row in self.rows:
            if row.visible and row.chunk.document in documents:
                writes = found.setdefault(row.chunk.document, {})
                writes[row.chunk.write] = writes.get(row.chunk.write, 0) + 1
        return {
            document: IndexedDocument(document, found[document])
            for document in documents
            if document in found
        }


@dataclass
class PlainParser:
    """Reads each word as it is, or as somebody spells it; refuses what has words of others."""

    version: str = "1"
    spelling: dict[str, str] = field(default_factory=dict)
    refuses: str = ""
    read: list[str] = field(default_factory=list)

    def parse(self, name: str, data: bytes) -> ParsedText:
        self.read.append(name)
        text = data.decode()
        if self.refuses and self.refuses in text:
            raise DocumentError(FailureCode.NO_TEXT)
        for word, spelled in self.spelling.items():
            text = text.replace(word, spelled)
        return ParsedText(text)


class Workshop:
    """One knowledge base whose messages are delivered one by one."""

    def __init__(self, folder: Path, words: HostWords = LAPTOP) -> None:
        self.clock = SetClock()
        self.database = SqliteDatabase(folder / "data" / "wellread.sqlite")
        self.root = folder / "documents"
        self.root.mkdir()
        self.index = LaggingIndex(self.clock)
        self.receipts = KeptReceipts()
        self.meter = Counts()
        self.slept: list[float] = []
        self.sleeping: Callable[[float], object] = self.slept.append
        self.changes = SqliteQueue(self.database, "documents", self.clock)
        self.chunks = SqliteQueue(self.database, "chunks", self.clock)
        self.registry = SqliteDocumentRegistry(self.database)
        self._folder = folder
        self._words = words
        self._ids = map("id{}".format, range(1_000_000))
        self.use(PlainParser())

    def use(self, parser: PlainParser) -> None:
        """From now on read files with this parser, as a newer version of wellread would."""
        self.parser = parser
        self.ports = IngestionPorts(
            store=FolderDocumentStore(self.root, self.database, self.clock),
            registry=self.registry,
            revisions=SqliteRevisionStore(self.database),
            changes=SqliteChangeQueue(self.changes, "bucket"),
            chunks=SqliteChunkQueue(self.chunks),
            index=self.index,
            receipts=self.receipts,
            meter=self.meter,
            words=self._words,
            recipe=Recipe(parser.version),
        )
        self.access = access = Access(
            RulesFile(self._folder / "access.json"), self.registry, self.index
        )
        new_id = self._ids.__next__
        self.ingestion = Ingestion(
            self.ports,
            access,
            StoreReader(self.ports.store, self.parser),
            clock=self.clock,
            new_id=new_id,
        )
        self.embedding = BatchEmbedding(
            self.ports,
            access,
            lambda: None,
            SqliteVectorCache(self.database),
            clock=self.clock,
            new_id=new_id,
            sleep=lambda seconds: self.sleeping(seconds),  # noqa: PLW0108 - it may be replaced
        )
        self.sweeping = Sweeping(self.ports, access, clock=self.clock)
        self.reports = FolderReportStore(self._folder / "reports")
        self.reconciliation = Reconciliation(
            self.ports,
            self.reports,
            clock=self.clock,
        )

    def close(self) -> None:
        self.database.close()

    def sleep(self, seconds: float) -> None:
        """Somebody waits; `meanwhile` happens."""
        self.slept.append(seconds)
        self.meanwhile()

    def write(self, key: str, content: str) -> None:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def drop(self, key: str, content: str) -> None:
        """Put a file there, and its event on the queue."""
        self.write(key, content)
        self.ports.changes.put([key])

    def delete(self, key: str) -> None:
        (self.root / key).unlink()
        self.ports.changes.put([key])

    def chunk_next(self, *, last_attempt: bool = False) -> bool:
        for message in self.changes.receive(1, 60):
            hint = ChangeHint.of_event(json.loads(message.body))
            if hint.sweep:
                self.sweeping.sweep_document(hint.document)
            else:
                self.ingestion.apply(hint, Attempt(last=last_attempt))
            self.changes.delete([message])
            return True
        return False

    def embed_next(self, *, last_attempt: bool = False) -> bool:
        for message in self.chunks.receive(1, 60):
            self.embedding.embed(
                BatchReference.of_message(json.loads(message.body)), Attempt(last=last_attempt)
            )
            self.chunks.delete([message])
            return True
        return False

    def work(self) -> None:
        """Deliver whatever is due at this moment."""
        while self.chunk_next() or self.embed_next():
            pass

    def record(self, key: str) -> DocumentRecord:
        record = self.registry.get(DocumentId(key))
        assert record is not None
        return record
