"""The use cases that functions and hosts call, whatever they run on."""

from __future__ import annotations

from typing import Protocol

from wellread.services.answering import Answering
from wellread.services.batch_embedding import BatchEmbedding
from wellread.services.documents import Documents
from wellread.services.embedding import EmbedderChoice, Reembedding
from wellread.services.feedback import FeedbackCollection
from wellread.services.ingestion import Ingestion
from wellread.services.retrieval import Retrieval


class Services(Protocol):
    """The use cases, ready to be called."""

    @property
    def ingestion(self) -> Ingestion:
        """From a hint to staged batches."""

    @property
    def embedding(self) -> BatchEmbedding:
        """From staged batches to an index that answers with them."""

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
