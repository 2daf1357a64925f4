"""The ports on AWS.

A function imports only what its own services need: chunk no embedder and no parser, embed no
parser, reconcile neither. Files are read by a function of its own (`wellread.bootstrap.reading`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wellread.adapters import parsing
from wellread.adapters.aws.clients import aws_client
from wellread.bootstrap.aws_threads import AwsThreads
from wellread.bootstrap.host_words import STACK
from wellread.bootstrap.once import once
from wellread.domain.ingest.recipes import Recipe
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.settings import Settings

if TYPE_CHECKING:
    from wellread.adapters.aws.dynamodb_models import DynamoModelRegistry
    from wellread.adapters.aws.dynamodb_rate_limits import DynamoRateLimiter
    from wellread.adapters.aws.dynamodb_registry import DynamoDocumentRegistry
    from wellread.adapters.aws.dynamodb_replies import DynamoReplyLedger
    from wellread.adapters.aws.dynamodb_vectors import DynamoVectorCache
    from wellread.adapters.aws.eventbridge_receipts import EventBridgeReceipts
    from wellread.adapters.aws.opensearch_index import OpenSearchPassageIndex
    from wellread.adapters.aws.s3_documents import S3DocumentStore
    from wellread.adapters.aws.s3_held import S3HeldFiles
    from wellread.adapters.aws.s3_presence import S3Presence
    from wellread.adapters.aws.s3_reports import S3ReportStore
    from wellread.adapters.aws.s3_revisions import S3RevisionStore
    from wellread.adapters.aws.s3_settings import S3SettingsDocument
    from wellread.adapters.aws.sqs_dead_letters import SqsDeadLetters
    from wellread.adapters.aws.sqs_questions import SqsQuestionQueue
    from wellread.adapters.aws.sqs_queues import SqsChangeQueue, SqsChunkQueue
    from wellread.adapters.aws.sqs_redelivery import SqsRedelivery
    from wellread.observability import EmfMeter
    from wellread.ports.ingest import DocumentParser
    from wellread.ports.models import Embedder
    from wellread.ports.operations import Clock


class AwsAdapters(AwsThreads):
    """`wellread.bootstrap.adapters.Adapters` on AWS."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = time.time,
        sleep: Callable[[float], None] = time.sleep,
        clients: Mapping[str, Any] | None = None,
    ) -> None:
        """Make nothing yet.

        Args:
            settings: As the stack's template gives them.
            clock: The time.
            sleep: Waits for so many seconds.
            clients: Of AWS's services by boto3's names, in place of those made by `aws_client`.
        """
        super().__init__()
        self._settings = settings
        self.clock = clock
        self.sleep = sleep
        self.recipe = Recipe(parsing.PARSER_VERSION)
        self.words = STACK
        if settings.stack:
            self.words = replace(STACK, options=f"--stack {settings.stack}")
        self.load_embedder: Callable[[str], Embedder] = _load_embedder
        self._clients = dict(clients or {})

    @once
    def store(self) -> S3DocumentStore:
        """The documents bucket."""
        from wellread.adapters.aws.s3_documents import S3DocumentStore

        return S3DocumentStore(
            self._client("s3"),
            self._named("documents_bucket"),
            max_bytes=self._settings.max_document_bytes,
        )

    @once
    def drop(self) -> S3DocumentStore:
        """The documents bucket."""
        return self.store

    @once
    def looks(self) -> S3Presence:
        """The documents bucket, several looks at a time."""
        from wellread.adapters.aws.s3_presence import S3Presence

        return S3Presence(
            self._client("s3"),
            self._named("documents_bucket"),
            max_bytes=self._settings.max_document_bytes,
        )

    @once
    def parser(self) -> DocumentParser:
        """Has the function `parse` read."""
        from wellread.adapters.aws.lambda_parser import LambdaParser, answer_seconds
        from wellread.adapters.aws.s3_objects import StateBucket

        seconds = self._settings.parse_seconds
        return LambdaParser(
            # Once: a call that was given up may still run, and a second one would read it again.
            aws_client("lambda", read_seconds=answer_seconds(seconds), attempts=1),
            self._named("parse_function"),
            self.store,
            StateBucket(self._client("s3"), self._named("state_bucket")),
            parse_seconds=seconds,
            version=parsing.PARSER_VERSION,
        )

    @once
    def registry(self) -> DynamoDocumentRegistry:
        """The documents table."""
        from wellread.adapters.aws.dynamodb_registry import DynamoDocumentRegistry

        return DynamoDocumentRegistry(
            self._client("dynamodb"),
            self._named("documents_table"),
            self.rules,
            clock=self.clock,
            sleep=self.sleep,
        )

    @once
    def revisions(self) -> S3RevisionStore:
        """In the state bucket."""
        from wellread.adapters.aws.s3_revisions import S3RevisionStore

        return S3RevisionStore(self._client("s3"), self._named("state_bucket"))

    @once
    def changes(self) -> SqsChangeQueue:
        """The document queue."""
        from wellread.adapters.aws.sqs_queues import SqsChangeQueue

        return SqsChangeQueue(
            self._client("sqs"),
            self._named("document_queue_url"),
            self._named("documents_bucket"),
            clock=self.clock,
            sleep=self.sleep,
        )

    @once
    def chunks(self) -> SqsChunkQueue:
        """The chunk queue."""
        from wellread.adapters.aws.sqs_queues import SqsChunkQueue

        return SqsChunkQueue(self._client("sqs"), self._named("chunk_queue_url"), sleep=self.sleep)

    @once
    def questions(self) -> SqsQuestionQueue:
        """The question queue, through a client that does not keep a platform waiting."""
        from wellread.adapters.aws import sqs_questions

        client = self._clients.get("sqs") or aws_client(
            "sqs",
            connect_seconds=sqs_questions.CONNECT_SECONDS,
            read_seconds=sqs_questions.ANSWER_SECONDS,
            attempts=sqs_questions.ATTEMPTS,
        )
        return sqs_questions.SqsQuestionQueue(client, self._named("question_queue_url"))

    @once
    def ledger(self) -> DynamoReplyLedger:
        """The replies table."""
        from wellread.adapters.aws.dynamodb_replies import DynamoReplyLedger

        return DynamoReplyLedger(
            self._client("dynamodb"), self._named("replies_table"), clock=self.clock
        )

    @once
    def held(self) -> S3HeldFiles:
        """In the state bucket."""
        from wellread.adapters.aws.s3_held import S3HeldFiles

        return S3HeldFiles(self._client("s3"), self._named("state_bucket"))

    @once
    def vectors(self) -> DynamoVectorCache:
        """The vectors table."""
        from wellread.adapters.aws.dynamodb_vectors import DynamoVectorCache

        return DynamoVectorCache(
            self._client("dynamodb"),
            self._named("vectors_table"),
            clock=self.clock,
            sleep=self.sleep,
        )

    @once
    def reports(self) -> S3ReportStore:
        """In the state bucket."""
        from wellread.adapters.aws.s3_reports import S3ReportStore

        return S3ReportStore(self._client("s3"), self._named("state_bucket"))

    @once
    def datasets(self) -> S3ReportStore:
        """In the state bucket."""
        from wellread.adapters.aws.s3_reports import S3ReportStore

        return S3ReportStore(self._client("s3"), self._named("state_bucket"), folder="datasets")

    @once
    def dead_letters(self) -> Mapping[str, SqsDeadLetters]:
        """For commands; no function has the queues' names."""
        from wellread.adapters.aws.sqs_dead_letters import SqsDeadLetters

        sqs = self._client("sqs")
        return {
            name: SqsDeadLetters(sqs, url, self._named(f"{name}_dead_letters_url"))
            for name, url in self._settings.queue_urls.items()
            if name != "question"
        }

    @once
    def redelivery(self) -> SqsRedelivery:
        """By the messages' visibility."""
        from wellread.adapters.aws.sqs_redelivery import SqsRedelivery

        return SqsRedelivery(self._client("sqs"), self._settings.queue_urls.values())

    @once
    def limiter(self) -> DynamoRateLimiter:
        """Counts in the threads table."""
        from wellread.adapters.aws.dynamodb_rate_limits import DynamoRateLimiter

        return DynamoRateLimiter(
            self._client("dynamodb"),
            self._named("threads_table"),
            per_minute=self._settings.questions_per_minute,
            clock=self.clock,
        )

    @once
    def receipts(self) -> EventBridgeReceipts:
        """To the event bus."""
        from wellread.adapters.aws.eventbridge_receipts import EventBridgeReceipts

        return EventBridgeReceipts(self._client("events"), self._settings.event_bus)

    @once
    def index(self) -> OpenSearchPassageIndex:
        """OpenSearch Serverless, or another OpenSearch."""
        from wellread.adapters.aws.opensearch_connection import connect
        from wellread.adapters.aws.opensearch_index import OpenSearchPassageIndex

        return OpenSearchPassageIndex(
            connect(
                self._named("index_url"),
                signed=self._settings.index_signed,
                timeout_seconds=self._settings.index_seconds,
            ),
            self._settings.index_name,
            engine=self._settings.index_engine,
            rules=self.rules,
            embedder_setting=self._settings.embedder,
            clock=self.clock,
            sleep=self.sleep,
        )

    @once
    def rules(self) -> S3SettingsDocument:
        """In the state bucket."""
        from wellread.adapters.aws.s3_settings import S3SettingsDocument

        return S3SettingsDocument(
            self._client("s3"),
            self._named("state_bucket"),
            clock=self.clock,
            documents=self._settings.documents_bucket or "",
        )

    @once
    def models(self) -> DynamoModelRegistry:
        """In the threads table."""
        from wellread.adapters.aws.dynamodb_models import DynamoModelRegistry

        return DynamoModelRegistry(self._client("dynamodb"), self._named("threads_table"))

    @once
    def meter(self) -> EmfMeter:
        """To the log, in CloudWatch's embedded metric format."""
        from wellread.observability import EmfMeter

        return EmfMeter()

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = aws_client(service)
        return self._clients[service]

    def _named(self, setting: str) -> str:
        value: str | None = getattr(self._settings, setting)
        if not value:
            raise InvalidConfigurationError(
                f"WELLREAD_{setting.upper()} is not set. On AWS the stack's template sets it; for "
                "commands on your machine name the stack with --stack."
            )
        return value


def _load_embedder(setting: str) -> Embedder:
    from wellread.bootstrap import models

    return models.load_embedder(setting)
