"""What a fine-tuning run is to do, and what it is made with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wellread.domain.evaluation.cases import EvaluationQuestion, InjectionCase
from wellread.domain.tune.dataset_faults import Readable
from wellread.domain.tune.manifests import Manifest
from wellread.domain.tune.models import RunName
from wellread.ports.operations import Clock
from wellread.ports.tune import TrainingJobs
from wellread.services.tune.asking import Speakers
from wellread.services.tune.evaluating import Arms
from wellread.services.tune.leaks import Leaks
from wellread.services.tune.tuned_models import TunedModels

BuildDataset = Callable[[Path, Callable[[int, int], None]], Manifest]
"""Builds the dataset into a folder, saying how many rows of how many it has."""

ReadQuestions = Callable[[Path], Sequence[EvaluationQuestion]]
"""The questions of the evaluation; given the dataset's folder, which may hold some."""

PutCase = Callable[[InjectionCase], None]
"""Puts a case's document in its place."""

Injecting = Callable[[], AbstractContextManager[tuple[Arms, PutCase]]]
"""A copy of the documents, in which documents with instructions in them can be put."""

Used = Callable[[], tuple[float, float]]
"""The time on the clock and of the processors, those of ended child processes too, in seconds."""


class Say:
    """Is told how far a run is; this one tells nobody."""

    def step(self, name: str, total: int) -> None:
        """A step begins, of so many parts."""

    def done(self, parts: int, note: str = "") -> None:
        """So many parts of the step are done."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What a run is to do.

    Attributes:
        run: Its name, and its model's.
        base: The model to start from: a GGUF file.
        base_name: What it is called.
        specialised: A ready model made for RAG, as a GGUF file; None for none.
        recipe: The recipe's file.
        recipe_name: What it is called.
        overrides: Values in place of the recipe's.
        seeds: How many trainings.
        approval: Whether a person decides about what passes.
        limit: Ask so many questions at most.
        cases: Of documents with instructions in them.
        facts: What else makes it this run, such as the set's name; JSON.
        about: For the report's head; JSON.
    """

    run: RunName
    base: Path
    base_name: str
    recipe: Path
    recipe_name: str
    seeds: int = 1
    specialised: Path | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    approval: bool = False
    limit: int | None = None
    cases: tuple[InjectionCase, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run is made with.

    Attributes:
        build: Makes the dataset.
        questions: What the arms are asked.
        jobs: Trains.
        models: Knows which model answers.
        speakers: Runs models.
        arms: Asks them.
        injecting: Where cases are asked.
        leaks: Looks for what must not be in answers.
        readable: Who may read what.
        clock: For dates.
        used: For costs.
    """

    build: BuildDataset
    questions: ReadQuestions
    jobs: TrainingJobs
    models: TunedModels
    speakers: Speakers
    arms: Arms
    injecting: Injecting
    leaks: Leaks
    readable: Readable
    clock: Clock
    used: Used
