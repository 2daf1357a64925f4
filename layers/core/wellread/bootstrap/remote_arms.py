"""The arms of a run far away: models behind endpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from wellread.bootstrap.arms import arms_of
from wellread.bootstrap.tuned import load_tuned
from wellread.domain.tune.arms import Arm

if TYPE_CHECKING:
    from wellread.bootstrap.services import Services
    from wellread.domain.tune.models import TunedModel
    from wellread.services.tune.evaluating import AskedArm, Speaking


class RemoteArms:
    """Makes the arms of a candidate; kept, since a function is asked many questions."""

    def __init__(self, services: Services, audiences: frozenset[str]) -> None:
        """Make nothing yet.

        Args:
            services: Of the stack.
            audiences: Who asks: each of them may ask the candidate.
        """
        self._services = services
        self._audiences = audiences
        self._made: dict[tuple[str, str], Sequence[AskedArm]] = {}

    @property
    def without_tuned(self) -> Arm:
        """What answers where no tuned model does."""
        return Arm.EXTRACTIVE if self._services.generators.model is None else Arm.RAG

    def __call__(self, candidate: TunedModel, promoted: TunedModel | None) -> Sequence[AskedArm]:
        """The arms to ask, those without a model first."""
        key = (candidate.location, "" if promoted is None else promoted.location)
        if key not in self._made:
            self._made[key] = self._arms(candidate, promoted)
        return self._made[key]

    def _arms(self, candidate: TunedModel, promoted: TunedModel | None) -> list[AskedArm]:
        arms = arms_of(self._services, self._audiences)
        base = cast("Speaking | None", self._services.generators.model)
        made = [arms.arm(Arm.EXTRACTIVE)]
        if base is not None:
            made += [arms.arm(Arm.BASE, base), arms.arm(Arm.RAG, base)]
        if promoted is not None:
            made.append(arms.arm(Arm.PROMOTED_RAG, self._speaking(promoted)))
        tuned = self._speaking(candidate)
        return [*made, arms.arm(Arm.TUNED, tuned), arms.arm(Arm.TUNED_RAG, tuned)]

    def _speaking(self, model: TunedModel) -> Speaking:
        return cast("Speaking", load_tuned(model, self._services.settings))
