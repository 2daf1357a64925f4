"""The ports on one machine: one data file, and a folder that stands for the bucket."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wellread.adapters.embedded.folder_documents import FolderDocumentStore, check_apart
from wellread.adapters.embedded.silent import (
    HostRedelivery,
    SilentGapNews,
    SilentMeter,
    SilentReceipts,
)
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_queue import (
    SqliteChangeQueue,
    SqliteChunkQueue,
    SqliteDeadLetters,
    SqliteQueue,
)
from wellread.adapters.embedded.sqlite_receipts import SqliteReceipts
from wellread.bootstrap import models
from wellread.bootstrap.embedded_secrets import EmbeddedSecrets
from wellread.bootstrap.file_parser import file_parser
from wellread.bootstrap.host_words import LAPTOP
from wellread.bootstrap.once import once
from wellread.bootstrap.services import Services
from wellread.domain.ingest.recipes import Recipe
from wellread.services.ingest.parsing import StoreReader
from wellread.settings import Settings

if TYPE_CHECKING:
    from wellread.adapters.embedded.folder_held import FolderHeldFiles
    from wellread.adapters.embedded.folder_look import FolderLook
    from wellread.adapters.embedded.folder_reports import FolderReportStore
    from wellread.adapters.embedded.rate_limits import MemoryRateLimiter
    from wellread.adapters.embedded.rules_file import RulesFile
    from wellread.adapters.embedded.sqlite_cases import SqliteCaseStore, SqliteReviewedAnswers
    from wellread.adapters.embedded.sqlite_feedback import SqliteFeedbackStore
    from wellread.adapters.embedded.sqlite_models import SqliteModelRegistry
    from wellread.adapters.embedded.sqlite_questions import SqliteQuestionQueue
    from wellread.adapters.embedded.sqlite_registry import SqliteDocumentRegistry
    from wellread.adapters.embedded.sqlite_replies import SqliteReplyLedger
    from wellread.adapters.embedded.sqlite_revisions import SqliteRevisionStore
    from wellread.adapters.embedded.sqlite_threads import SqliteThreadStore
    from wellread.adapters.embedded.sqlite_unanswered import SqliteUnansweredQuestions
    from wellread.adapters.embedded.sqlite_vectors import SqliteVectorCache
    from wellread.adapters.parsing.confined.sandbox import SandboxedParser
    from wellread.ports.ask import Erasable, GapNews
    from wellread.ports.index import PassageIndex
    from wellread.ports.ingest import ReceiptSink
    from wellread.ports.models import Embedder
    from wellread.ports.operations import Clock, Meter, Secret

DATABASE_NAME = "wellread.sqlite"
RULES_NAME = "access.json"
REPORTS_NAME = "reconcile"
DATASETS_NAME = "datasets"
HELD_NAME = "held"
CHANGE_QUEUE = "documents"
CHUNK_QUEUE = "chunks"
QUESTION_QUEUE = "questions.fifo"
"""By its end a FIFO queue is known, as in SQS."""
RECEIPT_QUEUE = "receipts"

BUCKET = "documents"


def documents_folder(settings: Settings) -> Path:
    """The folder that stands for the bucket."""
    return settings.documents or settings.data / BUCKET


def has_own_folder(settings: Settings) -> bool:
    """Whether the documents folder is that in the data folder, which is made where it is missing.

    A link there is to a folder elsewhere.
    """
    return documents_folder(settings).resolve() == settings.data.resolve() / BUCKET


def refuse_data_among_documents(settings: Settings) -> None:
    """Before anything is made, see that the data folder does not lie among the documents.

    Raises:
        InvalidConfigurationError: It does.
    """
    check_apart(documents_folder(settings), settings.data / DATABASE_NAME)


class EmbeddedAdapters(EmbeddedSecrets):
    """`wellread.bootstrap.adapters.Adapters` on one SQLite file and a folder.

    Attributes:
        database: The file.
        file_parser: Reads files, for whoever has their bytes.
    """

    def __init__(self, settings: Settings, *, clock: Clock = time.time) -> None:
        """Open the file, and make it where there is none.

        Args:
            settings: Where the data is and which models to use.
            clock: The time.

        Raises:
            InvalidDataFolderError: The data folder cannot be used; the message says what to do.
            InvalidConfigurationError: It lies among the documents.
        """
        super().__init__()
        refuse_data_among_documents(settings)
        self._settings = settings
        self.clock = clock
        self.sleep: Callable[[float], None] = time.sleep
        self.words = LAPTOP
        self.load_embedder: Callable[[str], Embedder] = models.load_embedder
        self.meter: Meter = SilentMeter()
        self.redelivery = HostRedelivery()
        self.gap_news: GapNews = SilentGapNews()
        # The server knows its one person, so links need not open by themselves.
        self.link_secret: Secret | None = None
        self.database = SqliteDatabase(settings.data / DATABASE_NAME)
        self.file_parser: SandboxedParser = file_parser(settings)
        self.queues = {
            name: SqliteQueue(self.database, name, clock)
            for name in (CHANGE_QUEUE, CHUNK_QUEUE, QUESTION_QUEUE, RECEIPT_QUEUE)
        }
        self.receipts: ReceiptSink = SilentReceipts()
        if settings.chats:
            self.receipts = SqliteReceipts(self.queues[RECEIPT_QUEUE])

    def close(self) -> None:
        """Close the file and end the parser's processes."""
        self.file_parser.close()
        self.database.close()

    @once
    def store(self) -> FolderDocumentStore:
        """The documents folder, with the versions that it had."""
        return FolderDocumentStore(
            documents_folder(self._settings),
            self.database,
            self.clock,
            max_bytes=self._settings.max_document_bytes,
        )

    @once
    def drop(self) -> FolderDocumentStore:
        """The documents folder."""
        return self.store

    @once
    def looks(self) -> FolderLook:
        """The documents folder; looking changes nothing."""
        from wellread.adapters.embedded.folder_look import FolderLook

        return FolderLook(self.store.root, self.database, self.clock)

    @property
    def parser(self) -> StoreReader:
        """Reads documents of the store."""
        return StoreReader(self.store, self.file_parser)

    @property
    def recipe(self) -> Recipe:
        """By the version of what reads files."""
        return Recipe(self.file_parser.version)

    @once
    def registry(self) -> SqliteDocumentRegistry:
        """In the file."""
        from wellread.adapters.embedded.sqlite_registry import SqliteDocumentRegistry

        return SqliteDocumentRegistry(self.database)

    @once
    def revisions(self) -> SqliteRevisionStore:
        """In the file."""
        from wellread.adapters.embedded.sqlite_revisions import SqliteRevisionStore

        return SqliteRevisionStore(self.database)

    @once
    def changes(self) -> SqliteChangeQueue:
        """In the file."""
        return SqliteChangeQueue(self.queues[CHANGE_QUEUE], BUCKET, versions=self.store.newest)

    @property
    def chunks(self) -> SqliteChunkQueue:
        """In the file."""
        return SqliteChunkQueue(self.queues[CHUNK_QUEUE])

    @property
    def dead_letters(self) -> Mapping[str, SqliteDeadLetters]:
        """In the file."""
        return {
            name: SqliteDeadLetters(queue)
            for name, queue in self.queues.items()
            if name != QUESTION_QUEUE
        }

    @once
    def questions(self) -> SqliteQuestionQueue:
        """In the file."""
        from wellread.adapters.embedded.sqlite_questions import SqliteQuestionQueue

        return SqliteQuestionQueue(self.queues[QUESTION_QUEUE])

    @once
    def ledger(self) -> SqliteReplyLedger:
        """In the file."""
        from wellread.adapters.embedded.sqlite_replies import SqliteReplyLedger

        return SqliteReplyLedger(self.database, self.clock)

    @once
    def held(self) -> FolderHeldFiles:
        """In the data folder."""
        from wellread.adapters.embedded.folder_held import FolderHeldFiles

        return FolderHeldFiles(self._settings.data / HELD_NAME, self.clock)

    @once
    def index(self) -> PassageIndex:
        """In the file."""
        from wellread.adapters.embedded.sqlite_index import SqlitePassageIndex

        return SqlitePassageIndex(self.database, self._settings.embedder, clock=self.clock)

    @once
    def vectors(self) -> SqliteVectorCache:
        """In the file."""
        from wellread.adapters.embedded.sqlite_vectors import SqliteVectorCache

        return SqliteVectorCache(self.database)

    @once
    def rules(self) -> RulesFile:
        """In the data folder."""
        from wellread.adapters.embedded.rules_file import RulesFile

        return RulesFile(self._settings.data / RULES_NAME, self.store.root)

    @once
    def limiter(self) -> MemoryRateLimiter:
        """Counts for as long as the process runs."""
        from wellread.adapters.embedded.rate_limits import MemoryRateLimiter

        return MemoryRateLimiter(self._settings.questions_per_minute, self.clock)

    @once
    def threads(self) -> SqliteThreadStore:
        """In the file."""
        from wellread.adapters.embedded.sqlite_threads import SqliteThreadStore

        return SqliteThreadStore(self.database)

    @once
    def verdicts(self) -> SqliteFeedbackStore:
        """In the file."""
        from wellread.adapters.embedded.sqlite_feedback import SqliteFeedbackStore

        return SqliteFeedbackStore(self.database)

    @once
    def cases(self) -> SqliteCaseStore:
        """In the file."""
        from wellread.adapters.embedded.sqlite_cases import SqliteCaseStore

        return SqliteCaseStore(self.database)

    @once
    def reviewed(self) -> SqliteReviewedAnswers:
        """In the file."""
        from wellread.adapters.embedded.sqlite_cases import SqliteReviewedAnswers

        return SqliteReviewedAnswers(self.database)

    @once
    def unanswered(self) -> SqliteUnansweredQuestions:
        """In the file."""
        from wellread.adapters.embedded.sqlite_unanswered import SqliteUnansweredQuestions

        return SqliteUnansweredQuestions(self.database)

    @once
    def models(self) -> SqliteModelRegistry:
        """In the file."""
        from wellread.adapters.embedded.sqlite_models import SqliteModelRegistry

        return SqliteModelRegistry(self.database)

    @property
    def erasables(self) -> Sequence[Erasable]:
        """Turns, what was said of them, and what the words of the index leave behind."""
        from wellread.adapters.embedded.sqlite_word_remains import SqliteWordRemains

        said = (self.threads, self.verdicts, self.cases, self.reviewed, self.unanswered)
        return (*said, SqliteWordRemains(self.database))

    @once
    def datasets(self) -> FolderReportStore:
        """In the data folder."""
        from wellread.adapters.embedded.folder_reports import FolderReportStore

        return FolderReportStore(self._settings.data / DATASETS_NAME)

    @once
    def reports(self) -> FolderReportStore:
        """In the data folder."""
        from wellread.adapters.embedded.folder_reports import FolderReportStore

        return FolderReportStore(self._settings.data / REPORTS_NAME)


class EmbeddedServices(Services):
    """The use cases on one machine."""

    adapters: EmbeddedAdapters

    def __init__(self, settings: Settings, *, clock: Clock = time.time) -> None:
        """Open the data file; `EmbeddedAdapters` says what may be wrong with it."""
        super().__init__(EmbeddedAdapters(settings, clock=clock), settings)

    def close(self) -> None:
        """Close what is open."""
        self.closing.close()
        self.adapters.close()
