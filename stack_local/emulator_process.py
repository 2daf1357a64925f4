"""The emulator (ministack), with what it lacks put in: run by the emulator's own Python.

`stack_local/emulator.py` starts this file in `.venv-emulator`; it imports nothing of wellread,
because the functions' workers run with this interpreter and would see it. Ten things are put
into ministack's private tables and functions before its own `main` runs:

* CloudFormation's OpenSearch Serverless types, which it does not know. A collection's endpoint is
  what the environment variable STACK_INDEX_URL says.
* An HTTP API's endpoint is an address on the emulator: its host name resolves nowhere.
* Layers are unpacked once and shared by all workers, as AWS mounts them; ministack unpacks every
  layer again for every worker, which costs gigabytes and most of a cold start's time.
* How many batches of a queue may run at once is a number, also where the template takes it from a
  parameter, which CloudFormation keeps as text.
* SQS has no permissions of their own for its batch calls: who may send may send ten at once.
* An HTTP API that wants signed requests refuses an Authorization header of another kind.
* Policies may ask for the source of the events that somebody puts.
* What is asked of several alarms, or told a waiting step, is about a resource, not about all.
* CloudFormation's types of SageMaker and of Application Auto Scaling, which it does not know.
* State machines start training jobs and wait for them, at the address in STACK_SAGEMAKER_URL.

Where a new ministack has moved one of these, this ends with a message instead of going on without.
The emulator also ends when its standard input does, so that it never outlives who started it.
"""

from __future__ import annotations

import hashlib
import inspect
import io
import json
import os
import shutil
import signal
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError
from ministack import app
from ministack.core import iam_actions, lambda_runtime
from ministack.services import lambda_svc, stepfunctions
from ministack.services.cloudformation import provisioners

Properties = dict[str, Any]

SERVERLESS = "AWS::OpenSearchServerless::"
SAGEMAKER_TYPES = {
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupName",
    "AWS::SageMaker::EndpointConfig": "EndpointConfigName",
    "AWS::SageMaker::Endpoint": "EndpointName",
    "AWS::SageMaker::Model": "ModelName",
    "AWS::SageMaker::InferenceComponent": "InferenceComponentName",
    "AWS::ApplicationAutoScaling::ScalableTarget": "ResourceId",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "PolicyName",
}
CALLED = {
    app: ("_enforce_execute_api", "_execute_api_authorization_type"),
    lambda_runtime: ("_worker_class_for",),
    lambda_svc: ("_sqs_esm_concurrency", "_resolve_layer_zip"),
    iam_actions: ("extract_iam_action", "extract_resource_arn", "request_tag_context"),
    stepfunctions: ("_ExecutionError",),
}
TRAINING = "arn:aws:states:::sagemaker:createTrainingJob"
LOOK_SECONDS = 0.3
SERVERLESS_TYPES = ("AccessPolicy", "CollectionGroup", "LifecyclePolicy", "SecurityPolicy")


def main() -> None:
    """Add what the emulator lacks, then run it until it is told to stop."""
    check_what_is_relied_on()
    teach_serverless_types(os.environ.get("STACK_INDEX_URL", ""))
    address_apis(os.environ["AWS_ENDPOINT_URL"])
    share_layers(Path(os.environ["TMPDIR"]) / "layers")
    count_concurrency()
    permit_batches()
    know_event_sources()
    know_resources()
    refuse_unsigned()
    teach_sagemaker_types()
    train_at(os.environ.get("STACK_SAGEMAKER_URL", ""))
    threading.Thread(target=end_with_input, name="end-with-input", daemon=True).start()
    app.main()


def end_with_input() -> None:
    """Stop this process in good order once whoever started it is gone."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def check_what_is_relied_on() -> None:
    """End with a message where ministack is no longer as this file expects."""
    relied_on = {
        "provisioners._RESOURCE_HANDLERS": isinstance(
            getattr(provisioners, "_RESOURCE_HANDLERS", None), dict
        ),
        "the HTTP API's handlers": {"create", "update"}
        <= set(provisioners._RESOURCE_HANDLERS.get("AWS::ApiGatewayV2::Api", {})),
        "lambda_runtime.Worker._spawn": "_LAMBDA_LAYERS_DIRS"
        in inspect.getsource(lambda_runtime.Worker._spawn),
        "stepfunctions._SERVICE_DISPATCH": isinstance(
            getattr(stepfunctions, "_SERVICE_DISPATCH", None), dict
        ),
    }
    for module, names in CALLED.items():
        for name in names:
            called = callable(getattr(module, name, None))
            relied_on[f"{module.__name__.rpartition('.')[2]}.{name}"] = called
    missing = [name for name, there in relied_on.items() if not there]
    if missing:
        sys.exit(
            f"This version of ministack no longer has {', '.join(missing)}, which "
            "stack_local/emulator_process.py relies on. Install the version that "
            "requirements/emulator.txt names, or adapt that file."
        )


def teach_serverless_types(index_url: str) -> None:
    """Let CloudFormation create collections, whose endpoint is the given address, and policies.

    These run on the emulator's event loop: they return at once and call nothing.
    """

    def create_collection(logical_id: str, _: Properties, stack: str) -> tuple[str, Properties]:
        collection = hashlib.sha256(f"{stack}/{logical_id}".encode()).hexdigest()[:20]
        return collection, {
            "Id": collection,
            "Arn": f"arn:aws:aoss:us-east-1:000000000000:collection/{collection}",
            "CollectionEndpoint": index_url,
            "DashboardEndpoint": f"{index_url}/_dashboards",
        }

    def create_other(logical_id: str, props: Properties, stack: str) -> tuple[str, Properties]:
        name = str(props.get("Name", f"{stack}-{logical_id}".lower()))
        return name, {"Id": name, "Arn": f"arn:aws:aoss:us-east-1:000000000000:{logical_id}/{name}"}

    def delete(*_: object) -> None:
        return None

    provisioners._RESOURCE_HANDLERS[f"{SERVERLESS}Collection"] = {
        "create": create_collection,
        "delete": delete,
    }
    for name in SERVERLESS_TYPES:
        provisioners._RESOURCE_HANDLERS[SERVERLESS + name] = {
            "create": create_other,
            "delete": delete,
        }


def teach_sagemaker_types() -> None:
    """Let CloudFormation make what is named, without anything being made."""

    def creator(kind: str, name: str) -> Callable[..., tuple[str, Properties]]:
        def create(logical_id: str, props: Properties, stack: str) -> tuple[str, Properties]:
            made = str(props.get(name, f"{stack}-{logical_id}".lower()))
            arn = f"arn:aws:sagemaker:us-east-1:000000000000:{logical_id.lower()}/{made}"
            return made, {name: made, "Id": made, "Arn": arn, f"{kind}Arn": arn}

        return create

    for kind, name in SAGEMAKER_TYPES.items():
        provisioners._RESOURCE_HANDLERS[kind] = {
            "create": creator(kind.rpartition(":")[2], name),
            "delete": lambda *_: None,
        }


def train_at(url: str) -> None:
    """Let state machines start training jobs at an address, and wait until they have ended."""

    def train(resource: str, request: Properties) -> Properties:
        client = boto3.client("sagemaker", endpoint_url=url, region_name="us-east-1")
        try:
            made = dict(client.create_training_job(**request))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise stepfunctions._ExecutionError(f"SageMaker.{code}", str(error)) from error
        if not resource.endswith(".sync"):
            return {"TrainingJobArn": made["TrainingJobArn"]}
        while True:
            job = client.describe_training_job(TrainingJobName=request["TrainingJobName"])
            if job["TrainingJobStatus"] not in ("InProgress", "Stopping"):
                break
            time.sleep(LOOK_SECONDS)
        job.pop("ResponseMetadata", None)
        told: Properties = json.loads(json.dumps(job, default=str))
        if job["TrainingJobStatus"] != "Completed":
            raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(told))
        return told

    if url:
        stepfunctions._SERVICE_DISPATCH[TRAINING] = train


def address_apis(emulator: str) -> None:
    """Let `!GetAtt Api.ApiEndpoint` be the address by which the emulator serves the API."""

    def addressed(handle: Callable[..., tuple[str, Properties]]) -> Callable[..., Any]:
        def handled(*asked: Any, **named: Any) -> tuple[str, Properties]:
            api, attributes = handle(*asked, **named)
            return api, {**attributes, "ApiEndpoint": f"{emulator}/_aws/execute-api/{api}"}

        return handled

    handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    for step in ("create", "update"):
        handlers[step] = addressed(handlers[step])


def share_layers(folder: Path) -> None:
    """Unpack each layer once under `folder`, and give every worker that folder."""
    unpacking = threading.Lock()

    def unpacked(content: bytes) -> Path:
        target = folder / hashlib.sha256(content).hexdigest()[:24]
        with unpacking:
            if not target.exists():
                partial = target.with_suffix(".partial")
                shutil.rmtree(partial, ignore_errors=True)
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    archive.extractall(partial)
                partial.rename(target)
        return target

    class Worker(lambda_runtime.Worker):  # type: ignore[misc]
        config: Properties

        def _spawn(self) -> None:
            contents = map(lambda_svc._resolve_layer_zip, self.config.get("Layers", []))
            folders = [str(unpacked(content)) for content in contents if content]
            environment = dict(self.config.get("Environment", {}).get("Variables", {}))
            if folders:
                environment["_LAMBDA_LAYERS_DIRS"] = os.pathsep.join(folders)
            as_deployed = self.config
            self.config = {
                **as_deployed,
                "Layers": [],
                "Environment": {"Variables": environment},
            }
            try:
                super()._spawn()
            finally:
                self.config = as_deployed

    class_for = lambda_runtime._worker_class_for

    def worker_class_for(config: Properties) -> type:
        chosen: type = class_for(config)
        return Worker if chosen is lambda_runtime.Worker else chosen

    lambda_runtime._worker_class_for = worker_class_for


def count_concurrency() -> None:
    """Read an event source's concurrency as the number it is."""
    allowed = lambda_svc._sqs_esm_concurrency

    def concurrency(source: Properties, *rest: Any) -> Any:
        scaling = source.get("ScalingConfig") or {}
        if isinstance(scaling.get("MaximumConcurrency"), str):
            scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
        return allowed(source, *rest)

    lambda_svc._sqs_esm_concurrency = concurrency


def permit_batches() -> None:
    """Check an SQS batch as what it is a batch of, as AWS does."""
    asked = iam_actions.extract_iam_action

    def action(*request: Any, **named: Any) -> Any:
        found = asked(*request, **named)
        if isinstance(found, str) and found.startswith("sqs:"):
            return found.removesuffix("Batch")
        return found

    iam_actions.extract_iam_action = action


def know_event_sources() -> None:
    """Give policies the condition key `events:source` of PutEvents."""
    context_of = iam_actions.request_tag_context

    def context(service: str, action: str, body: bytes, *rest: Any) -> Any:
        found = context_of(service, action, body, *rest)
        if action != "events:PutEvents":
            return found
        entries = json.loads(body or b"{}").get("Entries") or []
        sources = sorted({str(one.get("Source")) for one in entries})
        return {**found, "events:source": sources[0] if len(sources) == 1 else sources}

    iam_actions.request_tag_context = context


def know_resources() -> None:
    """Check what is asked of alarms by the first of them, and a step's word by its machine."""
    resource_of = iam_actions.extract_resource_arn

    def resource(service: str, *request: Any, **named: Any) -> Any:
        found = resource_of(service, *request, **named)
        _, _, headers, body, query, *_ = request
        if service == "states" and ".SendTask" in headers.get("x-amz-target", ""):
            # Which execution a token is of is not written down anywhere.
            running = [e for e in stepfunctions._executions.values() if e["status"] == "RUNNING"]
            return running[-1]["stateMachineArn"] if running else found
        if service != "monitoring" or found != "*":
            return found
        named_first = query.get("AlarmNames.member.1") or _first_name(body or b"")
        name = named_first[0] if isinstance(named_first, list) else named_first
        return f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{name}" if name else found

    iam_actions.extract_resource_arn = resource


def _first_name(body: bytes) -> str:
    try:
        return str(json.loads(body)["AlarmNames"][0])
    except (ValueError, LookupError, TypeError):
        return ""


def refuse_unsigned() -> None:
    """Refuse tokens on routes that want signatures."""
    enforce = app._enforce_execute_api

    def enforced(
        api: str, stage: str, method: str, path: str, headers: Properties, *rest: Any, **named: Any
    ) -> Any:
        given = headers.get("authorization", "")
        wanted = app._execute_api_authorization_type(api, stage, method, path)
        if wanted == "AWS_IAM" and given and not given.startswith("AWS4-HMAC-SHA256"):
            return 403, {"Content-Type": "application/json"}, b'{"message": "Forbidden"}'
        return enforce(api, stage, method, path, headers, *rest, **named)

    app._enforce_execute_api = enforced


if __name__ == "__main__":
    main()
