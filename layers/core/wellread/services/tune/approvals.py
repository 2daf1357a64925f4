"""The word of a person that a model waits for which passed."""

from __future__ import annotations

from wellread.domain.knowledge.errors import NotFoundError
from wellread.domain.tune.models import ModelStatus, RunName
from wellread.ports.hosting import HeldSteps
from wellread.services.tune.remote_ending import WAITING
from wellread.services.tune.run_notes import RunNotes
from wellread.services.tune.tuned_models import TunedModels


class Approvals:
    """What a person sees and says who was asked for their word."""

    def __init__(self, notes: RunNotes, models: TunedModels, steps: HeldSteps) -> None:
        """Show and tell.

        Args:
            notes: Of the runs.
            models: Knows which model answers.
            steps: What waits for the word.
        """
        self._notes = notes
        self._models = models
        self._steps = steps

    def reason(self, run: RunName) -> str:
        """Why the run passed, while it waits.

        Raises:
            NotFoundError: It does not wait (any more).
        """
        model = self._models.get(run)
        if model.status is not ModelStatus.AWAITING_APPROVAL:
            raise NotFoundError(
                f"The model of the run {run} does not wait for a word any more: it is "
                f"{model.status.value.replace('_', ' ')}."
            )
        return model.reason

    def decide(self, run: RunName, *, approved: bool, reason: str = "") -> None:
        """Say yes or no, once.

        Raises:
            NotFoundError: It does not wait (any more).
            ConflictError: It was decided meanwhile, or waited too long.
        """
        self.reason(run)
        token = str(self._notes.known(run, WAITING)["token"])
        said = f"A person refused it: {reason}" if reason else "A person refused it."
        self._steps.go_on(token, {"approved": approved, "reason": "" if approved else said})
