"""Deploys what `sam build` built, several times faster than `sam deploy`: for emulators only."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from stack_local.built_template import pack, read_template

ARTEFACTS = "wellread-artefacts"
_GOOD_ENDS = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})
_INLINE_LIMIT = 51_200  # bytes of a template in the request itself
_DEPLOY_SECONDS = 180.0


class DeployError(Exception):
    """The stack could not be deployed; the message names the resources and their reasons."""


def deploy(
    cloudformation: Any,
    s3: Any,
    built_template: Path,
    stack: str,
    parameters: Mapping[str, str],
    skipped: Collection[str] = (),
) -> dict[str, str]:
    """Create the stack, or bring the one that is there up to date; give its outputs.

    Args:
        cloudformation: A boto3 client.
        s3: A boto3 client.
        built_template: `.aws-sam/build/template.yaml`.
        stack: Its name.
        parameters: Of the template.
        skipped: Conditions that these parameters make false: artefacts under them stay behind.

    Raises:
        DeployError: It ended in another state than complete.
    """
    template = read_template(built_template)
    try:
        s3.create_bucket(Bucket=ARTEFACTS)
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise
    there = {one["Key"] for one in s3.list_objects_v2(Bucket=ARTEFACTS).get("Contents", [])}
    for artefact in pack(template, built_template.parent, ARTEFACTS, skipped):
        if artefact.key not in there:
            s3.put_object(Bucket=ARTEFACTS, Key=artefact.key, Body=artefact.body)
    request = {
        "StackName": stack,
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
        **_body(s3, json.dumps(template)),
    }
    if _status(cloudformation, stack) is None:
        cloudformation.create_stack(**request)
    elif not _update(cloudformation, request):
        return _outputs(cloudformation, stack)
    _wait(cloudformation, stack)
    return _outputs(cloudformation, stack)


def _body(s3: Any, template: str) -> dict[str, str]:
    if len(template.encode()) <= _INLINE_LIMIT:
        return {"TemplateBody": template}
    s3.put_object(Bucket=ARTEFACTS, Key="template.json", Body=template.encode())
    return {"TemplateURL": f"{s3.meta.endpoint_url}/{ARTEFACTS}/template.json"}


def _update(cloudformation: Any, request: Mapping[str, Any]) -> bool:
    try:
        cloudformation.update_stack(**request)
    except ClientError as error:
        if "No updates are to be performed" in str(error):
            return False
        raise
    return True


def _status(cloudformation: Any, stack: str) -> str | None:
    try:
        return str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise


def _wait(cloudformation: Any, stack: str) -> None:
    deadline = time.monotonic() + _DEPLOY_SECONDS
    status = _status(cloudformation, stack)
    while status is not None and status.endswith("IN_PROGRESS") and time.monotonic() < deadline:
        time.sleep(0.1)
        status = _status(cloudformation, stack)
    if status not in _GOOD_ENDS:
        raise DeployError(f"The stack {stack} is {status}.\n{_reasons(cloudformation, stack)}")


def _reasons(cloudformation: Any, stack: str) -> str:
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    return "\n".join(
        f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("FAILED")
    )


def _outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}
