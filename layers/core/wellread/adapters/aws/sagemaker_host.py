"""Tuned models as inference components of one SageMaker endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from wellread.adapters.aws.component_scaling import ComponentScaling
from wellread.adapters.aws.sagemaker_reasons import reason_of
from wellread.adapters.aws.service_errors import Resource, code_of
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.domain.tune.models import RunName
from wellread.ports.hosting import Hosted, HostStatus

_SETTING = "ServingInstance"
_OTHERWISE = (
    "The model could not be served: {said} The container's log is in CloudWatch, in the group "
    "/aws/sagemaker/InferenceComponents."
)
_ABSENT = ("Could not find", "does not exist", "not found")
_HEALTH_SECONDS = 1200
"""How long weights may take to be copied, and the container to load them."""


@dataclass(frozen=True, slots=True)
class HostingPlan:
    """What all tuned models of a stack have in common.

    Attributes:
        prefix: Their names begin with it, and a hyphen.
        endpoint: The endpoint, which has inference components.
        variant: Its variant.
        image: The container's image.
        role: ARN of the role that containers run as.
        environment: The container's variables.
        folder: Of what a training wrote, the folder with what the image loads; empty for all.
        instance: The endpoint's kind of computer, for messages.
        accelerators: Accelerators that one copy takes; 0 for none.
        memory_mb: Memory that one copy takes.
    """

    prefix: str
    endpoint: str
    variant: str
    image: str
    role: str
    environment: Mapping[str, str]
    folder: str
    instance: str
    accelerators: int
    memory_mb: int


class SageMakerHost:
    """A `ModelHost`: a run's model is a model and a component, both called `<prefix>-<run>`.

    Every model has a component of its own, so that who answers is a matter of the registry alone:
    a promotion, and its undoing, is seen by the next question, and nothing is taken away from
    under a question. A component that nobody asks has no copy, and costs nothing.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateInferenceComponent.html
    """

    def __init__(self, client: Any, plan: HostingPlan, scaling: ComponentScaling):
        """Serve through a client of SageMaker."""
        self._client = client
        self._plan = plan
        self._scaling = scaling
        self._resource = Resource("endpoint", plan.endpoint, "WELLREAD_TUNED_ENDPOINT")

    def location(self, run: RunName) -> str:
        return self._location(self._name(run))

    def host(self, run: RunName, model: str) -> Hosted:
        plan = self._plan
        for name, value in (("ServingImage", plan.image), ("TunedEndpoint", plan.endpoint)):
            if not value:
                raise InvalidConfigurationError(
                    f"The stack does not say how models are served: set its parameter {name}, as "
                    "docs/fine-tuning.md explains, and deploy it again."
                )
        name = self._name(run)
        with self._resource.errors():
            try:
                if self._described(name) is None:
                    self._make(name, model)
            except ClientError as error:
                if not _is_about(error):
                    raise
                return Hosted(HostStatus.FAILED, self._location(name), self._why(str(error)))
            found = self._described(name)
        return self._hosted(name, found)

    def keep(self, run: RunName) -> None:
        self._scaling.keep(self._name(run))

    def alarm(self, run: RunName) -> str | None:
        return self._scaling.alarm(self._name(run))

    def remove(self, run: RunName) -> None:
        name = self._name(run)
        self._scaling.forget(name)
        with self._resource.errors():
            _unless_absent(self._client.delete_inference_component, InferenceComponentName=name)
            _unless_absent(self._client.delete_model, ModelName=name)

    def _make(self, name: str, model: str) -> None:
        plan = self._plan
        _unless_there(
            self._client.create_model,
            ModelName=name,
            ExecutionRoleArn=plan.role,
            PrimaryContainer={
                "Image": plan.image,
                "Environment": dict(plan.environment),
                "ModelDataSource": {
                    "S3DataSource": {
                        "S3Uri": _folder(model, plan.folder),
                        "S3DataType": "S3Prefix",
                        "CompressionType": "None",
                    }
                },
            },
            # What was trained on the company's documents talks to nobody.
            EnableNetworkIsolation=True,
        )
        compute: dict[str, Any] = {"MinMemoryRequiredInMb": plan.memory_mb}
        if plan.accelerators:
            compute["NumberOfAcceleratorDevicesRequired"] = plan.accelerators
        _unless_there(
            self._client.create_inference_component,
            InferenceComponentName=name,
            EndpointName=plan.endpoint,
            VariantName=plan.variant,
            Specification={
                "ModelName": name,
                "StartupParameters": {
                    "ModelDataDownloadTimeoutInSeconds": _HEALTH_SECONDS,
                    "ContainerStartupHealthCheckTimeoutInSeconds": _HEALTH_SECONDS,
                },
                "ComputeResourceRequirements": compute,
            },
            RuntimeConfig={"CopyCount": 1},
        )

    def _described(self, name: str) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = self._client.describe_inference_component(
                InferenceComponentName=name
            )
        except ClientError as error:
            if _is_absent(error):
                return None
            raise
        return found

    def _hosted(self, name: str, found: Mapping[str, Any] | None) -> Hosted:
        location = self._location(name)
        status = "" if found is None else str(found["InferenceComponentStatus"])
        if status == "InService":
            return Hosted(HostStatus.READY, location)
        if found is not None and status == "Failed":
            why = self._why(str(found.get("FailureReason", "")))
            return Hosted(HostStatus.FAILED, location, why)
        return Hosted(HostStatus.STARTING, location)

    def _why(self, said: str) -> str:
        instance = self._plan.instance or "instance"
        return reason_of(said, instance=instance, setting=_SETTING, otherwise=_OTHERWISE).words

    def _name(self, run: RunName) -> str:
        return f"{self._plan.prefix}-{run}"

    def _location(self, name: str) -> str:
        return f"sagemaker:{self._plan.endpoint}/{name}"


def _folder(model: str, folder: str) -> str:
    """A folder of S3, as a source of weights is named: with a slash at its end."""
    whole = f"{model.rstrip('/')}/"
    return f"{whole}{folder.strip('/')}/" if folder else whole


def _is_absent(error: ClientError) -> bool:
    return code_of(error) in ("ValidationException", "ResourceNotFound") and any(
        sign in str(error) for sign in _ABSENT
    )


def _is_about(error: ClientError) -> bool:
    """Whether it is about the model or its computer, not about the call."""
    return code_of(error) in ("ResourceLimitExceeded", "ValidationException", "ResourceInUse")


def _unless_absent(call: Any, **named: Any) -> None:
    try:
        call(**named)
    except ClientError as error:
        if not _is_absent(error):
            raise


def _unless_there(call: Any, **named: Any) -> None:
    try:
        call(**named)
    except ClientError as error:
        if "already exist" not in str(error):
            raise
