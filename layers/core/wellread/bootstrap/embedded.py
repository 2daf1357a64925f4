"""The services on one machine: one data file, and a folder that stands for the bucket."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wellread.bootstrap import models
from wellread.bootstrap.file_parser import file_parser
from wellread.domain.ingest.recipes import Recipe
from wellread.services.access.callers import Callers
from wellread.services.access.presence import Presence
from wellread.services.access.review import AccessReview
from wellread.services.access.rules_in_force import Access
from wellread.services.ask.answering import Answering, Generators
from wellread.services.ask.feedback import FeedbackCollection
from wellread.services.ask.retrieval import Retrieval
from wellread.services.ingest.documents import Documents
from wellread.services.ingest.embedder_choice import EmbedderChoice, Reembedding
from wellread.services.ingest.embedding import BatchEmbedding
from wellread.services.ingest.ingest_ports import IngestionPorts
from wellread.services.ingest.ingestion import Ingestion
from wellread.services.ingest.parsing import StoreReader
from wellread.services.ingest.reconciliation import Reconciliation
from wellread.services.ingest.redriving import Redriving
from wellread.services.ingest.sweeping import Sweeping
from wellread.settings import Settings

if TYPE_CHECKING:
    from wellread.adapters.embedded.folder_documents import FolderDocumentStore
    from wellread.adapters.embedded.sqlite_database import SqliteDatabase
    from wellread.adapters.embedded.sqlite_queue import SqliteChangeQueue, SqliteQueue
    from wellread.adapters.parsing.confined.sandbox import SandboxedParser
    from wellread.ports.access import AccessRulesSource
    from wellread.ports.index import PassageIndex
    from wellread.ports.ingest import ReceiptSink, Redelivery, RevisionStore
    from wellread.ports.models import Embedder
    from wellread.ports.operations import Clock, Meter

DATABASE_NAME = "wellread.sqlite"
RULES_NAME = "access.json"
REPORTS_NAME = "reconcile"
CHANGE_QUEUE = "documents"
CHUNK_QUEUE = "chunks"
BUCKET = "documents"


@dataclass(frozen=True, slots=True)
class EmbeddedServices:
    """`wellread.bootstrap.services.Services` on embedded adapters."""

    ingestion: Ingestion
    embedding: BatchEmbedding
    sweeping: Sweeping
    reconciliation: Reconciliation
    redriving: Redriving
    redelivery: Redelivery
    reembedding: Reembedding
    choice: EmbedderChoice
    retrieval: Retrieval
    answering: Answering
    documents: Documents
    feedback: FeedbackCollection
    callers: Callers
    access_review: AccessReview


@dataclass(frozen=True, slots=True)
class EmbeddedStack:
    """The services on embedded adapters, and those adapters that the laptop host drives."""

    settings: Settings
    services: EmbeddedServices
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
    return settings.documents or settings.data / BUCKET


def has_own_folder(settings: Settings) -> bool:
    """Whether the documents folder is that in the data folder, which is made where it is missing.

    A link there is to a folder elsewhere.
    """
    return documents_folder(settings).resolve() == settings.data.resolve() / BUCKET


def check_apart(settings: Settings) -> None:
    """Before anything is made, see that the data folder does not lie among the documents.

    Raises:
        InvalidConfigurationError: It does.
    """
    from wellread.adapters.embedded.folder_documents import check_apart as check

    check(documents_folder(settings), settings.data / DATABASE_NAME)


def build_embedded(
    settings: Settings,
    *,
    clock: Clock = time.time,
    load_embedder: Callable[[str], Embedder] | None = None,
    generators: Callable[[EmbedderChoice, RevisionStore], Generators] | None = None,
    receipts: ReceiptSink | None = None,
    meter: Meter | None = None,
    passage_index: Callable[[AccessRulesSource], PassageIndex] | None = None,
) -> EmbeddedStack:
    """The whole of wellread on one SQLite file and a folder.

    Args:
        settings: Where the data is and which models to use.
        clock: The time.
        load_embedder: From a setting to an embedder; the real ones by default.
        generators: Who can speak; by default what the settings say.
        receipts: Told how every revision ends; by default nobody is.
        meter: Counts what happens; by default nothing does.
        passage_index: From the access rules to an index elsewhere; by default it is in the file.

    Raises:
        InvalidDataFolderError: The data folder cannot be used; the message says what to do.
        InvalidConfigurationError: It lies among the documents.
    """
    from wellread.adapters.embedded.folder_documents import FolderDocumentStore
    from wellread.adapters.embedded.folder_look import FolderLook
    from wellread.adapters.embedded.folder_reports import FolderReportStore
    from wellread.adapters.embedded.rate_limits import MemoryRateLimiter
    from wellread.adapters.embedded.rules_file import RulesFile
    from wellread.adapters.embedded.silent import HostRedelivery, SilentMeter, SilentReceipts
    from wellread.adapters.embedded.sqlite_database import SqliteDatabase
    from wellread.adapters.embedded.sqlite_feedback import SqliteFeedbackStore
    from wellread.adapters.embedded.sqlite_index import SqlitePassageIndex
    from wellread.adapters.embedded.sqlite_queue import (
        SqliteChangeQueue,
        SqliteChunkQueue,
        SqliteDeadLetters,
        SqliteQueue,
    )
    from wellread.adapters.embedded.sqlite_registry import SqliteDocumentRegistry
    from wellread.adapters.embedded.sqlite_revisions import SqliteRevisionStore
    from wellread.adapters.embedded.sqlite_threads import SqliteThreadStore
    from wellread.adapters.embedded.sqlite_vectors import SqliteVectorCache
    from wellread.adapters.embedded.sqlite_word_remains import SqliteWordRemains

    check_apart(settings)
    database = SqliteDatabase(settings.data / DATABASE_NAME)
    folder = FolderDocumentStore(
        documents_folder(settings), database, clock, max_bytes=settings.max_document_bytes
    )
    changes = SqliteQueue(database, CHANGE_QUEUE, clock)
    chunks = SqliteQueue(database, CHUNK_QUEUE, clock)
    registry = SqliteDocumentRegistry(database)
    revisions = SqliteRevisionStore(database)
    rules = RulesFile(settings.data / RULES_NAME, folder.root)
    index: PassageIndex = (
        passage_index(rules)
        if passage_index
        else SqlitePassageIndex(database, settings.embedder, clock=clock)
    )
    threads = SqliteThreadStore(database)
    verdicts = SqliteFeedbackStore(database, clock)
    remains = SqliteWordRemains(database)
    vectors = SqliteVectorCache(database)
    access = Access(rules, registry, index)
    choice = EmbedderChoice(index, settings.embedder, load_embedder or models.load_embedder)
    parser = file_parser(settings)
    recipe = Recipe(parser.version)
    change_hints = SqliteChangeQueue(changes, BUCKET, versions=folder.newest)
    counting = meter or SilentMeter()
    ports = IngestionPorts(
        store=folder,
        registry=registry,
        revisions=revisions,
        changes=change_hints,
        chunks=SqliteChunkQueue(chunks),
        index=index,
        receipts=receipts or SilentReceipts(),
        meter=counting,
        recipe=recipe,
    )
    presence = Presence(FolderLook(folder.root, database, clock), access)
    documents = Documents(
        registry, registry, revisions, change_hints, access, presence, recipe=recipe
    )
    retrieval = Retrieval(
        index, registry, access, choice.active, presence=presence, clock=clock, meter=counting
    )
    services = EmbeddedServices(
        ingestion=Ingestion(
            ports, access, StoreReader(folder, parser), clock=clock, new_id=models.new_id
        ),
        embedding=BatchEmbedding(
            ports, access, choice.active, vectors, clock=clock, new_id=models.new_id
        ),
        sweeping=Sweeping(ports, access, clock=clock, erasables=(threads, verdicts, remains)),
        reconciliation=Reconciliation(
            ports,
            FolderReportStore(settings.data / REPORTS_NAME),
            clock=clock,
        ),
        redelivery=HostRedelivery(),
        redriving=Redriving(
            {queue.name: SqliteDeadLetters(queue) for queue in (changes, chunks)},
            registry,
            change_hints,
        ),
        reembedding=Reembedding(index, choice),
        choice=choice,
        retrieval=retrieval,
        answering=Answering(
            retrieval,
            documents,
            revisions,
            threads,
            (generators or models.generators_of(settings))(choice, revisions),
            passages=settings.passages,
            meter=counting,
            new_id=models.new_id,
        ),
        documents=documents,
        feedback=FeedbackCollection(threads, verdicts),
        callers=Callers(
            rules, MemoryRateLimiter(settings.questions_per_minute, clock), settings.api_auth
        ),
        access_review=AccessReview(rules, registry, folder, presence),
    )
    return EmbeddedStack(
        settings, services, database, folder, changes, chunks, change_hints, parser
    )
