"""The function that Slack's requests reach, on a laptop's queue."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.slack.app import lambda_handler
from tests.laptop import Laptop
from tests.slack_requests import ATTACKS, SIGNING_SECRET, json_body, payload, signed
from wellread.domain.chat.events import QuestionAsked, event_of_message
from wellread.local.lambda_runtime import LocalContext

ROOT = Path(__file__).resolve().parents[3]
HEAVY = {
    *("boto3", "httpx", "langchain_aws", "langchain_core", "nicegui", "numpy"),
    *("onnxruntime", "opensearchpy", "pypdfium2", "sagemaker", "slack_bolt", "slack_sdk"),
    *("tokenizers", "wellread.bootstrap.models"),
}
_ANSWERED = """
import json, sys, types
from functions.slack.app import lambda_handler
from tests.slack_requests import SIGNING_SECRET
from wellread import bootstrap
from wellread.bootstrap.aws import AwsAdapters
from wellread.bootstrap.services import Services
from wellread.settings import load_settings

class Sqs:
    def send_message(self, **message):
        print(json.loads(message["MessageBody"])["kind"])
        return {"MessageId": "1"}

class Secrets:
    def get_secret_value(self, SecretId):
        client = {"client_id": "1.2", "client_secret": "s", "workspaces": "T0LAB00001"}
        return {"SecretString": json.dumps({"signing_secret": SIGNING_SECRET, **client})}

settings = load_settings(
    slack_secret="arn:1",
    slack_installations="wellread/slack/" if "several" in sys.argv else None,
    question_queue_url="https://sqs/1/questions.fifo",
)
clients = {"sqs": Sqs(), "secretsmanager": Secrets()}
bootstrap.install(Services(AwsAdapters(settings, clients=clients), settings))
context = types.SimpleNamespace(function_name="slack", aws_request_id="1")
print(lambda_handler(json.load(sys.stdin), context)["statusCode"])
print(*sys.modules)
"""


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    machine = Laptop(
        tmp_path / "data", slack_signing_secret=SIGNING_SECRET, slack_bot_token="xoxb-1"
    )
    yield machine
    machine.close()


def enqueued(laptop: Laptop) -> list[str]:
    queue = laptop.adapters.queues["questions.fifo"]
    return [message.body for message in queue.receive(100, 60)]


def test_a_question_is_in_the_queue_once_it_is_acknowledged(laptop: Laptop) -> None:
    answer = lambda_handler(signed(json_body(payload("app_mention"))), LocalContext("slack"))
    assert answer["statusCode"] == 200
    (body,) = enqueued(laptop)
    event = event_of_message(json.loads(body))
    assert isinstance(event, QuestionAsked)
    assert event.text == "How long may a book be borrowed?"


def test_the_pair_of_events_that_one_mention_makes_is_enqueued_once(laptop: Laptop) -> None:
    for names in (("message", "app_mention"), ("app_mention", "message")):
        for name in names:
            event = signed(json_body(payload(name)))
            assert lambda_handler(event, LocalContext("slack"))["statusCode"] == 200
    assert len(enqueued(laptop)) == 1


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_and_enqueues_nothing(laptop: Laptop, attack: str) -> None:
    make, status = ATTACKS[attack]
    assert lambda_handler(make(), LocalContext("slack"))["statusCode"] == status
    assert enqueued(laptop) == []


def test_without_credentials_there_is_no_such_path(tmp_path: Path) -> None:
    machine = Laptop(tmp_path / "data")
    try:
        event = signed(json_body(payload("app_mention")))
        assert lambda_handler(event, LocalContext("slack"))["statusCode"] == 404
    finally:
        machine.close()


@pytest.mark.parametrize("workspaces", ["one", "several"])
def test_a_question_is_acknowledged_without_what_answers_it(workspaces: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ANSWERED, workspaces],
        input=json.dumps(signed(json_body(payload("app_mention")))),
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "layers" / "core"), str(ROOT)]),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    kind, status, modules = done.stdout.splitlines()
    assert (kind, status) == ("question", "200")
    assert "wellread.adapters.aws.sqs_questions" in modules.split()
    assert HEAVY & set(modules.split()) == set()
    assert not [name for name in modules.split() if name.startswith("wellread.services.")]
