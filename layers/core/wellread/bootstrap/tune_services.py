"""The use cases of fine-tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from wellread.bootstrap.once import Lazy, once

if TYPE_CHECKING:
    from contextlib import ExitStack

    from wellread.bootstrap.adapters import Adapters
    from wellread.bootstrap.services import Services
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

        return TunedModels(self.adapters.models, self.adapters.clock)

    @once
    def tuned_speaker(self) -> PromotedSpeaker:
        """The promoted model, for those who may ask it."""
        from wellread.bootstrap.tuned import load_tuned
        from wellread.services.tune.speaking import PromotedSpeaker

        speaker = PromotedSpeaker(self.tuned_models, lambda model: load_tuned(model, self.settings))
        self.closing.callback(speaker.close)
        return speaker
