"""The function that Slack's requests reach, on a laptop's queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.slack.app import lambda_handler
from tests.functional.chat.acknowledged import modules_to_acknowledge
from tests.laptop import Laptop
from tests.slack_requests import ATTACKS, SIGNING_SECRET, json_body, payload, signed
from wellread.domain.chat.events import QuestionAsked, event_of_message
from wellread.local.lambda_runtime import LocalContext


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
    modules = modules_to_acknowledge(
        "slack",
        signed(json_body(payload("app_mention"))),
        {
            "signing_secret": SIGNING_SECRET,
            "client_id": "1.2",
            "client_secret": "s",
            "workspaces": "T0LAB00001",
        },
        slack_secret="arn:1",
        slack_installations="wellread/slack/" if workspaces == "several" else None,
    )
    assert "wellread.adapters.aws.sqs_questions" in modules
    assert not [name for name in modules if name.startswith("wellread.services.")]
