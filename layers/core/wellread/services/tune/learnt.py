"""Who may read, at this moment, what a tuned model has learnt."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from wellread.domain.access.scope import Scope
from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import NotFoundError, PermanentError
from wellread.domain.tune.models import TunedModel
from wellread.ports.ingest import DocumentRegistry
from wellread.ports.operations import Clock
from wellread.services.tune.stored_datasets import StoredDatasets

logger = logging.getLogger(__name__)

_FRESH_SECONDS = 2.0
"""How long what is known of a dataset's documents is used: one question asks several times."""

_Readers = frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Known:
    readers: _Readers
    until: float


class Learnt:
    """Says who may read all that a model was trained on.

    When it was trained, that was whoever is in its audiences. A document that was restricted since
    closes the model to whoever may not read it any more; one that was opened opens nothing. What
    was deleted stays closed to whom it was closed to: `TunedModels.mark_erased` sees to that.
    """

    def __init__(
        self,
        datasets: StoredDatasets,
        registry: DocumentRegistry,
        audiences_of: Callable[[DocumentRecord], frozenset[str]],
        clock: Clock,
    ) -> None:
        """Nothing is looked up yet.

        Args:
            datasets: Know what was in a dataset.
            registry: Knows the documents.
            audiences_of: Who may read a document, by the rules of this moment.
            clock: The time.
        """
        self._datasets = datasets
        self._registry = registry
        self._audiences_of = audiences_of
        self._clock = clock
        self._lock = threading.Lock()
        self._documents: dict[str, tuple[DocumentId, ...]] = {}
        self._known: dict[str, _Known] = {}

    def readable(self, model: TunedModel, scope: Scope) -> bool:
        """Whether all viewers of a scope may read all that a model was trained on.

        Raises:
            TransientError: It cannot be looked up now.
        """
        if not scope.permits(model.audiences):
            return False
        try:
            readers = self._readers(model.dataset)
        except (PermanentError, KeyError, TypeError, ValueError) as error:
            logger.error("nobody may ask the tuned model", extra={"why": str(error)})
            return False
        return all(scope.permits(audiences) for audiences in readers)

    def _readers(self, dataset: str) -> _Readers:
        """The audiences of the dataset's documents, each different one once."""
        now = self._clock()
        with self._lock:
            known = self._known.get(dataset)
            if known is None or known.until <= now:
                records = self._registry.get_many(self._documents_of(dataset)).values()
                readers = frozenset(map(self._audiences_of, records))
                known = self._known[dataset] = _Known(readers, now + _FRESH_SECONDS)
        return known.readers

    def _documents_of(self, dataset: str) -> tuple[DocumentId, ...]:
        if dataset not in self._documents:
            try:
                manifest = self._datasets.get(dataset)
            except NotFoundError:
                return ()  # made elsewhere: the model's own audiences are all that is known
            self._documents[dataset] = tuple(map(DocumentId, manifest.documents))
        return self._documents[dataset]
