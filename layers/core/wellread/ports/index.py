"""Where chunks are searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NewType, Protocol, runtime_checkable

from wellread.domain.access.scope import Scope
from wellread.domain.knowledge.documents import (
    DocumentId,
    IndexedChunk,
    Passage,
)
from wellread.ports.access import AccessRulesSource
from wellread.ports.models import Vector


class PassageIndex(Protocol):
    """Where chunks are searched, by words and by vector.

    It holds the vectors of one embedder (`model_version`) at a time, and may for a while show too
    much (chunks of superseded builds, deleted documents): the retrieval service consults the
    registry for every hit.
    """

    def add(self, chunks: Sequence[IndexedChunk], model_version: str | None) -> None:
        """Add chunks; all of them, or none and an error.

        Args:
            chunks: Searchable by their words at once, by their vectors where they have one.
            model_version: Of the embedder that made the vectors; None where no chunk has one.

        Raises:
            ModelMismatchError: The index holds vectors of another model.
            StorageFullError, IndexUnavailableError: Nothing was added, or it is not known: write
                again under another token.
        """

    def search(self, query: PassageQuery, scope: Scope) -> PassageHits:
        """The best chunks of each leg among the documents that the scope permits.

        Raises:
            ModelMismatchError: The query's vector is of another model than the index's.
        """

    def delete(self, document: DocumentId, builds: frozenset[str]) -> int:
        """Delete the chunks that these builds of a document wrote. Returns how many.

        Builds are named rather than spared, because one that begins meanwhile must not be touched.
        """

    def update_access(
        self, document: DocumentId, audiences: frozenset[str], *, own: frozenset[str] | None
    ) -> None:
        """Make the pre-filter know who may read a document from now on.

        Args:
            document: Whose chunks.
            audiences: Who may read it, by the prefix rules and its sidecar.
            own: What its sidecar says of that; None where the rules alone decide. An index that is
                `RuleAware` puts this and the rules of the moment together itself.
        """

    def stats(self) -> IndexStats:
        """What the index holds."""


@dataclass(frozen=True, slots=True)
class PassageQuery:
    """One search, both legs.

    Attributes:
        text: For the lexical leg.
        vector: For the vector leg, unit length; None leaves that leg out.
        model_version: Of the embedder that made `vector`.
        limit: Hits wanted from each leg.
        documents: Only within these, and within the scope; None is all of them.
    """

    text: str
    vector: Vector | None
    model_version: str | None
    limit: int = 50
    documents: frozenset[DocumentId] | None = None


@dataclass(frozen=True, slots=True)
class PassageHits:
    """Both legs' hits, best first; scores are BM25 and cosine."""

    lexical: tuple[Passage, ...]
    vector: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class IndexStats:
    """What an index holds.

    Attributes:
        model_version: Of the embedder whose vectors answer; None while the index is new.
        embedder: The setting that embedder was chosen with, so that it can be loaded again.
    """

    chunks: int
    model_version: str | None
    embedder: str | None = None


@runtime_checkable
class RuleAware(Protocol):
    """An index that looks at the prefix rules whenever it is searched.

    Others must be told the audiences of every document that a changed rule concerns.
    """

    def looks_at(self, rules: AccessRulesSource) -> bool:
        """Whether these are the rules."""


@runtime_checkable
class Lagging(Protocol):
    """An index that shows what was written, and hides what was deleted, only after a while."""

    @property
    def lag_seconds(self) -> float:
        """After so long a write is visible, for all that is known."""

    def visible(self, document: DocumentId, writes: frozenset[str]) -> int:
        """How many chunks of these writes a search can see now.

        Raises:
            IndexUnavailableError: The index did not answer.
        """


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """What an index holds of one document.

    Attributes:
        writes: Write token → how many of its chunks a search can see.
    """

    document: DocumentId
    writes: Mapping[str, int]


@runtime_checkable
class Inventoried(Protocol):
    """An index that can say which documents it holds."""

    def inventory(self, *, after: str = "", limit: int = 1000) -> Sequence[IndexedDocument]:
        """Documents in key order, those after a key.

        Raises:
            IndexUnavailableError: The index did not answer.
        """

    def inventory_of(self, documents: Sequence[DocumentId]) -> Mapping[DocumentId, IndexedDocument]:
        """Those of these documents that the index holds chunks of."""


@runtime_checkable
class Sweepable(Protocol):
    """An index that can be rid of what crashed writers left behind."""

    def sweep(self, document: DocumentId, *, keep: frozenset[str], before: float) -> int:
        """Delete a document's chunks added before a time, those of the writes in `keep` excepted.

        Returns:
            How many were deleted.
        """


ChunkKey = NewType("ChunkKey", int)
"""What an index calls a chunk of its own; it means nothing to anybody else."""


@runtime_checkable
class Reembeddable(Protocol):
    """An index that can be moved to another embedder while the old vectors answer."""

    def adopt(self, model_version: str, embedder: str) -> None:
        """Answer with this model from now on.

        Raises:
            ModelMismatchError: Some chunks have no vector of that model yet.
        """

    def lacking(self, model_version: str, limit: int) -> Sequence[tuple[ChunkKey, str]]:
        """Chunks without a vector of that model, each with the text to embed."""

    def put_vectors(self, model_version: str, vectors: Mapping[ChunkKey, Vector]) -> None:
        """Keep vectors of a coming model beside those that answer."""


class VectorCache(Protocol):
    """Vectors by content hash and model version, so that no text is embedded twice."""

    def get(self, model_version: str, hashes: Sequence[str]) -> dict[str, Vector]:
        """The cached vectors among these hashes."""

    def put(self, model_version: str, vectors: Mapping[str, Vector]) -> None:
        """Cache vectors."""
