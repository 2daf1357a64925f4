from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from stack_local.sagemaker import SageMakerStandIn
from tests.sagemaker.clients import client_of
from tests.simulated_aws import SimulatedAws
from wellread.adapters.aws.component_scaling import ComponentScaling
from wellread.adapters.aws.sagemaker_chat import SageMakerChat
from wellread.adapters.aws.sagemaker_host import HostingPlan, SageMakerHost
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelWakingError
from wellread.domain.tune.models import RunName
from wellread.ports.hosting import HostStatus

RUN, MODEL = RunName("may"), "s3://state/fine-tune/may/models/wellread-may-1/output/model"
NAME, LOCATION = "wellread-may", "sagemaker:wellread-models/wellread-may"
PLAN = HostingPlan(
    prefix="wellread",
    endpoint="wellread-models",
    variant="all",
    image="763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:1",
    role="arn:aws:iam::000000000000:role/serving",
    environment={"HF_MODEL_ID": "/opt/ml/model"},
    folder="merged",
    instance="ml.g5.xlarge",
    accelerators=1,
    memory_mb=8192,
)


@pytest.fixture
def cloudwatch(aws: SimulatedAws) -> Any:
    return aws.client("cloudwatch")


@pytest.fixture
def host(sagemaker: Any, standin: SageMakerStandIn, cloudwatch: Any) -> Iterator[SageMakerHost]:
    with closing(client_of(standin, "application-autoscaling")) as scaling:
        yield SageMakerHost(
            sagemaker,
            PLAN,
            ComponentScaling(scaling, cloudwatch, copies=2, errors=3, latency_seconds=20),
        )


def test_a_model_is_served_under_a_name_of_its_own_once_it_has_come_up(
    host: SageMakerHost, standin: SageMakerStandIn
) -> None:
    assert host.host(RUN, MODEL).status is HostStatus.STARTING
    hosted = host.host(RUN, MODEL)
    assert (hosted.status, hosted.location) == (HostStatus.READY, LOCATION)
    source = standin.hosting.models[NAME]["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
    assert source["S3Uri"] == f"{MODEL}/merged/"
    assert standin.hosting.models[NAME]["EnableNetworkIsolation"] is True
    assert standin.served["CreateInferenceComponent"] == 1


def test_hosting_goes_on_where_it_was_broken_off(
    host: SageMakerHost, standin: SageMakerStandIn
) -> None:
    host.host(RUN, MODEL)
    del standin.hosting.components[NAME]  # the model was made, and then nothing
    assert host.host(RUN, MODEL).status is HostStatus.STARTING
    assert host.host(RUN, MODEL).status is HostStatus.READY


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("CannotPullContainerError: image not found", "image cannot be had"),
        ("Unable to provision: insufficient capacity", "ServingInstance"),
        ("The primary container did not pass the ping health check.", "ping health check"),
    ],
)
def test_a_model_that_does_not_come_up_says_why(
    host: SageMakerHost, standin: SageMakerStandIn, reason: str, says: str
) -> None:
    standin.hosting.fail_next(reason)
    host.host(RUN, MODEL)
    hosted = host.host(RUN, MODEL)
    assert hosted.status is HostStatus.FAILED
    assert says in hosted.reason


def test_an_endpoint_that_is_not_there_is_said(
    host: SageMakerHost, standin: SageMakerStandIn
) -> None:
    standin.hosting.endpoints.clear()
    hosted = host.host(RUN, MODEL)
    assert hosted.status is HostStatus.FAILED
    assert "wellread-models" in hosted.reason


def test_what_is_not_set_is_named_as_the_stack_names_it(sagemaker: Any, cloudwatch: Any) -> None:
    scaling = ComponentScaling(None, cloudwatch, copies=1, errors=1, latency_seconds=1)
    host = SageMakerHost(sagemaker, replace(PLAN, image=""), scaling)
    with pytest.raises(InvalidConfigurationError, match="ServingImage"):
        host.host(RUN, MODEL)


def test_a_kept_model_scales_to_zero_and_wakes(
    host: SageMakerHost, standin: SageMakerStandIn, cloudwatch: Any
) -> None:
    host.host(RUN, MODEL)
    host.keep(RUN)
    host.keep(RUN)  # as often as wanted
    target = standin.hosting.targets[NAME]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (0, 2)
    (wake,) = cloudwatch.describe_alarms(AlarmNames=[f"{NAME}-wake"])["MetricAlarms"]
    assert wake["MetricName"] == "NoCapacityInvocationFailures"
    assert wake["AlarmActions"][0].endswith(f"{NAME}-wake")
    host.remove(RUN)


def test_a_model_without_a_copy_says_that_it_wakes(
    host: SageMakerHost, standin: SageMakerStandIn
) -> None:
    host.host(RUN, MODEL)
    standin.hosting.copies(NAME, 0)
    with closing(client_of(standin, "sagemaker-runtime")) as runtime:
        chat = SageMakerChat(runtime, "wellread-models", NAME)
        with pytest.raises(ModelWakingError):
            list(chat.speak([{"role": "user", "content": "How long?"}]))
        standin.hosting.copies(NAME, 1)
        standin.answers.by_component[NAME] = lambda _: "Thirty days [1]."
        said = "".join(chat.speak([{"role": "user", "content": "How long?"}]))
    assert said == "Thirty days [1]."


def test_an_alarm_that_goes_off_is_told_in_words(host: SageMakerHost, cloudwatch: Any) -> None:
    host.host(RUN, MODEL)
    assert host.alarm(RUN) is None
    host.keep(RUN)
    assert host.alarm(RUN) is None
    cloudwatch.set_alarm_state(
        AlarmName=f"{NAME}-errors", StateValue="ALARM", StateReason="for a test"
    )
    said = host.alarm(RUN)
    assert said is not None
    assert "answers failed" in said
    host.remove(RUN)


def test_what_is_removed_leaves_nothing_and_may_be_removed_again(
    host: SageMakerHost, standin: SageMakerStandIn, cloudwatch: Any
) -> None:
    host.host(RUN, MODEL)
    host.keep(RUN)
    host.remove(RUN)
    host.remove(RUN)
    served = (standin.hosting.models, standin.hosting.components, standin.hosting.targets)
    assert served == ({}, {}, {})
    assert cloudwatch.describe_alarms(AlarmNamePrefix=NAME)["MetricAlarms"] == []
