"""Tuned models: what they were made of, and how far they have come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from wellread.domain.ask.prompting import PASSAGE_CHARACTERS

RunName = NewType("RunName", str)
"""Names a fine-tuning run and the model that came of it: letters, digits and hyphens."""


class ModelStatus(StrEnum):
    """How far a tuned model has come."""

    CANDIDATE = "candidate"
    """Trained; not yet judged."""

    AWAITING_APPROVAL = "awaiting_approval"
    """It passed the gate; a person decides."""

    PROMOTED = "promoted"
    """It answers in the tuned modes."""

    SUPERSEDED = "superseded"
    """It answered until a later one did; a roll back leads to it."""

    ROLLED_BACK = "rolled_back"
    """It answered until it was taken away."""

    NOT_PROMOTED = "not_promoted"
    """It did not pass the gate, or a person refused it."""


@dataclass(frozen=True, slots=True)
class TunedModel:
    """A model that was trained on the company's documents.

    Attributes:
        run: The run that made it.
        base: The model it was made from.
        location: What serves it: a GGUF file's path, "sagemaker:<endpoint>[/<component>]", or the
            URL of an OpenAI-compatible server with the model's name there, "http://host/v1#name".
        dataset: Name of the dataset it was trained on.
        recipe: Name of the recipe.
        prompt_version: Of the prompts it was trained on: `domain.ask.prompting.PROMPT_VERSION`.
        audiences: Who may read every document that it was trained on: whoever asks it must be one
            of them.
        created_at: Seconds since the epoch.
        status: How far it has come.
        reason: Why it has that status, for people.
        changed_at: When it got that status, seconds since the epoch.
        metrics: Of the run that judged it, by name.
        saw_erased: Documents it was trained on that were deleted since.
        follows: The model that answered before it was promoted; None for the first.
        passage_characters: How much of passages the prompts hold that it was trained on.
    """

    run: RunName
    base: str
    location: str
    dataset: str
    recipe: str
    prompt_version: str
    audiences: frozenset[str]
    created_at: float
    status: ModelStatus = ModelStatus.CANDIDATE
    reason: str = ""
    changed_at: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict)
    saw_erased: frozenset[str] = frozenset()
    follows: RunName | None = None
    passage_characters: int = PASSAGE_CHARACTERS


@dataclass(frozen=True, slots=True)
class ModelChange:
    """What is known of a model, before and after.

    Attributes:
        before: As it was read.
        after: As it is to be; of the same run.
    """

    before: TunedModel
    after: TunedModel


def is_same_model(one: TunedModel, other: TunedModel) -> bool:
    """Whether two records are of one model: made in the same way, and served from one place."""
    return _made_of(one) == _made_of(other)


def _made_of(model: TunedModel) -> tuple[object, ...]:
    return (
        model.run,
        model.base,
        model.location,
        model.dataset,
        model.recipe,
        model.prompt_version,
        model.passage_characters,
    )
