"""What trains, serves and tells of tuned models on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wellread.adapters.aws.clients import aws_client
from wellread.bootstrap.once import Lazy, once
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.settings import Settings

if TYPE_CHECKING:
    from wellread.adapters.aws.event_bus import EventBridgeRunNews
    from wellread.adapters.aws.s3_reports import S3ReportStore
    from wellread.adapters.aws.sagemaker_host import SageMakerHost
    from wellread.adapters.aws.sagemaker_packages import SageMakerPackages
    from wellread.adapters.aws.sagemaker_training import SageMakerTraining
    from wellread.adapters.aws.step_functions import MachineRuns, WaitingExecutions
    from wellread.adapters.aws.stored_secret import StoredSecret
    from wellread.ports.operations import Clock

RUNS, DATASETS = "fine-tune", "datasets"
"""Folders of the state bucket."""

_HOUR_SECONDS = 3600


class AwsTuning(Lazy):
    """The ports of `wellread.ports.hosting` on AWS."""

    def __init__(
        self, settings: Settings, clock: Clock, clients: Mapping[str, Any] | None = None
    ) -> None:
        """Make nothing yet.

        Args:
            settings: As the stack's template gives them.
            clock: The time.
            clients: Of AWS's services by boto3's names, in place of those made by `aws_client`.
        """
        super().__init__()
        self._settings = settings
        self._clock = clock
        self._clients = dict(clients or {})

    @property
    def folder(self) -> str:
        """Where the folders of runs and datasets are, as SageMaker names it."""
        return f"s3://{self._named('state_bucket')}"

    @property
    def base(self) -> str:
        """Folder with the weights to start from; empty where none are named."""
        base = self._settings.training_base.strip("/")
        return f"{self.folder}/{RUNS}/base/{base}/" if base else ""

    @once
    def runs(self) -> S3ReportStore:
        """In the state bucket."""
        from wellread.adapters.aws.s3_reports import S3ReportStore

        return S3ReportStore(self._client("s3"), self._named("state_bucket"), folder=RUNS)

    @once
    def trainings(self) -> SageMakerTraining:
        """Training jobs of SageMaker."""
        from wellread.adapters.aws.sagemaker_training import SageMakerTraining, TrainingPlan

        settings = self._settings
        return SageMakerTraining(
            self._client("sagemaker"),
            TrainingPlan(
                image=settings.training_image,
                instance=settings.training_instance,
                role=settings.training_role,
                code=f"{self.folder}/{RUNS}/code/",
                base=self.base,
                recipe=settings.training_recipe,
                seconds=int(settings.training_hours * _HOUR_SECONDS),
                spot=settings.training_spot,
                volume_gb=settings.training_volume_gb,
                stack=settings.stack or settings.fine_tune_name,
            ),
        )

    @once
    def host(self) -> SageMakerHost:
        """Inference components of a SageMaker endpoint."""
        from wellread.adapters.aws.component_scaling import ComponentScaling
        from wellread.adapters.aws.sagemaker_host import HostingPlan, SageMakerHost

        settings = self._settings
        plan = HostingPlan(
            prefix=settings.fine_tune_name,
            endpoint=settings.tuned_endpoint,
            variant=settings.tuned_variant,
            image=settings.serving_image,
            role=settings.serving_role,
            environment=_pairs(settings.serving_environment),
            folder=settings.serving_folder,
            instance=settings.serving_instance,
            accelerators=settings.serving_accelerators,
            memory_mb=settings.serving_memory_mb,
        )
        scaling = ComponentScaling(
            self._client("application-autoscaling"),
            self._client("cloudwatch"),
            copies=settings.serving_copies,
            errors=_ERRORS,
            latency_seconds=settings.serving_slow_seconds,
            topic=settings.alarm_topic,
        )
        return SageMakerHost(self._client("sagemaker"), plan, scaling)

    @once
    def catalogue(self) -> SageMakerPackages:
        """A model package group of SageMaker."""
        from wellread.adapters.aws.sagemaker_packages import SageMakerPackages

        return SageMakerPackages(
            self._client("sagemaker"), self._named("model_group"), self._settings.serving_image
        )

    @once
    def news(self) -> EventBridgeRunNews:
        """On the event bus."""
        from wellread.adapters.aws.event_bus import EventBridgeRunNews, EventBus

        return EventBridgeRunNews(EventBus(self._client("events"), self._settings.event_bus))

    @once
    def waiting(self) -> WaitingExecutions:
        """Executions of Step Functions."""
        from wellread.adapters.aws.step_functions import WaitingExecutions

        return WaitingExecutions(self._client("stepfunctions"))

    @once
    def starter(self) -> MachineRuns:
        """Executions of the state machine."""
        from wellread.adapters.aws.step_functions import MachineRuns

        return MachineRuns(self._client("stepfunctions"), self._named("fine_tune_state_machine"))

    @once
    def approval_secret(self) -> StoredSecret:
        """In Secrets Manager."""
        from wellread.adapters.aws.stored_secret import StoredSecret

        return StoredSecret(
            self._client("secretsmanager"),
            self._named("approval_secret"),
            "WELLREAD_APPROVAL_SECRET",
            clock=self._clock,
        )

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = aws_client(service)
        return self._clients[service]

    def _named(self, setting: str) -> str:
        value: str | None = getattr(self._settings, setting)
        if not value:
            raise InvalidConfigurationError(
                f"WELLREAD_{setting.upper()} is not set: fine-tuning is off in this stack. Deploy "
                "it with the parameter FineTuning on, and on your machine name the stack with "
                "--stack."
            )
        return value


_ERRORS = 3
"""Failed answers of a promoted model within five minutes that set off its alarm."""


def _pairs(text: str) -> dict[str, str]:
    """Variables written as `NAME=value,OTHER=value`.

    Raises:
        InvalidConfigurationError: They are written otherwise.
    """
    found = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, sign, value = part.partition("=")
        if not (name and sign):
            raise InvalidConfigurationError(
                f'"{part}" is no variable of a container. Say NAME=value, several separated by '
                "commas, in the stack's parameter ServingEnvironment."
            )
        found[name.strip()] = value.strip()
    return found
