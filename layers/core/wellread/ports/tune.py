"""Tuned models, and where they are trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wellread.domain.ask.reviewed import ReviewedAnswer
from wellread.domain.tune.models import ModelStatus, RunName, TunedModel


class ModelRegistry(Protocol):
    """All tuned models. At most one of them is promoted."""

    def register(self, model: TunedModel) -> None:
        """Keep a model, in place of one of the same run that is a candidate still.

        Raises:
            ConflictError: That run's model has been judged already, and is another one.
        """

    def get(self, run: RunName) -> TunedModel | None:
        """The model of a run; None where there is none."""

    def list(self) -> Sequence[TunedModel]:
        """All models, oldest first."""

    def replace(self, model: TunedModel, was: ModelStatus) -> None:
        """Keep a model in place of what is known of it, where it still has the status it had.

        A model that becomes promoted takes the place of the one that it `follows`, in one step.

        Raises:
            ConflictError: It has another status by now, or another model is promoted than the one
                it follows.
        """

    def promoted(self) -> TunedModel | None:
        """The model that answers in the tuned modes; None where there is none."""


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """What one training needs.

    Attributes:
        run: Its name.
        dataset: Folder with `train.jsonl`, `validation.jsonl` and `manifest.json`.
        recipe: File of the recipe, YAML.
        base: What to start from: a GGUF file or a folder of weights in Hugging Face's form.
        output: Folder for what comes of it: `model.gguf`, `adapter/`, `model-card.md`,
            `metrics.json`.
        seed: Of everything that is drawn.
        overrides: Values in place of the recipe's, by name.
    """

    run: RunName
    dataset: Path
    recipe: Path
    base: Path
    output: Path
    seed: int
    overrides: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far a training is.

    Attributes:
        step: Steps done.
        steps: Steps that there will be at most.
        loss: Of the last step; None before the first.
        held_out_loss: Of the last look at the validation rows; None before the first.
    """

    step: int
    steps: int
    loss: float | None = None
    held_out_loss: float | None = None


class Corrections(Protocol):
    """What people who know better approved."""

    def approved(self) -> Sequence[ReviewedAnswer]:
        """The reviewed answers that hold at this moment, oldest first.

        Each citation's quote stands verbatim in the active revision of its document.

        Raises:
            TransientError: Try again.
        """


class TrainingJobs(Protocol):
    """Where models are trained."""

    def train(self, job: TrainingJob, progress: Callable[[TrainingProgress], None]) -> None:
        """Train, and return once the output is there. A job that was stopped goes on.

        Raises:
            PermanentError: It failed; the message says why and what to do.
            InvalidConfigurationError: What training needs is not set up; the message says how.
        """
