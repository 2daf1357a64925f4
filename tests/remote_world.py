"""A run far away with nothing far away: what trains, serves and tells is of memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tests.doubles import SetClock
from tests.tuning import manifest, outcome
from wellread.adapters.embedded.folder_reports import FolderReportStore
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_models import SqliteModelRegistry
from wellread.domain.evaluation.cases import EvaluationQuestion
from wellread.domain.knowledge.errors import ConflictError, TransientError
from wellread.domain.tune.arms import CANDIDATE, Arm
from wellread.domain.tune.costs import read_prices
from wellread.domain.tune.manifests import HELD_OUT, TRAIN, VALIDATION, Manifest
from wellread.domain.tune.models import RunName, TunedModel
from wellread.domain.tune.outcomes import ArmOutcome
from wellread.domain.tune.remote_runs import RunNews
from wellread.ports.hosting import Hosted, HostStatus, JobStatus, RemoteJob, TrainingOrder
from wellread.services.tune.approvals import Approvals
from wellread.services.tune.evaluating import AskedArm
from wellread.services.tune.leaks import Leaks
from wellread.services.tune.remote_ending import RemoteEnding
from wellread.services.tune.remote_judging import RemoteJudging
from wellread.services.tune.remote_plan import RemotePlan
from wellread.services.tune.remote_training import RemoteTraining
from wellread.services.tune.run_notes import RunNotes
from wellread.services.tune.stored_datasets import StoredDatasets, sha256_of
from wellread.services.tune.tuned_models import TunedModels

RUN = RunName("may")
QUESTIONS = 30
PLAN = RemotePlan(
    prefix="wellread",
    audiences=frozenset({"everyone"}),
    rows=100,
    least_rows=5,
    passage_characters=2_400,
    base="small",
    recipe="small-1.7b",
    instance="ml.g5.2xlarge",
    seconds=7_200,
    prices=read_prices("ml.g5.2xlarge=1.5"),
    budget=0.0,
    approval_days=7,
    looks=3,
    datasets="s3://state/datasets",
    runs="s3://state/fine-tune",
)


class Jobs:
    """Trainings: each job there was, as it stands."""

    def __init__(self) -> None:
        self.known: dict[str, RemoteJob] = {}
        self.orders: list[TrainingOrder] = []

    def request(self, order: TrainingOrder) -> Mapping[str, Any]:
        self.orders.append(order)
        return {"TrainingJobName": order.job}

    def job(self, name: str) -> RemoteJob | None:
        return self.known.get(name)

    def refused(self, name: str, error: str, cause: str) -> RemoteJob:
        return RemoteJob(name, JobStatus.FAILED, f"Refused: {error} {cause}".strip())

    def end(self, name: str, status: JobStatus = JobStatus.COMPLETED, reason: str = "") -> None:
        self.known[name] = RemoteJob(
            name, status, reason, model=f"s3://models/{name}", seconds=3_600, billable_seconds=1_200
        )


class Host:
    """Serves what it is told to, at once."""

    def __init__(self) -> None:
        self.served: dict[str, str] = {}
        self.kept: list[str] = []
        self.alarms: dict[str, str] = {}
        self.status = HostStatus.READY
        self.reason = ""

    def location(self, run: RunName) -> str:
        return f"sagemaker:models/{run}"

    def host(self, run: RunName, model: str) -> Hosted:
        self.served[run] = model
        return Hosted(self.status, self.location(run), self.reason)

    def keep(self, run: RunName) -> None:
        self.kept.append(run)

    def alarm(self, run: RunName) -> str | None:
        return self.alarms.get(run)

    def remove(self, run: RunName) -> None:
        self.served.pop(run, None)


class Catalogue:
    """A list of models for people."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.approved: dict[str, bool] = {}

    def enter(self, model: TunedModel, files: str, statistics: str) -> str:
        assert files
        assert statistics
        self.entered.append(model.run)
        return f"package/{model.run}"

    def judged(self, name: str, model: TunedModel, *, approved: bool) -> None:
        assert model.reason
        self.approved[name] = approved


@dataclass
class News:
    """What was told."""

    told: list[RunNews] = field(default_factory=list)

    def publish(self, news: RunNews) -> None:
        self.told.append(news)


@dataclass
class Steps:
    """Steps that wait."""

    waiting: set[str] = field(default_factory=lambda: {"token"})
    words: list[Mapping[str, Any]] = field(default_factory=list)

    def go_on(self, token: str, word: Mapping[str, Any]) -> None:
        if token not in self.waiting:
            raise ConflictError("It no longer waits.")
        self.waiting.remove(token)
        self.words.append(word)


class Building:
    """Builds the same dataset every time, and counts how often."""

    def __init__(self, stored: StoredDatasets) -> None:
        self.stored = stored
        self.made: Manifest = manifest(
            dataset="d1",
            counts={"train": 40, "validation": 5},
            cost={"dollars": 0.5},
        )
        self.built = 0

    def build(self, audiences: frozenset[str], **_: Any) -> Manifest:
        self.built += 1
        assert audiences == PLAN.audiences
        rows = json.dumps({"document": "rules.md", "sources": {"rules.md": "r1"}}) + "\n"
        files = {TRAIN: rows * 40, VALIDATION: rows * 5, HELD_OUT: "".join(map(line, asked()))}
        hashes = {name: sha256_of(text) for name, text in files.items()}
        self.made = replace(self.made, files=hashes, audiences=audiences)
        self.stored.put(self.made, files)
        return self.made


def asked() -> list[ArmOutcome]:
    """One for each question, as it should be answered."""
    return [outcome(number, CANDIDATE) for number in range(QUESTIONS)]


def line(one: ArmOutcome) -> str:
    """A question as a dataset keeps it."""
    known = {"answers": ["Seven days"], "gold": ["loans.md"]} if one.answerable else {}
    held = {"id": one.id, "question": one.question, "answerable": one.answerable, **known}
    return json.dumps(held) + "\n"


class Asked:
    """An arm that answers as a test says."""

    def __init__(self, arm: Arm, answers: Callable[[int, Arm], ArmOutcome]) -> None:
        self.arm, self.seed = arm, 0
        self.answers = answers
        self.asked: list[str] = []
        self.waking = 0

    def ask(self, question: EvaluationQuestion) -> ArmOutcome:
        if self.waking:
            self.waking -= 1
            raise TransientError("It wakes.")
        self.asked.append(question.id)
        return self.answers(int(question.id[1:]), self.arm)


class NoLeaks:
    """Nothing leaks."""

    def marked(self, outcomes: Sequence[ArmOutcome]) -> list[ArmOutcome]:
        return list(outcomes)


class World:
    """All of it, put together."""

    def __init__(self, folder: Path, **plan: Any) -> None:
        self.clock = SetClock()
        self.plan = replace(PLAN, **plan)
        self.files = FolderReportStore(folder / "datasets")
        self.stored = StoredDatasets(self.files)
        self.notes = RunNotes(FolderReportStore(folder / "runs"))
        self.database = SqliteDatabase(folder / "models.sqlite")
        self.models = TunedModels(SqliteModelRegistry(self.database), self.clock)
        self.jobs, self.host, self.catalogue = Jobs(), Host(), Catalogue()
        self.news, self.steps, self.building = News(), Steps(), Building(self.stored)
        self.arms = {
            Arm.RAG: Asked(Arm.RAG, outcome),
            CANDIDATE: Asked(CANDIDATE, outcome),
        }
        self.training = RemoteTraining(
            self.plan,
            self.notes,
            self.building,
            self.stored,
            self.files,
            self.jobs,
            self.models,
            self.catalogue,
            self.host,
            self.clock,
        )
        self.judging = RemoteJudging(
            self.plan,
            self.notes,
            self.stored,
            self.models,
            lambda *_: cast("list[AskedArm]", list(self.arms.values())),
            lambda _: cast("Leaks", NoLeaks()),
            lambda *_: True,
            without_tuned=Arm.RAG,
        )
        self.ending = RemoteEnding(
            self.plan,
            self.notes,
            self.models,
            self.catalogue,
            self.host,
            self.news,
            lambda run, until: f"https://api/approvals/{run}-{until:.0f}",
            self.clock,
        )
        self.approvals = Approvals(self.notes, self.models, self.steps)

    def train(self, run: RunName = RUN) -> None:
        """From nothing to a candidate that is served."""
        self.training.dataset(run)
        self.training.check(run)
        ordered = self.training.order(run)
        self.jobs.end(ordered["job"])
        assert self.training.trained(run, ordered["job"])["do"] == "register"
        self.training.register(run)
        assert self.training.serve(run) == {"ready": True}

    def judge(self, run: RunName = RUN) -> dict[str, Any]:
        """Ask every question, and have it judged."""
        count = self.judging.questions(run)["count"]
        questions = json.loads(self.notes.read(run, "questions.json") or "[]")
        assert len(questions) == count
        for question in questions:
            self.judging.answer(run, question)
        return self.judging.judge(run)

    def services(self) -> Any:
        """What a function's handler sees."""
        return SimpleNamespace(training=self.training, judging=self.judging, ending=self.ending)
