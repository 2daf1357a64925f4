"""Where models are trained and served that this machine could not: somebody else's computers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from wellread.domain.tune.models import RunName, TunedModel
from wellread.domain.tune.remote_runs import RunNews


class JobStatus(StrEnum):
    """How a training far away stands."""

    RUNNING = "running"
    COMPLETED = "completed"

    INTERRUPTED = "interrupted"
    """Its computer was taken away, or there was none: it may go on from its checkpoints."""

    FAILED = "failed"
    """Trying the same again changes nothing."""


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """A training far away.

    Attributes:
        name: Its name there.
        status: How it stands.
        reason: Why it was interrupted or failed, and what to do; for people.
        model: Where the model is that came of it.
        seconds: How long it ran.
        billable_seconds: How much of that is paid for.
    """

    name: str
    status: JobStatus
    reason: str = ""
    model: str = ""
    seconds: int = 0
    billable_seconds: int = 0


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """What one training far away is to do.

    Attributes:
        run: Whose training it is.
        job: Its name there.
        base: What the model to start from is called.
        dataset: Folder with the dataset's files, as that place names folders.
        output: Folder for what comes of it.
        checkpoints: Folder that another job of the same run goes on from.
        seed: Of everything that is drawn.
    """

    run: RunName
    job: str
    base: str
    dataset: str
    output: str
    checkpoints: str
    seed: int


class RemoteTrainings(Protocol):
    """Trainings far away. They are started by who waits for them, and looked at here."""

    def request(self, order: TrainingOrder) -> Mapping[str, Any]:
        """What starts a job, in the words of the place.

        Raises:
            InvalidConfigurationError: What training needs is not set; the message says what.
        """

    def job(self, name: str) -> RemoteJob | None:
        """A job; None where there is none of that name."""

    def refused(self, name: str, error: str, cause: str) -> RemoteJob:
        """What it means that a job of this name could not be started.

        Args:
            name: Of the job.
            error: The place's name of the error.
            cause: What it said.
        """


class HostStatus(StrEnum):
    """How the serving of a model stands."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Hosted:
    """A model that is served, or soon will be.

    Attributes:
        status: How that stands.
        location: As `TunedModel.location`.
        reason: Why it failed, and what to do; for people.
    """

    status: HostStatus
    location: str
    reason: str = ""


class ModelHost(Protocol):
    """Serves tuned models, each under a name of its own."""

    def location(self, run: RunName) -> str:
        """Where a run's model is served, or will be: as `TunedModel.location`."""

    def host(self, run: RunName, model: str) -> Hosted:
        """Have a run's model served, where it is not yet; how that stands.

        Args:
            run: Whose model it is.
            model: Where its files are.

        Raises:
            InvalidConfigurationError: What serving needs is not set; the message says what.
        """

    def keep(self, run: RunName) -> None:
        """Have it served for as long as it is asked, and watched: promoted models are."""

    def alarm(self, run: RunName) -> str | None:
        """What is wrong with it since it is watched, for people; None where nothing is known."""

    def remove(self, run: RunName) -> None:
        """Serve it no more. Nothing happens where it is not."""


class ModelCatalogue(Protocol):
    """A company's list of all its models, of which wellread's are some."""

    def enter(self, model: TunedModel, files: str, statistics: str) -> str:
        """Enter a model, once; its name there.

        Args:
            model: What it is.
            files: Where they are.
            statistics: Where the figures of its training are.
        """

    def judged(self, name: str, model: TunedModel, *, approved: bool) -> None:
        """Tell how a model was judged, with its figures."""


class HeldSteps(Protocol):
    """Steps that wait for somebody's word."""

    def go_on(self, token: str, word: Mapping[str, Any]) -> None:
        """Have the step that waits under this token go on with this word.

        Raises:
            ConflictError: It no longer waits: it was told already, or waited too long.
        """


class RunStarter(Protocol):
    """Starts runs far away."""

    def start(self, run: RunName, *, by: str) -> bool:
        """Start a run, or go on with one that broke. False where it runs, or has ended well.

        Args:
            run: Its name.
            by: Who wants it: "person", "schedule", "feedback".
        """


class RunNewsSink(Protocol):
    """Tells people and other systems of runs."""

    def publish(self, news: RunNews) -> None:
        """Tell it.

        Raises:
            TransientError: Try again.
        """
