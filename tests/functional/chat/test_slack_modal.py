"""A thumb down, against the stand-in for Slack's Web API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.slack.app import lambda_handler
from tests.laptop import Laptop
from tests.slack.state import BOT_TOKEN
from tests.slack.workspace import SlackWorkspace, running_workspace
from tests.slack_requests import SIGNING_SECRET, form_body, payload, signed
from wellread.local.lambda_runtime import LocalContext


@pytest.fixture
def workspace() -> Iterator[SlackWorkspace]:
    with running_workspace() as running:
        yield running


@pytest.fixture
def laptop(tmp_path: Path, workspace: SlackWorkspace) -> Iterator[Laptop]:
    machine = Laptop(
        tmp_path / "data",
        slack_signing_secret=SIGNING_SECRET,
        slack_bot_token=BOT_TOKEN,
        slack_api_url=workspace.api_url,
    )
    yield machine
    machine.close()


def thumb_down(laptop: Laptop, workspace: SlackWorkspace) -> tuple[int, int]:
    """The status of its answer, and how many verdicts are in the queue then."""
    body = form_body(payload("block_actions", trigger_id=workspace.new_trigger()))
    status = lambda_handler(signed(body), LocalContext("slack"))["statusCode"]
    return status, laptop.adapters.queues["questions.fifo"].depth()


def test_it_opens_a_modal_that_slack_takes(laptop: Laptop, workspace: SlackWorkspace) -> None:
    assert thumb_down(laptop, workspace) == (200, 1)
    (opened,) = workspace.called("views.open")
    assert "verdict_reason" in str(opened["view"])


@pytest.mark.parametrize(
    "fault", [{"error": "expired_trigger_id"}, {"status": 500}, {"drop": True}, {"retry_after": 30}]
)
def test_a_modal_that_slack_does_not_open_is_tried_once_and_costs_nothing_else(
    laptop: Laptop, workspace: SlackWorkspace, fault: dict[str, object]
) -> None:
    workspace.fail("views.open", **fault)
    assert thumb_down(laptop, workspace) == (200, 1)
    assert len(workspace.called("views.open")) <= 1


def test_a_slack_that_hangs_is_not_waited_for(laptop: Laptop, workspace: SlackWorkspace) -> None:
    workspace.fail("views.open", slow=20)
    began = time.monotonic()
    assert thumb_down(laptop, workspace) == (200, 1)
    assert time.monotonic() - began < 2.9
