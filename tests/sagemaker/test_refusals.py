"""What the stand-in refuses, as the service does: otherwise it would prove nothing."""

from __future__ import annotations

import copy
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stack_local.sagemaker import SageMakerStandIn
from tests.sagemaker.test_training import ORDER, PLAN
from wellread.adapters.aws.sagemaker_training import SageMakerTraining

GOOD = dict(SageMakerTraining(None, PLAN).request(ORDER))


def changed(**fields: Any) -> dict[str, Any]:
    request = {**copy.deepcopy(GOOD), **fields}
    return {name: value for name, value in request.items() if value is not None}


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (changed(TrainingJobName="under_score"), "does not match"),
        (changed(TrainingJobName="x" * 64), "at most 63"),
        (changed(RoleArn="the role that trains for us"), "RoleArn"),
        (changed(HyperParameters={"recipe": "x" * 2_501}), "2500|too long"),
        (changed(StoppingCondition={"MaxRuntimeInSeconds": 60}), "MaxWaitTimeInSeconds"),
        (changed(EnableManagedSpotTraining=False), "spot"),
        (changed(InputDataConfig=[GOOD["InputDataConfig"][0]] * 2), "same name"),
        (changed(OutputDataConfig={"S3OutputPath": "/tmp/here"}), "does not match"),
        (
            changed(ResourceConfig={**GOOD["ResourceConfig"], "InstanceType": "ml.huge"}),
            "none of the allowed",
        ),
    ],
)
def test_a_job_that_the_service_would_not_take_is_refused(
    sagemaker: Any, request_: dict[str, Any], says: str
) -> None:
    with pytest.raises(ClientError, match=says):
        sagemaker.create_training_job(**request_)


def test_a_name_is_used_once(sagemaker: Any) -> None:
    sagemaker.create_training_job(**GOOD)
    with pytest.raises(ClientError, match="ResourceInUse"):
        sagemaker.create_training_job(**GOOD)


def test_a_field_that_does_not_exist_is_refused(standin: SageMakerStandIn) -> None:
    assert "Sidecar" in refusal(standin, "SageMaker.DeleteModel", {"ModelName": "m", "Sidecar": 1})
    assert "not known" in refusal(standin, "SageMaker.DeleteEverything", {})


def test_a_request_that_is_not_signed_is_refused(standin: SageMakerStandIn) -> None:
    assert "signed" in refusal(standin, "SageMaker.DeleteModel", {"ModelName": "m"}, signed=False)


def refusal(
    standin: SageMakerStandIn, target: str, body: dict[str, Any], *, signed: bool = True
) -> str:
    headers = {"X-Amz-Target": target}
    if signed:
        headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=t/x/us-east-1/s/aws4_request"
    request = urllib.request.Request(standin.url, json.dumps(body).encode(), headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=5)
    with caught.value as answer:
        said: str = json.loads(answer.read())["message"]
    return said
