"""The adapters that the suites run on. Another adapter of a port joins by one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from wellread.adapters.embedded.folder_documents import FolderDocumentStore
from wellread.adapters.embedded.rules_file import RulesFile
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_feedback import SqliteFeedbackStore
from wellread.adapters.embedded.sqlite_index import SqlitePassageIndex
from wellread.adapters.embedded.sqlite_queue import (
    SqliteChangeQueue,
    SqliteChunkQueue,
    SqliteQueue,
)
from wellread.adapters.embedded.sqlite_registry import SqliteDocumentRegistry
from wellread.adapters.embedded.sqlite_revisions import SqliteRevisionStore
from wellread.adapters.embedded.sqlite_threads import SqliteThreadStore
from wellread.adapters.embedded.sqlite_vectors import SqliteVectorCache
from wellread.domain.ingest import BatchReference
from wellread.ports import ChangeQueue, ChunkQueue, DocumentStore


@dataclass
class SetClock:
    """A clock that a test sets."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Place:
    """Where an adapter under test keeps its things."""

    path: Path
    database: SqliteDatabase
    clock: SetClock


@dataclass
class Bucket:
    """A document store, and the hands that put things into it behind its back."""

    store: DocumentStore
    put: Callable[[str, bytes], object]
    delete: Callable[[str], object]


@dataclass
class Deliveries:
    """The receiving end of the queues."""

    chunk_queue: ChunkQueue
    change_queue: ChangeQueue
    batches: Callable[[], list[BatchReference]]
    events: Callable[[], list[dict]]
    clock: SetClock = field(default_factory=SetClock)


def folder_bucket(place: Place) -> Bucket:
    root = place.path / "documents"
    root.mkdir()

    def put(key: str, data: bytes) -> None:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(data)

    return Bucket(
        store=FolderDocumentStore(root, place.database, place.clock),
        put=put,
        delete=lambda key: (root / key).unlink(),
    )


def sqlite_deliveries(place: Place) -> Deliveries:
    chunks = SqliteQueue(place.database, "chunks", place.clock)
    changes = SqliteQueue(place.database, "changes", place.clock)
    return Deliveries(
        chunk_queue=SqliteChunkQueue(chunks),
        change_queue=SqliteChangeQueue(changes, "knowledge-base"),
        batches=lambda: [
            BatchReference.of_message(json.loads(m.body)) for m in chunks.receive(10, 60)
        ],
        events=lambda: [json.loads(m.body) for m in changes.receive(10, 60)],
        clock=place.clock,
    )


def rules_file(place: Place):
    path = place.path / "settings.json"
    return RulesFile(path), path.write_text


BUCKETS = {"folder": folder_bucket}
QUEUES = {"sqlite": sqlite_deliveries}
REGISTRIES = {"sqlite": lambda place: SqliteDocumentRegistry(place.database)}
REVISIONS = {"sqlite": lambda place: SqliteRevisionStore(place.database)}
INDEXES = {
    "sqlite": lambda place: SqlitePassageIndex(place.database, "packaged", clock=place.clock)
}
VECTOR_CACHES = {"sqlite": lambda place: SqliteVectorCache(place.database)}
THREADS = {"sqlite": lambda place: SqliteThreadStore(place.database)}
FEEDBACK = {"sqlite": lambda place: SqliteFeedbackStore(place.database, place.clock)}
ACCESS_RULES = {"file": rules_file}


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def place(tmp_path: Path, clock: SetClock) -> Iterator[Place]:
    database = SqliteDatabase(tmp_path / "data" / "wellread.sqlite")
    yield Place(tmp_path, database, clock)
    database.close()


def adapter(adapters: dict):
    @pytest.fixture(params=adapters.values(), ids=adapters.keys())
    def make(request: pytest.FixtureRequest, place: Place):
        return request.param(place)

    return make


bucket = adapter(BUCKETS)
deliveries = adapter(QUEUES)
registry = adapter(REGISTRIES)
revisions = adapter(REVISIONS)
index = adapter(INDEXES)
vector_cache = adapter(VECTOR_CACHES)
threads = adapter(THREADS)
feedback = adapter(FEEDBACK)
access_rules = adapter(ACCESS_RULES)
