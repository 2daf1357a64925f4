"""The use cases that functions and hosts call, whatever they run on."""

from __future__ import annotations

from typing import Protocol

from wellread.ports.ingest import Redelivery
from wellread.services.access.callers import Callers
from wellread.services.access.review import AccessReview
from wellread.services.ask.answering import Answering
from wellread.services.ask.feedback import FeedbackCollection
from wellread.services.ask.retrieval import Retrieval
from wellread.services.ingest.documents import Documents
from wellread.services.ingest.embedder_choice import EmbedderChoice, Reembedding
from wellread.services.ingest.embedding import BatchEmbedding
from wellread.services.ingest.ingestion import Ingestion
from wellread.services.ingest.reconciliation import Reconciliation
from wellread.services.ingest.redriving import Redriving
from wellread.services.ingest.sweeping import Sweeping


class Services(Protocol):
    """The use cases, ready to be called."""

    @property
    def ingestion(self) -> Ingestion:
        """From a hint to staged batches."""

    @property
    def embedding(self) -> BatchEmbedding:
        """From staged batches to an index that answers with them."""

    @property
    def sweeping(self) -> Sweeping:
        """Deleting what counts for nothing any more."""

    @property
    def reconciliation(self) -> Reconciliation:
        """Bucket, registry and index side by side."""

    @property
    def redriving(self) -> Redriving:
        """A new start for dead letters."""

    @property
    def redelivery(self) -> Redelivery:
        """When a message that could not be handled comes again."""

    @property
    def reembedding(self) -> Reembedding:
        """From one embedder to another."""

    @property
    def choice(self) -> EmbedderChoice:
        """Which embedder answers."""

    @property
    def retrieval(self) -> Retrieval:
        """Passages for a question."""

    @property
    def answering(self) -> Answering:
        """From a question to a reply."""

    @property
    def documents(self) -> Documents:
        """Documents as people see them."""

    @property
    def feedback(self) -> FeedbackCollection:
        """Verdicts on replies."""

    @property
    def callers(self) -> Callers:
        """Who calls the API, and how often they may ask."""

    @property
    def access_review(self) -> AccessReview:
        """Who may read what and why."""
