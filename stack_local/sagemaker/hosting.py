"""Models, inference components, model packages, and what scales components."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import Any

from stack_local.sagemaker.requests import RefusedError

_ARN = "arn:aws:sagemaker:us-east-1:000000000000"


class Hosting:
    """What is served, on endpoints that are there already."""

    def __init__(self, endpoints: Collection[str], groups: Collection[str]) -> None:
        """Serve nothing yet.

        Args:
            endpoints: The names of the endpoints that there are.
            groups: The names of the model package groups that there are.
        """
        self.endpoints = set(endpoints)
        self.groups = set(groups)
        self.models: dict[str, dict[str, Any]] = {}
        self.components: dict[str, dict[str, Any]] = {}
        self.packages: dict[str, dict[str, Any]] = {}
        self.targets: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, dict[str, Any]] = {}
        self._failures: list[str] = []
        self._lock = threading.Lock()

    def fail_next(self, reason: str) -> None:
        """Let the next component not come up."""
        with self._lock:
            self._failures.append(reason)

    def serve(self, component: str, endpoint: str) -> None:
        """Have a component that was made otherwise than by a call."""
        self.components[component] = {
            "EndpointName": endpoint,
            "looks": 1,
            "copies": 1,
            "failure": "",
        }

    def copies(self, component: str, count: int) -> None:
        """Have a component scaled to so many copies."""
        self.components[component]["copies"] = count

    def create_model(self, given: dict[str, Any]) -> dict[str, Any]:
        """CreateModel."""
        name = given["ModelName"]
        with self._lock:
            if name in self.models:
                raise RefusedError(
                    "ValidationException",
                    f'Cannot create already existing model "{_ARN}:model/{name}".',
                )
            if "ExecutionRoleArn" not in given:
                raise RefusedError("ValidationException", "ExecutionRoleArn is needed.")
            self.models[name] = given
        return {"ModelArn": f"{_ARN}:model/{name}"}

    def delete_model(self, given: dict[str, Any]) -> dict[str, Any]:
        """DeleteModel."""
        if self.models.pop(given["ModelName"], None) is None:
            raise _could_not_find("model", given["ModelName"])
        return {}

    def create_component(self, given: dict[str, Any]) -> dict[str, Any]:
        """CreateInferenceComponent."""
        name, endpoint = given["InferenceComponentName"], given["EndpointName"]
        specification = given.get("Specification", {})
        with self._lock:
            if name in self.components:
                raise RefusedError(
                    "ValidationException",
                    "Cannot create already existing inference component "
                    f'"{_ARN}:inference-component/{name}".',
                )
            if endpoint not in self.endpoints:
                raise _could_not_find("endpoint", endpoint)
            if specification.get("ModelName") not in self.models:
                raise _could_not_find("model", str(specification.get("ModelName")))
            if "RuntimeConfig" not in given or "ComputeResourceRequirements" not in specification:
                raise RefusedError("ValidationException", "A component wants room and copies.")
            failure = self._failures.pop(0) if self._failures else ""
            self.components[name] = {
                **given,
                "looks": 0,
                "copies": given["RuntimeConfig"]["CopyCount"],
                "failure": failure,
            }
        return {"InferenceComponentArn": f"{_ARN}:inference-component/{name}"}

    def describe_component(self, given: dict[str, Any]) -> dict[str, Any]:
        """DescribeInferenceComponent: it comes up once it was looked at."""
        name = given["InferenceComponentName"]
        with self._lock:
            if name not in self.components:
                raise _could_not_find("inference component", name)
            component = self.components[name]
            component["looks"] += 1
            status = "Failed" if component["failure"] else "InService"
            if component["looks"] == 1:
                status = "Creating"
        told = {
            "InferenceComponentName": name,
            "InferenceComponentArn": f"{_ARN}:inference-component/{name}",
            "EndpointName": component["EndpointName"],
            "EndpointArn": f"{_ARN}:endpoint/{component['EndpointName']}",
            "InferenceComponentStatus": status,
            "RuntimeConfig": {
                "DesiredCopyCount": component["copies"],
                "CurrentCopyCount": component["copies"],
            },
            "CreationTime": 1_790_000_000.0,
            "LastModifiedTime": 1_790_000_000.0,
        }
        return told | ({"FailureReason": component["failure"]} if status == "Failed" else {})

    def delete_component(self, given: dict[str, Any]) -> dict[str, Any]:
        """DeleteInferenceComponent."""
        name = given["InferenceComponentName"]
        if self.components.pop(name, None) is None:
            raise _could_not_find("inference component", name)
        return {}

    def create_package(self, given: dict[str, Any]) -> dict[str, Any]:
        """CreateModelPackage: the same token makes the same package."""
        group = given["ModelPackageGroupName"]
        if group not in self.groups:
            raise RefusedError("ValidationException", f"ModelPackageGroup {group} does not exist.")
        with self._lock:
            for arn, package in self.packages.items():
                if package.get("ClientToken") == given.get("ClientToken", "none"):
                    return {"ModelPackageArn": arn}
            arn = f"{_ARN}:model-package/{group}/{len(self.packages) + 1}"
            self.packages[arn] = given
        return {"ModelPackageArn": arn}

    def update_package(self, given: dict[str, Any]) -> dict[str, Any]:
        """UpdateModelPackage."""
        arn = given["ModelPackageArn"]
        if arn not in self.packages:
            raise RefusedError("ValidationException", f"ModelPackage {arn} does not exist.")
        known = self.packages[arn].get("CustomerMetadataProperties", {})
        more = given.get("CustomerMetadataProperties", {})
        self.packages[arn] |= {**given, "CustomerMetadataProperties": {**known, **more}}
        return {"ModelPackageArn": arn}

    def register_target(self, given: dict[str, Any]) -> dict[str, Any]:
        """RegisterScalableTarget of Application Auto Scaling."""
        if given.get("MinCapacity", 0) > given.get("MaxCapacity", 0):
            raise RefusedError(
                "ValidationException",
                "Maximum capacity cannot be less than minimum capacity.",
            )
        self.targets[self._component_of(given)] = given
        return {"ScalableTargetARN": "arn:aws:application-autoscaling:us-east-1:000000000000:t/1"}

    def deregister_target(self, given: dict[str, Any]) -> dict[str, Any]:
        """DeregisterScalableTarget."""
        if self.targets.pop(given["ResourceId"].split("/")[-1], None) is None:
            raise RefusedError("ObjectNotFoundException", "No scalable target registered.")
        return {}

    def put_policy(self, given: dict[str, Any]) -> dict[str, Any]:
        """PutScalingPolicy."""
        if self._component_of(given) not in self.targets:
            raise RefusedError("ObjectNotFoundException", "No scalable target registered.")
        name = given["PolicyName"]
        self.policies[name] = given
        arn = f"arn:aws:autoscaling:us-east-1:000000000000:scalingPolicy:{name}"
        return {"PolicyARN": arn, "Alarms": []}

    def _component_of(self, given: dict[str, Any]) -> str:
        kind, _, name = given["ResourceId"].partition("/")
        if kind != "inference-component" or name not in self.components:
            raise RefusedError("ValidationException", f"Could not find {given['ResourceId']}.")
        return str(name)


def _could_not_find(kind: str, name: str) -> RefusedError:
    place = f"{_ARN}:{kind.replace(' ', '-')}/{name}"
    return RefusedError("ValidationException", f'Could not find {kind} "{place}".')
