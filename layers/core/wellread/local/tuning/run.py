"""A fine-tuning run on this machine: what it is made of, and what is written of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock

from wellread import __version__
from wellread.bootstrap.arms import arms_of, readable_in
from wellread.bootstrap.embedded import EmbeddedServices
from wellread.bootstrap.local_models import model_file
from wellread.bootstrap.speakers import LoadedSpeakers
from wellread.domain.access.scope import members_of
from wellread.domain.ask.prompting import PROMPT_VERSION
from wellread.domain.evaluation.cases import EvaluationQuestion
from wellread.domain.knowledge.errors import ConflictError
from wellread.domain.tune.manifests import MANIFEST, Manifest, manifest_from
from wellread.domain.tune.markdown import as_markdown
from wellread.domain.tune.models import RunName
from wellread.local.tuning import pictures
from wellread.local.tuning.knowledge import Knowledge, reviewed_questions
from wellread.local.tuning.progress import Progress, estimates, minutes, time_table
from wellread.local.tuning.recipes import RecipeFacts
from wellread.ports.tune import TrainingJobs
from wellread.services.tune.asking import Speakers
from wellread.services.tune.dataset_work import DatasetProgress
from wellread.services.tune.fine_tuning import FineTuning
from wellread.services.tune.leaks import Leaks
from wellread.services.tune.run_folder import RUNS, RunFolder
from wellread.services.tune.run_plan import Parts, RunPlan
from wellread.settings import Settings

REPORT, MARKDOWN = "report.json", "report.md"

_FOLDER = "fine-tuning"
_LOCK = "fine-tuning.lock"
_NAME_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for.

    Attributes:
        knowledge: What is learnt from and asked about.
        recipe: How.
        base: What to start from: "packaged", a GGUF file, or the name of a fetched model.
        out: Where the report goes; None for a folder beside the run's.
        name: Of the run; None for one made of what it is.
        seeds: How many trainings.
        limit: Ask so many questions at most.
        specialised: A ready model made for RAG, named as `base` is.
        approval: Whether a person decides about what passes.
    """

    knowledge: Knowledge
    recipe: RecipeFacts
    base: str
    out: Path | None = None
    name: str | None = None
    seeds: int = 1
    limit: int | None = None
    specialised: str | None = None
    approval: bool = False


@dataclass(frozen=True, slots=True)
class Workshop:
    """What trains and runs models; tests give others.

    Attributes:
        jobs: Trains.
        speakers: From settings to what runs models.
        model_file: From a model's name to its file and what to call it.
        draw: Makes the picture.
    """

    jobs: TrainingJobs
    speakers: Callable[[Settings], Speakers] = LoadedSpeakers
    model_file: Callable[[str, Settings], tuple[Path, str]] = model_file
    draw: pictures.Draw = pictures.draw


@dataclass(frozen=True, slots=True)
class Finished:
    """What a run came to.

    Attributes:
        report: In the shape of `report.json`.
        out: Where it was written.
        files: The names of what was written.
        table: What each step took, as lines.
    """

    report: Mapping[str, Any]
    out: Path
    files: list[str] = field(default_factory=list)
    table: list[str] = field(default_factory=list)


def fine_tune(wanted: Wanted, workshop: Workshop, say: Callable[[str], None]) -> Finished:
    """Do a run, or what is left of it, and write what came of it.

    Args:
        wanted: What a person asked for.
        workshop: What trains and runs models.
        say: Tells a person how far it is.

    Raises:
        WellreadError: It could not be done; the message says why and what to do.
    """
    knowledge = wanted.knowledge
    settings = knowledge.settings
    base, base_name = workshop.model_file(wanted.base, settings)
    specialised = None
    if wanted.specialised is not None:
        specialised, _ = workshop.model_file(wanted.specialised, settings)
    with knowledge.open() as services, _OnlyRun(settings.data):
        facts = _facts(wanted, knowledge.fingerprint(services))
        run = RunName(wanted.name or _name_of(wanted.recipe, base_name, facts))
        work = settings.data / _FOLDER / run
        out = wanted.out or work / "report"
        if knowledge.own:
            _take_away_others(services, run)
        plan = RunPlan(
            run=run,
            base=base.resolve(),
            base_name=base_name,
            specialised=specialised,
            recipe=wanted.recipe.path.resolve(),
            recipe_name=wanted.recipe.name,
            seeds=wanted.seeds,
            approval=wanted.approval,
            limit=wanted.limit,
            cases=knowledge.cases,
            facts=facts,
            about={"wellread": __version__, "set": knowledge.name, "embedder": settings.embedder},
        )
        expected = _expected(wanted, services)
        for line in _announcement(wanted, plan, out, sum(expected.values())):
            say(line)
        folder = RunFolder(work, out)
        parts = _parts(wanted, workshop, services)
        report = FineTuning(parts, folder, Progress(expected, say)).run(plan)
    files = _write(report, out, workshop.draw)
    return Finished(report, out, files, time_table(report["costs"], expected))


def _parts(wanted: Wanted, workshop: Workshop, services: EmbeddedServices) -> Parts:
    knowledge = wanted.knowledge

    def build(folder: Path, progress: Callable[[int, int], None]) -> Manifest:
        def told(now: DatasetProgress) -> None:
            progress(now.rows, now.wanted)

        manifest = services.datasets.build(
            knowledge.audiences,
            held_out=knowledge.held_out,
            size=wanted.recipe.rows,
            passage_characters=wanted.recipe.passage_characters,
            seed=0,
            progress=told,
        )
        services.stored_datasets.put_into(manifest.dataset, folder)
        return manifest

    def questions(folder: Path) -> Sequence[EvaluationQuestion]:
        brought = knowledge.questions(folder)
        if knowledge.own:
            return brought
        manifest = manifest_from(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        return [*brought, *reviewed_questions(services.reviewed.approved(), manifest.held_out)]

    return Parts(
        build=build,
        questions=questions,
        jobs=workshop.jobs,
        models=services.tuned_models,
        speakers=workshop.speakers(knowledge.settings),
        arms=arms_of(services, knowledge.audiences),
        injecting=knowledge.injected,
        leaks=Leaks(services.documents, members_of(knowledge.audiences)),
        readable=readable_in(services),
        clock=time.time,
        used=_used,
    )


def _take_away_others(services: EmbeddedServices, run: RunName) -> None:
    """A set's runs are experiments: each is measured against the base model, not the one before."""
    models = services.tuned_models
    while (promoted := models.promoted()) is not None and promoted.run != run:
        models.rollback("Another run over the same set was begun.")


def _expected(wanted: Wanted, services: EmbeddedServices) -> dict[str, float]:
    questions = wanted.knowledge.count
    return estimates(
        wanted.recipe,
        min(questions, wanted.limit or questions),
        wanted.seeds,
        len(wanted.knowledge.cases),
        specialised=wanted.specialised is not None,
        promoted=services.tuned_models.answering() is not None,
    )


def _announcement(wanted: Wanted, plan: RunPlan, out: Path, seconds: float) -> list[str]:
    seeds = "once" if wanted.seeds == 1 else f"{wanted.seeds} times, with other seeds"
    end = (
        "have it wait for your approval if it is better"
        if wanted.approval
        else "promote it if it is measurably better, and not otherwise"
    )
    return [
        f"Run {plan.run}: build a dataset of about {wanted.recipe.rows} rows out of "
        f"{wanted.knowledge.name}, train {plan.base_name} on it {seeds} by the recipe "
        f"{plan.recipe_name}, ask all arms about documents that it did not see, and {end}.",
        f"On two idle processor cores that takes about {minutes(seconds)}. It can be stopped at "
        "any time; the same command goes on where it was.",
        f"The report goes to {out}.",
    ]


def _write(report: Mapping[str, Any], out: Path, draw: pictures.Draw) -> list[str]:
    out.mkdir(parents=True, exist_ok=True)
    (out / REPORT).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    drawn = draw(report, out)
    markdown = as_markdown(report, drawn or []).encode("utf-8", "replace").decode()
    (out / MARKDOWN).write_text(markdown, encoding="utf-8")
    return [REPORT, MARKDOWN, RUNS, *(drawn or [])]


def _facts(wanted: Wanted, documents: list[str]) -> dict[str, Any]:
    knowledge = wanted.knowledge
    about = {
        "set": knowledge.name,
        "audiences": sorted(knowledge.audiences),
        "documents": _hash("\n".join(documents)),
        "recipe_text": _hash(wanted.recipe.text),
        "specialised": wanted.specialised,
    }
    if knowledge.held_out is not None:
        about["held_out"] = _hash("\n".join(sorted(knowledge.held_out)))
    return about


def _name_of(recipe: RecipeFacts, base: str, facts: Mapping[str, Any]) -> str:
    """A name for a run that is the same for the same run, so that it goes on where it was."""
    key = _hash(json.dumps([facts, base, PROMPT_VERSION], sort_keys=True))
    stem = re.sub(r"[^A-Za-z0-9]+", "-", recipe.name).strip("-")[:_NAME_CHARACTERS]
    return f"{stem or 'run'}-{key[:8]}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class _OnlyRun:
    """One run at a time in a data folder."""

    def __init__(self, data: Path) -> None:
        self._lock = filelock.FileLock(data / _LOCK, timeout=0)

    def __enter__(self) -> None:
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise ConflictError(
                "Another fine-tuning run is under way in this data folder. Wait for it, or stop "
                "it: it goes on where it was."
            ) from None

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _used() -> tuple[float, float]:
    """The time on the clock, and of all processors: this process' and that of ended children."""
    return time.monotonic(), sum(os.times()[:4])
