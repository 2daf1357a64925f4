"""Deploying: created once, updated later, and a failure told with its reasons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from stack_local.deployer import ARTEFACTS, DeployError, deploy

TEMPLATE = """
Resources:
  Documents:
    Type: AWS::S3::Bucket
Outputs:
  Bucket: { Value: first }
"""


class OneStack:
    """CloudFormation, as far as the deployer speaks with it: it ends as it is told to."""

    def __init__(self, s3: Any, ends: str = "COMPLETE") -> None:
        self._s3 = s3
        self._ends = ends
        self._status = ""
        self._template: dict[str, Any] = {}
        self.asked: list[str] = []

    def create_stack(self, **request: Any) -> None:
        self._take("create", request)
        self._status = f"CREATE_{self._ends}"

    def update_stack(self, **request: Any) -> None:
        before = self._template
        self._take("update", request)
        if self._template == before:
            raise _refusal("No updates are to be performed.")
        self._status = f"UPDATE_{self._ends}"

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        if not self._status:
            raise _refusal(f"Stack with id {StackName} does not exist")
        outputs = self._template["Outputs"].items()
        said = [{"OutputKey": name, "OutputValue": one["Value"]} for name, one in outputs]
        return {"Stacks": [{"StackStatus": self._status, "Outputs": said}]}

    def describe_stack_events(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        failed = {
            "LogicalResourceId": "Documents",
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": "the bucket is taken",
        }
        return {"StackEvents": [failed]}

    def _take(self, call: str, request: dict[str, Any]) -> None:
        self.asked.append(call)
        if "TemplateBody" in request:
            assert len(request["TemplateBody"]) <= 51_200, "AWS takes no more in the request"
            self._template = json.loads(request["TemplateBody"])
            return
        bucket, key = request["TemplateURL"].rsplit("/", 2)[-2:]
        body = self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        self._template = json.loads(body)


def _refusal(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        yield client
        client.close()


@pytest.fixture
def template(tmp_path: Path) -> Path:
    file = tmp_path / "template.yaml"
    file.write_text(TEMPLATE)
    return file


def test_a_stack_is_created_then_left_alone_then_brought_up_to_date(
    s3: Any, template: Path
) -> None:
    aws = OneStack(s3)
    assert deploy(aws, s3, template, "mini", {}) == {"Bucket": "first"}
    assert deploy(aws, s3, template, "mini", {}) == {"Bucket": "first"}
    template.write_text(TEMPLATE.replace("first", "second"))
    assert deploy(aws, s3, template, "mini", {}) == {"Bucket": "second"}
    assert aws.asked == ["create", "update", "update"]


def test_a_large_template_goes_by_way_of_the_bucket(s3: Any, template: Path) -> None:
    filling = "".join(f"  Filling{n}: {{ Value: {'x' * 1000} }}\n" for n in range(60))
    template.write_text(TEMPLATE + filling)
    assert len(deploy(OneStack(s3), s3, template, "mini", {})) == 61
    kept = s3.list_objects_v2(Bucket=ARTEFACTS)["Contents"]
    assert [one["Key"] for one in kept] == ["template.json"]


def test_a_rolled_back_stack_is_told_with_its_reasons(s3: Any, template: Path) -> None:
    with pytest.raises(DeployError, match="Documents: the bucket is taken"):
        deploy(OneStack(s3, ends="ROLLBACK_COMPLETE"), s3, template, "mini", {})
