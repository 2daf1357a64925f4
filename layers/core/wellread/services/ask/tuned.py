"""Who speaks in the tuned modes."""

from __future__ import annotations

from typing import Protocol

from wellread.domain.access.scope import Scope
from wellread.ports.models import Generator


class TunedSpeaker(Protocol):
    """The fine-tuned model of the moment, for those who may ask it.

    It may say anything that it was trained on, so whoever sees what it says must be allowed to read
    all of that.
    """

    def may_ask(self, scope: Scope) -> bool:
        """Whether there is one that may speak to all viewers of a scope."""

    def of(self, scope: Scope) -> Generator | None:
        """That model; None where there is none for them."""


class GivenModel:
    """A `TunedSpeaker` that lets everybody ask one model: to measure a candidate by."""

    def __init__(self, model: Generator) -> None:
        self._model = model

    def may_ask(self, scope: Scope) -> bool:  # noqa: ARG002 - whoever it is
        """Always."""
        return True

    def of(self, scope: Scope) -> Generator:  # noqa: ARG002 - whoever it is
        """The model."""
        return self._model
