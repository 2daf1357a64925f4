"""The services on AWS, each built when it is first asked for.

A function imports only what its own services need: chunk no embedder and no parser, embed no
parser, reconcile neither. Files are read by a function of its own (`wellread.bootstrap.reading`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wellread.adapters import parsing
from wellread.adapters.aws.clients import aws_client
from wellread.bootstrap import models
from wellread.domain.ingest.recipes import Recipe
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.services.access.presence import Presence
from wellread.services.access.rules_in_force import Access
from wellread.services.ingest.documents import Documents
from wellread.services.ingest.embedder_choice import EmbedderChoice, Reembedding
from wellread.services.ingest.ingest_ports import IngestionPorts
from wellread.services.ingest.ingestion import Ingestion
from wellread.services.ingest.sweeping import Sweeping
from wellread.settings import Settings

if TYPE_CHECKING:
    from wellread.adapters.aws.dynamodb_feedback import DynamoFeedbackStore
    from wellread.adapters.aws.dynamodb_registry import DynamoDocumentRegistry
    from wellread.adapters.aws.dynamodb_threads import DynamoThreadStore
    from wellread.adapters.aws.eventbridge_receipts import EventBridgeReceipts
    from wellread.adapters.aws.opensearch_index import OpenSearchPassageIndex
    from wellread.adapters.aws.s3_documents import S3DocumentStore
    from wellread.adapters.aws.s3_presence import S3Presence
    from wellread.adapters.aws.s3_revisions import S3RevisionStore
    from wellread.adapters.aws.s3_settings import S3SettingsDocument
    from wellread.adapters.aws.sqs_queues import SqsChangeQueue, SqsChunkQueue
    from wellread.observability import EmfMeter
    from wellread.ports.ingest import DocumentParser, Redelivery
    from wellread.ports.operations import Clock
    from wellread.services.access.callers import Callers
    from wellread.services.access.review import AccessReview
    from wellread.services.ask.answering import Answering
    from wellread.services.ask.feedback import FeedbackCollection
    from wellread.services.ask.retrieval import Retrieval
    from wellread.services.ingest.embedding import BatchEmbedding
    from wellread.services.ingest.reconciliation import Reconciliation
    from wellread.services.ingest.redriving import Redriving


class AwsServices:
    """`wellread.bootstrap.services.Services` on AWS."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Build nothing yet.

        Args:
            settings: As the stack's template gives them.
            clock: The time.
            sleep: Waits for so many seconds.
        """
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._clients: dict[str, Any] = {}

    @cached_property
    def ingestion(self) -> Ingestion:
        """From a hint to staged batches."""
        return Ingestion(
            self._ports,
            self._access,
            self._parser,
            clock=self._clock,
            new_id=models.new_id,
        )

    @cached_property
    def embedding(self) -> BatchEmbedding:
        """From staged batches to an index that answers with them."""
        from wellread.adapters.aws.dynamodb_vectors import DynamoVectorCache
        from wellread.services.ingest.embedding import BatchEmbedding

        vectors = DynamoVectorCache(
            self._client("dynamodb"),
            self._named("vectors_table"),
            clock=self._clock,
            sleep=self._sleep,
        )
        return BatchEmbedding(
            self._ports,
            self._access,
            self.choice.active,
            vectors,
            clock=self._clock,
            new_id=models.new_id,
            sleep=self._sleep,
        )

    @cached_property
    def sweeping(self) -> Sweeping:
        """Deleting what counts for nothing any more."""
        return Sweeping(
            self._ports,
            self._access,
            clock=self._clock,
            erasables=(self._threads, self._verdicts),
        )

    @cached_property
    def reconciliation(self) -> Reconciliation:
        """Bucket, registry and index side by side."""
        from wellread.adapters.aws.s3_reports import S3ReportStore
        from wellread.services.ingest.reconciliation import Reconciliation

        return Reconciliation(
            self._ports,
            S3ReportStore(self._client("s3"), self._named("state_bucket")),
            clock=self._clock,
        )

    @cached_property
    def redriving(self) -> Redriving:
        """A new start for dead letters; for commands, no function has the queues' names."""
        from wellread.adapters.aws.sqs_dead_letters import SqsDeadLetters
        from wellread.services.ingest.redriving import Redriving

        sqs = self._client("sqs")
        return Redriving(
            {
                name: SqsDeadLetters(sqs, url, self._named(f"{name}_dead_letters_url"))
                for name, url in self._settings.queue_urls.items()
            },
            self._registry,
            self._changes,
        )

    @cached_property
    def redelivery(self) -> Redelivery:
        """When a message that could not be handled comes again."""
        from wellread.adapters.aws.sqs_redelivery import SqsRedelivery

        return SqsRedelivery(self._client("sqs"), self._settings.queue_urls.values())

    @cached_property
    def reembedding(self) -> Reembedding:
        """From one embedder to another; an index on OpenSearch is filled anew instead."""
        return Reembedding(self._index, self.choice)

    @cached_property
    def choice(self) -> EmbedderChoice:
        """Which embedder answers."""
        return EmbedderChoice(self._index, self._settings.embedder, models.load_embedder)

    @cached_property
    def retrieval(self) -> Retrieval:
        """Passages for a question."""
        from wellread.services.ask.retrieval import Retrieval

        return Retrieval(
            self._index,
            self._registry,
            self._access,
            self.choice.active,
            presence=self._presence,
            clock=self._clock,
            meter=self._meter,
        )

    @cached_property
    def answering(self) -> Answering:
        """From a question to a reply."""
        from wellread.services.ask.answering import Answering

        return Answering(
            self.retrieval,
            self.documents,
            self._revisions,
            self._threads,
            models.generators_of(self._settings)(self.choice, self._revisions),
            passages=self._settings.passages,
            meter=self._meter,
            new_id=models.new_id,
        )

    @cached_property
    def documents(self) -> Documents:
        """Documents as people see them."""
        return Documents(
            self._registry,
            self._registry,
            self._revisions,
            self._changes,
            self._access,
            self._presence,
            recipe=Recipe(parsing.PARSER_VERSION),
        )

    @cached_property
    def feedback(self) -> FeedbackCollection:
        """Verdicts on replies."""
        from wellread.services.ask.feedback import FeedbackCollection

        return FeedbackCollection(self._threads, self._verdicts)

    @cached_property
    def callers(self) -> Callers:
        """Who calls the API, and how often they may ask."""
        from wellread.adapters.aws.dynamodb_rate_limits import DynamoRateLimiter
        from wellread.services.access.callers import Callers

        limiter = DynamoRateLimiter(
            self._client("dynamodb"),
            self._named("threads_table"),
            per_minute=self._settings.questions_per_minute,
            clock=self._clock,
        )
        return Callers(self._rules, limiter, self._settings.api_auth)

    @cached_property
    def access_review(self) -> AccessReview:
        """Who may read what and why."""
        from wellread.services.access.review import AccessReview

        return AccessReview(self._rules, self._registry, self._store, self._presence)

    @cached_property
    def _parser(self) -> DocumentParser:
        from wellread.adapters.aws.lambda_parser import LambdaParser, answer_seconds
        from wellread.adapters.aws.s3_objects import StateBucket

        seconds = self._settings.parse_seconds
        return LambdaParser(
            # Once: a call that was given up may still run, and a second one would read it again.
            aws_client("lambda", read_seconds=answer_seconds(seconds), attempts=1),
            self._named("parse_function"),
            self._store,
            StateBucket(self._client("s3"), self._named("state_bucket")),
            parse_seconds=seconds,
            version=parsing.PARSER_VERSION,
        )

    @cached_property
    def _ports(self) -> IngestionPorts:
        return IngestionPorts(
            store=self._store,
            registry=self._registry,
            revisions=self._revisions,
            changes=self._changes,
            chunks=self._chunks,
            index=self._index,
            receipts=self._receipts,
            meter=self._meter,
            recipe=Recipe(parsing.PARSER_VERSION),
        )

    @cached_property
    def _receipts(self) -> EventBridgeReceipts:
        from wellread.adapters.aws.eventbridge_receipts import EventBridgeReceipts

        return EventBridgeReceipts(self._client("events"), self._settings.event_bus)

    @cached_property
    def _meter(self) -> EmfMeter:
        from wellread.observability import EmfMeter

        return EmfMeter()

    @cached_property
    def _access(self) -> Access:
        return Access(self._rules, self._registry, self._index)

    @cached_property
    def _presence(self) -> Presence:
        return Presence(self._looks, self._access)

    @cached_property
    def _rules(self) -> S3SettingsDocument:
        from wellread.adapters.aws.s3_settings import S3SettingsDocument

        return S3SettingsDocument(
            self._client("s3"),
            self._named("state_bucket"),
            clock=self._clock,
            documents=self._settings.documents_bucket or "",
        )

    @cached_property
    def _store(self) -> S3DocumentStore:
        from wellread.adapters.aws.s3_documents import S3DocumentStore

        return S3DocumentStore(
            self._client("s3"),
            self._named("documents_bucket"),
            max_bytes=self._settings.max_document_bytes,
        )

    @cached_property
    def _looks(self) -> S3Presence:
        from wellread.adapters.aws.s3_presence import S3Presence

        return S3Presence(
            self._client("s3"),
            self._named("documents_bucket"),
            max_bytes=self._settings.max_document_bytes,
        )

    @cached_property
    def _registry(self) -> DynamoDocumentRegistry:
        from wellread.adapters.aws.dynamodb_registry import DynamoDocumentRegistry

        return DynamoDocumentRegistry(
            self._client("dynamodb"),
            self._named("documents_table"),
            self._rules,
            clock=self._clock,
            sleep=self._sleep,
        )

    @cached_property
    def _revisions(self) -> S3RevisionStore:
        from wellread.adapters.aws.s3_revisions import S3RevisionStore

        return S3RevisionStore(self._client("s3"), self._named("state_bucket"))

    @cached_property
    def _threads(self) -> DynamoThreadStore:
        from wellread.adapters.aws.dynamodb_threads import DynamoThreadStore

        return DynamoThreadStore(
            self._client("dynamodb"), self._named("threads_table"), clock=self._clock
        )

    @cached_property
    def _verdicts(self) -> DynamoFeedbackStore:
        from wellread.adapters.aws.dynamodb_feedback import DynamoFeedbackStore

        return DynamoFeedbackStore(
            self._client("dynamodb"), self._named("threads_table"), clock=self._clock
        )

    @cached_property
    def _changes(self) -> SqsChangeQueue:
        from wellread.adapters.aws.sqs_queues import SqsChangeQueue

        return SqsChangeQueue(
            self._client("sqs"),
            self._named("document_queue_url"),
            self._named("documents_bucket"),
            clock=self._clock,
            sleep=self._sleep,
        )

    @cached_property
    def _chunks(self) -> SqsChunkQueue:
        from wellread.adapters.aws.sqs_queues import SqsChunkQueue

        return SqsChunkQueue(self._client("sqs"), self._named("chunk_queue_url"), sleep=self._sleep)

    @cached_property
    def _index(self) -> OpenSearchPassageIndex:
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
            rules=self._rules,
            embedder_setting=self._settings.embedder,
            clock=self._clock,
            sleep=self._sleep,
        )

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
