"""Tuned models, and where they are trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wellread.domain.ask.reviewed import ReviewedAnswer
from wellread.domain.tune.models import ModelChange, RunName, TunedModel


class ModelRegistry(Protocol):
    """All tuned models. At most one of them is promoted."""

    def register(self, model: TunedModel) -> None:
        """Keep a candidate, in place of one of the same run that is a candidate still.

        Where that run's model has been judged already and is the same one, nothing is changed.

        Raises:
            ConflictError: It has been judged already, and is another one.
        """

    def get(self, run: RunName) -> TunedModel | None:
        """The model of a run; None where there is none."""

    def list(self) -> Sequence[TunedModel]:
        """All models, oldest first."""

    def replace(self, *changes: ModelChange) -> None:
        """Keep models as they are after changes: all of them in one step, or none.

        Args:
            changes: At most one a model. One that becomes promoted does so together with the
                change that takes its place from the one that was.

        Raises:
            ConflictError: One of the models is not as it was before, or two would be promoted.
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
