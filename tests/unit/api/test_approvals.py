"""The page by which a person approves of a tuned model."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

import pytest

from functions.approvals.app import lambda_handler
from tests.remote_world import RUN, World
from tests.tuning import declined, outcome
from wellread import bootstrap
from wellread.bootstrap import Services
from wellread.domain.tune.arms import Arm
from wellread.local.lambda_runtime import LocalContext
from wellread.wire.approval_links import ApprovalLink, ApprovalLinks


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    made.arms[Arm.RAG].answers = lambda number, arm: (
        declined(number, arm) if number % 2 else outcome(number, arm)
    )
    made.train()
    made.judge()
    made.ending.ask(RUN, "token")
    yield made
    made.database.close()


@pytest.fixture
def links(world: World) -> ApprovalLinks:
    return ApprovalLinks("https://api.example", lambda _: "k" * 40, world.clock)


@pytest.fixture
def path(links: ApprovalLinks, world: World) -> str:
    link = links.link(ApprovalLink(RUN, world.clock() + 3_600))
    return link.removeprefix("https://api.example")


@pytest.fixture(autouse=True)
def _services(world: World, links: ApprovalLinks) -> Iterator[None]:
    remote = SimpleNamespace(approvals=world.approvals, approval_links=links)
    with bootstrap.override(cast("Services", SimpleNamespace(remote=remote))):
        yield


def call(method: str, path: str, form: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    event = {
        "rawPath": path,
        "requestContext": {"http": {"method": method}},
        "body": None if form is None else urlencode(form),
        "isBase64Encoded": False,
        **more,
    }
    return lambda_handler(event, LocalContext("approvals"))


def test_looking_at_a_link_decides_nothing(world: World, path: str) -> None:
    """Programs that show a preview of a link look at it, too."""
    for method in ("GET", "HEAD"):
        answer = call(method, path, {"decision": "approve"})
        assert answer["statusCode"] == 200
    assert world.steps.words == []
    assert "May may answer?" in answer["body"]
    assert "beats" in answer["body"]


def test_the_page_runs_nothing_and_sends_its_form_to_itself(path: str) -> None:
    headers = call("GET", path)["headers"]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert headers["Referrer-Policy"] == "no-referrer"


def test_a_button_decides_once(world: World, path: str) -> None:
    answer = call("POST", path, {"decision": "approve"})
    assert (answer["statusCode"], "approved" in answer["body"]) == (200, True)
    assert world.steps.words == [{"approved": True, "reason": ""}]
    answer = call("POST", path, {"decision": "refuse"})
    assert answer["statusCode"] == 409
    assert len(world.steps.words) == 1


def test_a_refusal_carries_its_reason(world: World, path: str) -> None:
    body = base64.b64encode(b"decision=refuse&reason=Not+yet%2C+%0A+Ann").decode()
    answer = call("POST", path, body=body, isBase64Encoded=True)
    assert "refused" in answer["body"]
    assert world.steps.words == [{"approved": False, "reason": "A person refused it: Not yet, Ann"}]


@pytest.mark.parametrize(
    "form", [None, {}, {"decision": "perhaps"}, {"decision": "approve", "reason": "x" * 5_000}]
)
def test_a_form_that_says_nothing_decides_nothing(
    world: World, path: str, form: dict[str, str] | None
) -> None:
    assert call("POST", path, form)["statusCode"] == 400
    assert world.steps.words == []


def test_a_body_that_is_no_text_decides_nothing(world: World, path: str) -> None:
    assert call("POST", path, body="!!", isBase64Encoded=True)["statusCode"] == 400


@pytest.mark.parametrize("token", ["", "x", "A" * 60])
def test_without_a_link_of_ours_nothing_is_said_of_any_run(world: World, token: str) -> None:
    for method in ("GET", "POST"):
        answer = call(method, f"/approvals/{token}", {"decision": "approve"})
        assert answer["statusCode"] == 403
        assert "does not fit" in answer["body"]
        assert "beats" not in answer["body"]
    assert world.steps.words == []


def test_an_old_link_opens_nothing(world: World, path: str) -> None:
    world.clock.sleep(3_601)
    assert call("POST", path, {"decision": "approve"})["statusCode"] == 403


def test_a_model_that_does_not_wait_any_more_is_said(world: World, path: str) -> None:
    world.ending.refuse(RUN, "It did not fit.")
    answer = call("GET", path)
    assert answer["statusCode"] == 409
    assert "not promoted" in answer["body"]
