"""Which datasets and models a document entered, and what its deletion does to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.tune.manifests import Manifest
from wellread.domain.tune.models import TunedModel
from wellread.services.tune.stored_datasets import StoredDatasets
from wellread.services.tune.tuned_models import TunedModels


@dataclass(frozen=True, slots=True)
class Traced:
    """What became of a document's words.

    Attributes:
        datasets: Those with a row that they are in, or were until it was deleted; oldest first.
        models: Those that were trained on one of these datasets.
    """

    document: DocumentId
    datasets: tuple[Manifest, ...]
    models: tuple[TunedModel, ...]


class Lineage:
    """Follows documents into datasets and models."""

    def __init__(self, stored: StoredDatasets, models: TunedModels) -> None:
        self._stored = stored
        self._models = models

    def trace(self, document: DocumentId) -> Traced:
        """The datasets and models that a document entered."""
        datasets = self._stored.with_document(document)
        names = {each.dataset for each in datasets}
        models: Sequence[TunedModel] = self._models.list() if names else ()
        return Traced(
            document, tuple(datasets), tuple(model for model in models if model.dataset in names)
        )

    def erase(self, document: DocumentId) -> None:
        """Take a deleted document's rows out of datasets, and mark the models that saw them.

        The models first: who dies in between finds the rows there still, and begins anew.
        """
        datasets = [each.dataset for each in self._stored.with_document(document)]
        self._models.mark_erased([document], datasets)
        self._stored.erase(document)
