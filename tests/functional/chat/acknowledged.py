"""What a front loads to acknowledge a question, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[3]
_HEAVY = {
    *("boto3", "fastapi", "httpx", "langchain_aws", "langchain_core", "microsoft_teams", "nicegui"),
    *("numpy", "onnxruntime", "opensearchpy", "pypdfium2", "sagemaker", "slack_bolt", "slack_sdk"),
    *("tokenizers", "wellread.bootstrap.models"),
}
_ANSWERED = """
import importlib, json, sys, types
name, settings, secret, request = json.load(sys.stdin)
handler = importlib.import_module(f"functions.{name}.app").lambda_handler
from wellread import bootstrap
from wellread.bootstrap.aws import AwsAdapters
from wellread.bootstrap.services import Services
from wellread.settings import load_settings

class Aws:
    def send_message(self, **message):
        print(json.loads(message["MessageBody"])["kind"])
        return {"MessageId": "1"}
    def get_item(self, **_):
        return {}
    def put_item(self, **_):
        return {}
    def get_secret_value(self, SecretId):
        return {"SecretString": json.dumps(secret)}

settings = load_settings(question_queue_url="https://sqs/1/questions.fifo", **settings)
clients = dict.fromkeys(("sqs", "dynamodb", "secretsmanager"), Aws())
bootstrap.install(Services(AwsAdapters(settings, clients=clients), settings))
context = types.SimpleNamespace(function_name=name, aws_request_id="1")
print(handler(request, context)["statusCode"])
print(*sys.modules)
"""


def modules_to_acknowledge(
    function: str,
    request: Mapping[str, Any],
    secret: Mapping[str, str] | None = None,
    **settings: object,
) -> list[str]:
    """Have a function on AWS take a question; gives what was imported for it, nothing heavy."""
    done = subprocess.run(
        [sys.executable, "-c", _ANSWERED],
        input=json.dumps([function, settings, secret, request]),
        cwd=_ROOT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(_ROOT / "layers" / "core"), str(_ROOT)]),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    kind, status, modules = done.stdout.splitlines()
    assert (kind, status) == ("question", "200")
    assert _HEAVY & set(modules.split()) == set()
    return modules.split()
