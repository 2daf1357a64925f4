"""Training jobs: they end as whoever runs the stand-in says."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, Self

from stack_local.sagemaker.requests import RefusedError

_MOST_VALUE = 2_500


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ends.

    Attributes:
        status: SageMaker's `TrainingJobStatus`.
        secondary: Its `SecondaryStatus`.
        reason: Its `FailureReason`.
        seconds: How long it ran.
        billable: How much of that is paid for.
        looks: How often it is looked at before.
        refusal: It does not even start, with this error code; `reason` is what is said.
    """

    status: str = "Completed"
    secondary: str = "Completed"
    reason: str = ""
    seconds: int = 600
    billable: int = 180
    looks: int = 1
    refusal: str = ""

    @classmethod
    def failed(cls, reason: str) -> Self:
        """Its code, its image or its role was at fault."""
        return cls("Failed", "Failed", reason)

    @classmethod
    def interrupted(cls) -> Self:
        """Its computer was taken away, and there was none in time to go on with."""
        return cls("Stopped", "MaxWaitTimeExceeded", seconds=300, billable=90)

    @classmethod
    def refused(cls, code: str, reason: str) -> Self:
        """It was not taken."""
        return cls(refusal=code, reason=reason)


class Trainings:
    """All jobs that were ever asked for."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self._ends: dict[str, Outcome] = {}
        self._next: deque[Outcome] = deque()
        self._lock = threading.Lock()

    def then(self, *outcomes: Outcome) -> None:
        """How the next jobs end; those without a word complete."""
        with self._lock:
            self._next.extend(outcomes)

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        """CreateTrainingJob."""
        name = given["TrainingJobName"]
        with self._lock:
            self._refuse_nonsense(given)
            outcome = self._next.popleft() if self._next else Outcome()
            if outcome.refusal:
                raise RefusedError(outcome.refusal, outcome.reason)
            self.jobs[name] = {**given, "looks": 0}
            self._ends[name] = outcome
        return {"TrainingJobArn": _arn(name)}

    def describe(self, given: dict[str, Any]) -> dict[str, Any]:
        """DescribeTrainingJob."""
        name = given["TrainingJobName"]
        with self._lock:
            if name not in self.jobs:
                raise RefusedError("ValidationException", "Requested resource not found.")
            job, end = self.jobs[name], self._ends[name]
            job["looks"] += 1
            asked = {key: job[key] for key in job if key not in ("looks", "Tags")}
            # An hour of the year 2026: what asks for it does not read it.
            told = {**asked, "TrainingJobArn": _arn(name), "CreationTime": 1_790_000_000.0}
            if job["looks"] <= end.looks:
                return {**told, "TrainingJobStatus": "InProgress", "SecondaryStatus": "Training"}
        ended = {
            "TrainingJobStatus": end.status,
            "SecondaryStatus": end.secondary,
            "TrainingTimeInSeconds": end.seconds,
            "BillableTimeInSeconds": end.billable,
        }
        if end.reason:
            ended["FailureReason"] = end.reason
        if end.status != "Failed":
            output = job["OutputDataConfig"]["S3OutputPath"].rstrip("/")
            ended["ModelArtifacts"] = {"S3ModelArtifacts": f"{output}/{name}/output/model"}
        return {**told, **ended}

    def _refuse_nonsense(self, given: dict[str, Any]) -> None:
        name, stopping = given["TrainingJobName"], given.get("StoppingCondition", {})
        if name in self.jobs:
            raise RefusedError("ResourceInUse", f"Training job names must be unique: {name}.")
        if "StoppingCondition" not in given or "ResourceConfig" not in given:
            raise RefusedError("ValidationException", "1 validation error: a field is missing.")
        spot, wait = given.get("EnableManagedSpotTraining", False), "MaxWaitTimeInSeconds"
        if spot and stopping.get(wait, 0) < stopping.get("MaxRuntimeInSeconds", 0):
            raise RefusedError(
                "ValidationException",
                "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
                "MaxRuntimeInSeconds.",
            )
        if not spot and wait in stopping:
            raise RefusedError(
                "ValidationException", "MaxWaitTimeInSeconds is for managed spot training only."
            )
        algorithm = given["AlgorithmSpecification"]
        if "ContainerArguments" in algorithm and "ContainerEntrypoint" not in algorithm:
            raise RefusedError("ValidationException", "Arguments want an entry point.")
        channels = [channel["ChannelName"] for channel in given.get("InputDataConfig", [])]
        if len(set(channels)) != len(channels):
            raise RefusedError("ValidationException", "Two channels have the same name.")
        if any(len(value) > _MOST_VALUE for value in given.get("HyperParameters", {}).values()):
            raise RefusedError("ValidationException", "A hyperparameter is too long.")


def _arn(name: str) -> str:
    return f"arn:aws:sagemaker:us-east-1:000000000000:training-job/{name}"
