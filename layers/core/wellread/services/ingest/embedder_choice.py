"""Which embedder answers, and moving an index from one to another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from wellread.domain.knowledge.errors import ModelMismatchError, WellreadError
from wellread.ports.index import PassageIndex, Reembeddable
from wellread.ports.models import Embedder

logger = logging.getLogger(__name__)


class EmbedderChoice:
    """The embedder whose vectors the index answers with at this moment.

    The setting names the embedder that is wanted. A filled index goes on answering with the one it
    was filled with until every chunk has a vector of the wanted one (`Reembedding`).
    """

    def __init__(self, index: PassageIndex, setting: str, load: Callable[[str], Embedder]) -> None:
        """Load nothing yet.

        Args:
            index: Knows what it was filled with.
            setting: The embedder that is wanted.
            load: From a setting to an embedder.
        """
        self._index = index
        self._setting = setting
        self._load = load
        self._loaded: dict[str, Embedder | None] = {}
        self._lock = threading.Lock()

    @property
    def setting(self) -> str:
        """The setting of the embedder that is wanted."""
        return self._setting

    def wanted(self) -> Embedder:
        """The embedder that the setting names.

        Raises:
            InvalidConfigurationError: It cannot be loaded.
        """
        with self._lock:
            embedder = self._loaded.get(self._setting)
            if embedder is None:
                embedder = self._loaded[self._setting] = self._load(self._setting)
            return embedder

    def active(self) -> Embedder | None:
        """The embedder that the index's vectors are of; None where it cannot be loaded any more."""
        stats = self._index.stats()
        wanted = self.wanted()
        if stats.model_version in (None, wanted.model_version):
            return wanted
        embedder = self._old(stats.embedder) if stats.embedder else None
        return embedder if embedder and embedder.model_version == stats.model_version else None

    def changing(self) -> bool:
        """Whether the index answers with vectors of another embedder than the one wanted."""
        stats = self._index.stats()
        return stats.model_version not in (None, self.wanted().model_version)

    def _old(self, setting: str) -> Embedder | None:
        with self._lock:
            if setting not in self._loaded:
                try:
                    self._loaded[setting] = self._load(setting)
                except WellreadError as error:
                    logger.warning("the old embedder is gone", extra={"why": str(error)})
                    self._loaded[setting] = None
            return self._loaded[setting]


class Reembedding:
    """Gives every chunk a vector of the wanted embedder, then goes over to it."""

    def __init__(self, index: PassageIndex, choice: EmbedderChoice) -> None:
        self._index = index
        self._choice = choice
        self._complete = False

    def step(self, limit: int = 32) -> int:
        """Embed some chunks for the coming model, or go over to it.

        Chunks that were added while the model that answers was away get their vectors too.

        Returns:
            How many chunks were embedded; 0 where there is nothing (more) to do.

        Raises:
            TransientError: Try again; what was embedded is kept.
        """
        changing = self._choice.changing()
        if not isinstance(self._index, Reembeddable) or (self._complete and not changing):
            return 0
        embedder = self._choice.wanted()
        lacking = self._index.lacking(embedder.model_version, limit)
        if not lacking:
            # This process adds no chunk without a vector once the index is of the wanted model.
            self._complete = not changing or self._adopt(embedder)
            return 0
        made = embedder.embed_documents([text for _, text in lacking])
        ids = [number for number, _ in lacking]
        self._index.put_vectors(embedder.model_version, dict(zip(ids, made, strict=True)))
        return len(lacking)

    def _adopt(self, embedder: Embedder) -> bool:
        if not isinstance(self._index, Reembeddable):
            return False
        try:
            self._index.adopt(embedder.model_version, self._choice.setting)
        except ModelMismatchError:
            return False  # chunks of the old model were added meanwhile: they are next
        logger.info("embedder changed", extra={"model_version": embedder.model_version})
        return True
