"""The use cases of fine-tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from wellread.bootstrap.once import Lazy, once

if TYPE_CHECKING:
    from contextlib import ExitStack

    from wellread.bootstrap.adapters import Adapters
    from wellread.bootstrap.remote_tuning import RemoteTuning
    from wellread.bootstrap.services import Services
    from wellread.domain.knowledge.documents import DocumentId
    from wellread.services.access.rules_in_force import Access
    from wellread.services.tune.dataset import DatasetBuilding
    from wellread.services.tune.lineage import Lineage
    from wellread.services.tune.speaking import PromotedSpeaker
    from wellread.services.tune.stored_datasets import StoredDatasets
    from wellread.services.tune.tuned_models import TunedModels
    from wellread.settings import Settings


class TuneServices(Lazy):
    """Those of `Services`."""

    adapters: Adapters
    settings: Settings
    closing: ExitStack
    access: Access

    @once
    def datasets(self) -> DatasetBuilding:
        """Makes what models are tuned on."""
        from wellread.bootstrap.datasets import datasets_of

        return datasets_of(cast("Services", self))

    @once
    def stored_datasets(self) -> StoredDatasets:
        """What models were tuned on."""
        from wellread.services.tune.stored_datasets import StoredDatasets

        return StoredDatasets(self.adapters.datasets)

    @property
    def teacher_words(self) -> str:
        """What is said of who writes a dataset's questions, before they do."""
        from wellread.bootstrap.teacher import words_of

        return words_of(self.settings)

    @once
    def lineage(self) -> Lineage:
        """Which datasets and models a document entered."""
        from wellread.services.tune.lineage import Lineage

        return Lineage(self.stored_datasets, self.tuned_models)

    @once
    def tuned_models(self) -> TunedModels:
        """Which fine-tuned models there are, and which one answers."""
        from wellread.services.tune.tuned_models import TunedModels

        def readers_of(document: DocumentId) -> frozenset[str] | None:
            record = self.adapters.registry.get(document)
            return None if record is None else self.access.audiences_of(record)

        return TunedModels(self.adapters.models, self.adapters.clock, readers_of=readers_of)

    @once
    def tuned_speaker(self) -> PromotedSpeaker:
        """The promoted model, for those who may ask it."""
        from wellread.bootstrap.tuned import load_tuned
        from wellread.services.tune.learnt import Learnt
        from wellread.services.tune.speaking import PromotedSpeaker

        adapters = self.adapters
        learnt = Learnt(
            self.stored_datasets, adapters.registry, self.access.audiences_of, adapters.clock
        )
        speaker = PromotedSpeaker(
            self.tuned_models, lambda model: load_tuned(model, self.settings), learnt.readable
        )
        self.closing.callback(speaker.close)
        return speaker

    @once
    def remote(self) -> RemoteTuning:
        """The runs of a stack, which others' computers do."""
        from wellread.bootstrap.remote_tuning import RemoteTuning

        return RemoteTuning(cast("Services", self))
