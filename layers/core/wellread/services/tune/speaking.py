"""The promoted model as a speaker: loaded when it is asked, let go once another one answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Protocol, runtime_checkable

from wellread.domain.access.scope import Scope
from wellread.domain.ask.prompting import Prompt
from wellread.domain.knowledge.errors import ModelUnavailableError, WellreadError
from wellread.domain.tune.models import TunedModel
from wellread.ports.models import Generator
from wellread.services.tune.tuned_models import TunedModels

logger = logging.getLogger(__name__)


@runtime_checkable
class Closable(Protocol):
    """A generator that holds something on this machine."""

    def close(self) -> None:
        """Let go of it."""


class LoadedModel:
    """A `Generator` of a tuned model, which it loads when it first speaks.

    What it holds is let go of once it is retired and no answer is amid.
    """

    def __init__(self, model: TunedModel, load: Callable[[TunedModel], Generator]) -> None:
        self.model = model
        self._load = load
        self._lock = threading.Lock()
        self._generator: Generator | None = None
        self._speaking = 0
        self._retired = False

    @property
    def name(self) -> str:
        """The run that made it: what the asker can tell those who look after the models."""
        return self.model.run

    @property
    def passage_characters(self) -> int:
        """As much of passages as it was trained to read."""
        return self.model.passage_characters

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """Pieces of the answer as they come.

        Raises:
            ModelUnavailableError: It cannot be loaded, was retired, or failed.
        """
        generator = self._begin()
        try:
            yield from generator.generate(prompt)
        finally:
            self._end()

    def retire(self) -> None:
        """Speak no more, once the answers that are amid are done."""
        with self._lock:
            self._retired = True
            idle = self._taken_if_idle()
        _close(idle)

    def _begin(self) -> Generator:
        with self._lock:
            if self._retired:
                raise ModelUnavailableError(f"Another model answers in the place of {self.name}.")
            if self._generator is None:
                self._generator = self._loaded()
            self._speaking += 1
            return self._generator

    def _end(self) -> None:
        with self._lock:
            self._speaking -= 1
            idle = self._taken_if_idle()
        _close(idle)

    def _taken_if_idle(self) -> Generator | None:
        if not self._retired or self._speaking:
            return None
        idle, self._generator = self._generator, None
        return idle

    def _loaded(self) -> Generator:
        try:
            return self._load(self.model)
        except ModelUnavailableError:
            raise
        except WellreadError as error:
            logger.error("the tuned model cannot be loaded", extra={"why": str(error)})
            raise ModelUnavailableError(str(error)) from error


class PromotedSpeaker:
    """The `TunedSpeaker` of whichever model is promoted.

    It looks at every question, so that the next answer after a promotion or a roll back comes from
    the model that is promoted then.
    """

    def __init__(
        self,
        models: TunedModels,
        load: Callable[[TunedModel], Generator],
        readable: Callable[[TunedModel, Scope], bool],
    ) -> None:
        """Nothing is loaded yet.

        Args:
            models: Say which one is promoted.
            load: Makes a generator of one.
            readable: Whether all viewers of a scope may read all that one was trained on.
        """
        self._models = models
        self._readable = readable
        self._load = load
        self._lock = threading.Lock()
        self._loaded: LoadedModel | None = None

    def may_ask(self, scope: Scope) -> bool:
        """Whether a model is promoted that may speak to all viewers of a scope."""
        model = self._models.answering()
        return model is not None and self._readable(model, scope)

    def of(self, scope: Scope) -> Generator | None:
        """The promoted model; None where there is none that may speak to all viewers of a scope."""
        model = self._models.answering()
        loaded = self._loaded_of(model)
        if model is None or not self._readable(model, scope):
            return None
        return loaded

    def close(self) -> None:
        """Let go of the model."""
        self._loaded_of(None)

    def _loaded_of(self, model: TunedModel | None) -> LoadedModel | None:
        with self._lock:
            before = self._loaded
            if before is not None and model is not None and _speaks_alike(before.model, model):
                return before
            self._loaded = None if model is None else LoadedModel(model, self._load)
            now = self._loaded
        if before is not None:
            before.retire()
        return now


def _speaks_alike(one: TunedModel, other: TunedModel) -> bool:
    """Whether what was loaded for one record serves the other, whatever else is known by now."""
    return (one.run, one.location) == (other.run, other.location)


def _close(generator: Generator | None) -> None:
    if isinstance(generator, Closable):
        generator.close()
