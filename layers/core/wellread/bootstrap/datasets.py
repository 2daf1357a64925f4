"""From settings to what makes datasets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wellread.bootstrap.teacher import teacher_of
from wellread.services.tune.corpus import Corpus, CorpusDocument, Vocabulary
from wellread.services.tune.dataset import DatasetBuilding
from wellread.services.tune.live_prompts import LivePrompts
from wellread.services.tune.template_drafts import DraftSource, TemplateDrafts

if TYPE_CHECKING:
    from wellread.bootstrap.services import Services


def datasets_of(services: Services) -> DatasetBuilding:
    """What builds datasets of a knowledge base."""
    adapters = services.adapters

    def prompts(characters: int) -> LivePrompts:
        return LivePrompts(services.retrieval, adapters.revisions, passage_characters=characters)

    def source(
        documents: Sequence[CorpusDocument], vocabulary: Vocabulary, seed: int
    ) -> DraftSource:
        teacher = teacher_of(services.settings, adapters.sleep)
        return teacher or TemplateDrafts(documents, vocabulary, seed)

    return DatasetBuilding(
        Corpus(adapters.registry, adapters.revisions, services.access, services.presence),
        prompts,
        source,
        services.stored_datasets,
        services.reviewed,
        passages=services.settings.passages,
        clock=adapters.clock,
    )
