"""Training jobs of SageMaker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from wellread.adapters.aws.sagemaker_reasons import reason_of
from wellread.adapters.aws.service_errors import Resource, code_of
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.ports.hosting import JobStatus, RemoteJob, TrainingOrder

_SETTING = "TrainingInstance"
_OTHERWISE = (
    "The training failed: {said} Its log is in CloudWatch, in the group "
    "/aws/sagemaker/TrainingJobs."
)
_WAIT_FACTOR = 3
"""How much longer than a spot job runs it may take, waiting for computers included."""

_MISSING = "Requested resource not found"


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What all jobs of a stack have in common.

    Attributes:
        image: The container's image.
        instance: The kind of computer.
        role: ARN of the role that jobs run as.
        code: S3 folder that holds the folder `training`.
        base: S3 folder with the weights to start from.
        recipe: Name of a recipe that is beside the code, or of a file there.
        seconds: How long a job may run.
        spot: Whether the computer may be taken away again, which costs less.
        volume_gb: Of the disk.
        stack: Its jobs carry the name as a tag.
    """

    image: str
    instance: str
    role: str
    code: str
    base: str
    recipe: str
    seconds: int
    spot: bool
    volume_gb: int
    stack: str


class SageMakerTraining:
    """A `RemoteTrainings`.

    Jobs run a shell in the image, which runs the code of a channel of its own: any image with
    Python and what the code needs will do, and nobody reads hyperparameters but the code.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
    """

    def __init__(self, client: Any, plan: TrainingPlan):
        """Look at jobs through a client of SageMaker."""
        self._client = client
        self._plan = plan
        self._resource = Resource("training job", "of SageMaker", _SETTING)

    def request(self, order: TrainingOrder) -> Mapping[str, Any]:
        plan = self._plan
        for name, value in (
            ("TrainingImage", plan.image),
            ("TrainingBase", plan.base),
            ("TrainingCode", plan.code),
        ):
            if not value:
                raise InvalidConfigurationError(
                    f"The stack does not say what to train with: set its parameter {name}, as "
                    "docs/fine-tuning.md explains, and deploy it again."
                )
        stopping = {"MaxRuntimeInSeconds": plan.seconds}
        if plan.spot:
            stopping["MaxWaitTimeInSeconds"] = plan.seconds * _WAIT_FACTOR
        return {
            "TrainingJobName": order.job,
            "RoleArn": plan.role,
            "AlgorithmSpecification": {
                "TrainingImage": plan.image,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["/bin/bash", _ENTRY],
            },
            "HyperParameters": {
                "recipe": plan.recipe,
                "seed": str(order.seed),
                "run": order.run,
                "base_name": order.base,
            },
            "InputDataConfig": [
                _channel("train", order.dataset),
                _channel("model", plan.base),
                _channel("code", plan.code),
            ],
            "OutputDataConfig": {"S3OutputPath": order.output, "CompressionType": "NONE"},
            "CheckpointConfig": {"S3Uri": order.checkpoints, "LocalPath": "/opt/ml/checkpoints"},
            "ResourceConfig": {
                "InstanceType": plan.instance,
                "InstanceCount": 1,
                "VolumeSizeInGB": plan.volume_gb,
            },
            "StoppingCondition": stopping,
            "EnableManagedSpotTraining": plan.spot,
            "Tags": [{"Key": "wellread:stack", "Value": plan.stack}],
        }

    def job(self, name: str) -> RemoteJob | None:
        with self._resource.errors():
            try:
                found = self._client.describe_training_job(TrainingJobName=name)
            except ClientError as error:
                if code_of(error) == "ResourceNotFound" or _MISSING in str(error):
                    return None
                raise
        status, reason = self._status(found)
        return RemoteJob(
            name,
            status,
            reason,
            model=str((found.get("ModelArtifacts") or {}).get("S3ModelArtifacts", "")),
            seconds=int(found.get("TrainingTimeInSeconds", 0)),
            billable_seconds=int(found.get("BillableTimeInSeconds", 0)),
        )

    def refused(self, name: str, error: str, cause: str) -> RemoteJob:
        reason = reason_of(
            f"{error}: {cause}" if cause else error,
            instance=self._plan.instance,
            setting=_SETTING,
            otherwise="SageMaker did not take the training job: {said}",
        )
        return RemoteJob(
            name, JobStatus.INTERRUPTED if reason.passes else JobStatus.FAILED, reason.words
        )

    def _status(self, found: Mapping[str, Any]) -> tuple[JobStatus, str]:
        status, more = found["TrainingJobStatus"], str(found.get("SecondaryStatus", ""))
        if status == "Completed":
            return JobStatus.COMPLETED, ""
        if status in ("InProgress", "Stopping"):
            return JobStatus.RUNNING, ""
        said = str(found.get("FailureReason", ""))
        if status == "Stopped" and more == "Stopped":
            return JobStatus.FAILED, "Somebody stopped the training. Start the run again."
        reason = reason_of(
            f"{more}: {said}" if more.startswith("Max") else said or more or status,
            instance=self._plan.instance,
            setting=_SETTING,
            otherwise=_OTHERWISE,
        )
        return (JobStatus.INTERRUPTED if reason.passes else JobStatus.FAILED), reason.words


_ENTRY = "/opt/ml/input/data/code/training/entry.sh"
"""Where SageMaker puts the channel `code`, and what of it starts the training."""


def _channel(name: str, folder: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": folder,
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }
