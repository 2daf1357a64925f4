"""How many copies of an inference component there are, and the alarm that watches it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from wellread.adapters.aws.service_errors import Resource, code_of

_NAMESPACE, _DIMENSION = "sagemaker", "sagemaker:inference-component:DesiredCopyCount"
_BUSY_REQUESTS = 4.0
"""Requests that one copy answers at a time before there is another."""

_IDLE_SECONDS = 900
_WAKE_SECONDS = 60


class ComponentScaling:
    """Copies come with use and go without, down to none; errors of a copy set off an alarm.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
    """

    def __init__(
        self,
        scaling: Any,
        cloudwatch: Any,
        *,
        copies: int,
        errors: int,
        latency_seconds: float,
        topic: str = "",
    ):
        """Scale and watch.

        Args:
            scaling: A client of Application Auto Scaling.
            cloudwatch: A client of CloudWatch.
            copies: The most that there may be.
            errors: Failed answers within five minutes that set off the alarm.
            latency_seconds: Slower answers than this, on average, set it off too.
            topic: ARN of the SNS topic that it tells; empty for none.
        """
        self._scaling = scaling
        self._cloudwatch = cloudwatch
        self._copies = copies
        self._errors = errors
        self._latency_seconds = latency_seconds
        self._topic = topic

    def keep(self, component: str) -> None:
        """Have a component scale, and watch it. As often as wanted."""
        target = _target(component)
        with _named(component).errors():
            self._scaling.register_scalable_target(
                **target, MinCapacity=0, MaxCapacity=self._copies
            )
            self._scaling.put_scaling_policy(
                **target,
                PolicyName=f"{component}-use",
                PolicyType="TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration={
                    "PredefinedMetricSpecification": {
                        "PredefinedMetricType": "SageMakerInferenceComponentConcurrentRequests"
                        "PerCopyHighResolution"
                    },
                    "TargetValue": _BUSY_REQUESTS,
                    "ScaleInCooldown": _IDLE_SECONDS,
                    "ScaleOutCooldown": _WAKE_SECONDS,
                },
            )
            # Of what has no copy there is no use to be tracked: a refused question wakes it.
            wake = self._scaling.put_scaling_policy(
                **target,
                PolicyName=f"{component}-wake",
                PolicyType="StepScaling",
                StepScalingPolicyConfiguration={
                    "AdjustmentType": "ChangeInCapacity",
                    "MetricAggregationType": "Maximum",
                    "Cooldown": _WAKE_SECONDS,
                    "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}],
                },
            )["PolicyARN"]
            self._alarm(
                component, "wake", "NoCapacityInvocationFailures", "Maximum", 1, [wake], seconds=30
            )
            tells = [self._topic] if self._topic else []
            self._alarm(component, "errors", "Invocation5XXErrors", "Sum", self._errors, tells)
            self._alarm(
                component,
                "slow",
                "ModelLatency",
                "Average",
                # In microseconds.
                self._latency_seconds * 1_000_000,
                tells,
            )

    def alarm(self, component: str) -> str | None:
        """What its alarms say is wrong; None where nothing is, or it is not watched."""
        watched = {f"{component}-errors": "answers failed", f"{component}-slow": "answers are slow"}
        with _named(component).errors():
            found = self._cloudwatch.describe_alarms(AlarmNames=sorted(watched))["MetricAlarms"]
        ringing = sorted(a["AlarmName"] for a in found if a["StateValue"] == "ALARM")
        if not ringing:
            return None
        said = " and ".join(watched[name] for name in ringing)
        return f"The alarm {' and '.join(ringing)} went off: {said}."

    def forget(self, component: str) -> None:
        """Undo `keep`, where there is anything to undo."""
        with _named(component).errors():
            try:
                self._scaling.deregister_scalable_target(**_target(component))
            except ClientError as error:
                if code_of(error) != "ObjectNotFoundException":
                    raise
            names = [f"{component}-{end}" for end in ("wake", "errors", "slow")]
            self._cloudwatch.delete_alarms(AlarmNames=names)

    def _alarm(
        self,
        component: str,
        name: str,
        metric: str,
        statistic: str,
        threshold: float,
        actions: list[str],
        *,
        seconds: int = 300,
    ) -> None:
        self._cloudwatch.put_metric_alarm(
            AlarmName=f"{component}-{name}",
            AlarmDescription=f"Of the tuned model {component}; docs/operating.md says more.",
            Namespace="AWS/SageMaker",
            MetricName=metric,
            Dimensions=[{"Name": "InferenceComponentName", "Value": component}],
            Statistic=statistic,
            Period=seconds,
            EvaluationPeriods=1,
            Threshold=threshold,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
            TreatMissingData="notBreaching" if seconds >= 60 else "missing",
            AlarmActions=actions,
        )


def _target(component: str) -> dict[str, str]:
    return {
        "ServiceNamespace": _NAMESPACE,
        "ResourceId": f"inference-component/{component}",
        "ScalableDimension": _DIMENSION,
    }


def _named(component: str) -> Resource:
    return Resource("inference component", component, "WELLREAD_TUNED_ENDPOINT")
