"""The first half of a run far away: from documents to a model that can be judged.

Every step can be done again: what is done already is found in the run's notes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from wellread.domain.ask.prompting import PROMPT_VERSION
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidConfigurationError, PermanentError
from wellread.domain.tune.manifests import TRAIN, VALIDATION, Manifest
from wellread.domain.tune.models import RunName, TunedModel
from wellread.domain.tune.remote_runs import MOST_ATTEMPTS, job_name
from wellread.ports.hosting import (
    HostStatus,
    JobStatus,
    ModelCatalogue,
    ModelHost,
    RemoteJob,
    RemoteTrainings,
    TrainingOrder,
)
from wellread.ports.operations import Clock, ReportStore
from wellread.services.tune.dataset_work import DatasetProgress
from wellread.services.tune.remote_plan import RemotePlan
from wellread.services.tune.run_notes import RunNotes
from wellread.services.tune.stored_datasets import StoredDatasets, sha256_of
from wellread.services.tune.tuned_models import TunedModels

DATASET, TRAINED, ENTERED, SERVING = "dataset", "trained", "entered", "serving"
"""Names of notes."""

_SERVING_SECONDS = 7_200.0


class Building(Protocol):
    """Makes datasets, as `DatasetBuilding` does."""

    def build(
        self,
        audiences: frozenset[str],
        *,
        held_out: frozenset[DocumentId] | None,
        size: int,
        passage_characters: int,
        seed: int,
        progress: Callable[[DatasetProgress], None],
    ) -> Manifest:
        """Make a dataset and keep it."""


class RemoteTraining:
    """Dataset, check, estimate, training, registration, serving."""

    def __init__(
        self,
        plan: RemotePlan,
        notes: RunNotes,
        building: Building,
        datasets: StoredDatasets,
        files: ReportStore,
        trainings: RemoteTrainings,
        models: TunedModels,
        catalogue: ModelCatalogue,
        host: ModelHost,
        clock: Clock,
    ) -> None:
        """Nothing is done yet.

        Args:
            plan: What all runs have in common.
            notes: What is done already.
            building: Makes datasets.
            datasets: Keeps them.
            files: Where the datasets' files are.
            trainings: Where models are trained.
            models: Knows which model answers.
            catalogue: Lists models for people.
            host: Serves models.
            clock: The time.
        """
        self._plan = plan
        self._notes = notes
        self._building = building
        self._datasets = datasets
        self._files = files
        self._trainings = trainings
        self._models = models
        self._catalogue = catalogue
        self._host = host
        self._clock = clock

    def dataset(self, run: RunName) -> dict[str, Any]:
        """Build the run's dataset.

        Raises:
            PermanentError: There is nothing to learn from; the message says why.
            TransientError: Try again.
        """
        known = self._notes.get(run, DATASET)
        if known is not None:
            return known
        plan = self._plan
        manifest = self._building.build(
            plan.audiences,
            held_out=None,
            size=plan.rows,
            passage_characters=plan.passage_characters,
            seed=0,
            progress=lambda _: None,
        )
        note = {"dataset": manifest.dataset, "rows": manifest.counts.get("train", 0)}
        return self._notes.keep(run, DATASET, note)

    def check(self, run: RunName) -> dict[str, Any]:
        """See that the dataset is one to train on, before anything is paid for.

        Raises:
            PermanentError: It is not; the message says why.
        """
        manifest = self.manifest(run)
        if problem := self._problem(manifest):
            raise PermanentError(f"The dataset {manifest.dataset} cannot be trained on: {problem}")
        return {"checked": manifest.dataset}

    def estimate(self, run: RunName) -> dict[str, Any]:
        """What the training may cost at most.

        Raises:
            PermanentError: More than is allowed.
            InvalidConfigurationError: There is a limit, and no price to compare with it.
        """
        plan = self._plan
        cost = plan.prices.of(plan.instance, plan.seconds)
        teacher = float(self.manifest(run).cost.get("dollars", 0.0))
        if plan.budget and cost.dollars is None:
            raise InvalidConfigurationError(
                f"A run may cost {plan.budget:.2f} dollars, and nothing says what an hour of "
                f"{plan.instance} costs. Set the stack's parameter InstancePrices."
            )
        if plan.budget and cost.dollars is not None and cost.dollars + teacher > plan.budget:
            raise PermanentError(
                f"The training may cost {cost.dollars:.2f} dollars ({cost.hours:.1f} hours of "
                f"{plan.instance}), and the dataset cost {teacher:.2f}: more than the "
                f"{plan.budget:.2f} that a run may cost. Lower TrainingHours, or raise "
                "FineTuneBudget."
            )
        return {"at_most": f"{cost.as_words()} of {plan.instance}"}

    def order(self, run: RunName) -> dict[str, Any]:
        """Which job is next: none where one has completed, or one that runs is waited for.

        Raises:
            PermanentError: The jobs there were failed.
            InvalidConfigurationError: What training needs is not set.
        """
        attempt, last = self._last_job(run)
        if last is not None and last.status is JobStatus.COMPLETED:
            return {"job": last.name, "do": "take", "request": {}}
        if last is not None and last.status is JobStatus.RUNNING:
            return {"job": last.name, "do": "wait", "request": {}}
        if attempt == MOST_ATTEMPTS:
            raise PermanentError(
                f"{MOST_ATTEMPTS} jobs of the run were begun and none came to its end. The last: "
                f"{last.reason if last else 'it could not be started.'}"
            )
        name = job_name(self._plan.prefix, run, attempt + 1)
        folder = f"{self._plan.runs}/{run}"
        request = self._trainings.request(
            TrainingOrder(
                run=run,
                job=name,
                base=self._plan.base,
                dataset=f"{self._plan.datasets}/{self._notes.known(run, DATASET)['dataset']}/",
                output=f"{folder}/models/",
                checkpoints=f"{folder}/checkpoints/",
                seed=0,
            )
        )
        return {"job": name, "do": "train", "request": dict(request)}

    def trained(
        self, run: RunName, job: str, failure: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Look at what became of a job.

        Args:
            run: Whose it is.
            job: Its name.
            failure: Error and Cause of who waited for it; None where nothing was wrong.

        Raises:
            PermanentError: It failed; the message says why and what to do.
        """
        found = self._trainings.job(job)
        if found is None and failure:
            error, cause = str(failure.get("Error", "")), str(failure.get("Cause", ""))
            found = self._trainings.refused(job, error, cause)
        if found is None:
            raise PermanentError(f"The training job {job} was not begun. Start the run again.")
        match found.status:
            case JobStatus.COMPLETED:
                self._notes.keep(run, TRAINED, self._bill(run, found))
                return {"job": job, "do": "register"}
            case JobStatus.RUNNING:
                return {"job": job, "do": "wait"}
            case JobStatus.INTERRUPTED if not job.endswith(f"-{MOST_ATTEMPTS}"):
                return {"job": job, "do": "again", "reason": found.reason}
        raise PermanentError(found.reason)

    def register(self, run: RunName) -> dict[str, Any]:
        """Enter what came of the training as a candidate."""
        trained, manifest = self._notes.known(run, TRAINED), self.manifest(run)
        model = self._models.register(
            TunedModel(
                run=run,
                base=self._plan.base,
                location=self._host.location(run),
                dataset=manifest.dataset,
                recipe=self._plan.recipe,
                prompt_version=manifest.prompt_version,
                audiences=manifest.audiences,
                passage_characters=manifest.passage_characters,
                created_at=self._clock(),
            )
        )
        if self._notes.get(run, ENTERED) is None:
            statistics = self._notes.put(run, "training.json", json.dumps(trained, indent=2) + "\n")
            package = self._catalogue.enter(model, str(trained["model"]), statistics)
            self._notes.keep(run, ENTERED, {"package": package})
        return {"registered": run}

    def serve(self, run: RunName) -> dict[str, Any]:
        """Have the candidate served; whether it answers already.

        Raises:
            PermanentError: It does not come up; the message says why and what to do.
            InvalidConfigurationError: What serving needs is not set.
        """
        now = self._clock()
        since = (self._notes.get(run, SERVING) or self._notes.keep(run, SERVING, {"since": now}))[
            "since"
        ]
        hosted = self._host.host(run, str(self._notes.known(run, TRAINED)["model"]))
        if hosted.status is HostStatus.FAILED:
            raise PermanentError(hosted.reason)
        if hosted.status is HostStatus.STARTING and now - float(since) > _SERVING_SECONDS:
            raise PermanentError(
                "The model was not served within two hours: perhaps AWS has no computer of that "
                "kind to spare. Start the run again later, or choose another ServingInstance."
            )
        return {"ready": hosted.status is HostStatus.READY}

    def manifest(self, run: RunName) -> Manifest:
        """What the run's dataset is made of."""
        return self._datasets.get(str(self._notes.known(run, DATASET)["dataset"]))

    def _problem(self, manifest: Manifest) -> str:
        rows = manifest.counts.get("train", 0)
        if rows < self._plan.least_rows:
            return (
                f"it has {rows} rows to learn from, and {self._plan.least_rows} are the fewest "
                "that are worth it. Add documents, or wait for more feedback."
            )
        if not manifest.counts.get("validation", 0):
            return "it has no rows to stop early by. Add documents."
        if manifest.prompt_version != PROMPT_VERSION:
            return "it was made with prompts of an older wellread. Start a run of another name."
        for name in (TRAIN, VALIDATION):
            text = self._files.get(manifest.dataset, name)
            if text is None or sha256_of(text) != manifest.files.get(name):
                return (
                    f"its file {name} is not what its manifest says. Start a run of another name."
                )
        return ""

    def _last_job(self, run: RunName) -> tuple[int, RemoteJob | None]:
        """The last job of a run that was begun, and the number of it."""
        last: tuple[int, RemoteJob | None] = (0, None)
        for attempt in range(1, MOST_ATTEMPTS + 1):
            found = self._trainings.job(job_name(self._plan.prefix, run, attempt))
            if found is None:
                break
            last = (attempt, found)
        return last

    def _bill(self, run: RunName, done: RemoteJob) -> dict[str, Any]:
        """What the training came to, all of the run's jobs together."""
        attempts, _ = self._last_job(run)
        names = [job_name(self._plan.prefix, run, number) for number in range(1, attempts + 1)]
        jobs = [job for job in map(self._trainings.job, names) if job is not None]
        paid = sum(job.billable_seconds for job in jobs)
        cost = self._plan.prices.of(self._plan.instance, paid)
        return {
            "job": done.name,
            "model": done.model,
            "jobs": len(jobs),
            "seconds": sum(job.seconds for job in jobs),
            "billable_seconds": paid,
            "dollars": cost.dollars,
            "cost": f"{cost.as_words()} of {self._plan.instance}",
        }
