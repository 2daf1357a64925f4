"""The function that Teams' requests reach: on a laptop's queue, and through a tunnel."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from functions.teams.app import lambda_handler
from tests.functional.chat.acknowledged import modules_to_acknowledge
from tests.laptop import Laptop, asker
from tests.teams import activities
from tests.teams.state import CLIENT_ID
from tests.teams.tenant import TeamsTenant, running_tenant
from tests.teams_requests import ATTACKS, TENANT
from tests.teams_requests import sent as requested
from wellread.domain.chat.events import QuestionAsked, event_of_message
from wellread.local.http import create_app
from wellread.local.lambda_runtime import LocalContext

ROOT = Path(__file__).resolve().parents[3]
PORT = 8123
TUNNEL = "https://wellread.tunnel.example"
PATH = "/api/messages"


@pytest.fixture(scope="module")
def tenant() -> Iterator[TeamsTenant]:
    with running_tenant() as tenant:
        tenant.add_person("ann")
        tenant.add_personal("ann")
        yield tenant


def laptop_of(folder: Path, tenant: TeamsTenant, **settings: Any) -> Laptop:
    teams: dict[str, Any] = {
        "teams_client_id": CLIENT_ID,
        "teams_tenant_id": TENANT,
        "teams_client_secret": "s",
        "teams_openid_url": tenant.openid_url,
    }
    return Laptop(folder / "data", **{**teams, **settings})


@pytest.fixture
def laptop(tmp_path: Path, tenant: TeamsTenant) -> Iterator[Laptop]:
    machine = laptop_of(tmp_path, tenant)
    yield machine
    machine.close()


def asked(tenant: TeamsTenant) -> dict[str, Any]:
    made = activities.message(tenant, "ann", "a:ann", "How long may a book be borrowed?")
    headers, body = activities.posted(made)
    return requested(body, headers["authorization"])


def enqueued(laptop: Laptop) -> list[str]:
    return [each.body for each in laptop.adapters.queues["questions.fifo"].receive(100, 60)]


def test_a_question_is_in_the_queue_once_it_is_acknowledged(
    laptop: Laptop, tenant: TeamsTenant
) -> None:
    answer = lambda_handler(asked(tenant), LocalContext("teams"))
    assert (answer["statusCode"], answer["body"]) == (200, "")
    (body,) = enqueued(laptop)
    event = event_of_message(json.loads(body))
    assert isinstance(event, QuestionAsked)
    assert event.text == "How long may a book be borrowed?"


def test_a_request_that_comes_again_is_enqueued_once(laptop: Laptop, tenant: TeamsTenant) -> None:
    request = asked(tenant)
    for _ in range(3):
        assert lambda_handler(request, LocalContext("teams"))["statusCode"] == 200
    assert len(enqueued(laptop)) == 1


@pytest.mark.parametrize("missing", ["teams_client_id", "teams_tenant_id", "teams_client_secret"])
def test_without_credentials_there_is_no_such_path(
    tmp_path: Path, tenant: TeamsTenant, missing: str
) -> None:
    machine = laptop_of(tmp_path, tenant, **{missing: None})
    try:
        assert lambda_handler(asked(tenant), LocalContext("teams"))["statusCode"] == 404
    finally:
        machine.close()


def send(app: FastAPI, event: dict[str, Any], method: str = "POST") -> httpx.Response:
    headers = [
        (name.encode(), value.encode("utf-8", "surrogatepass"))
        for name, value in event["headers"].items()
        if name.lower() != "content-length"
    ]

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=TUNNEL) as client:
            body = base64.b64decode(event["body"])
            return await client.request(method, PATH, content=body, headers=headers)

    return asyncio.run(go())


@pytest.fixture
def app(laptop: Laptop) -> FastAPI:
    return create_app(laptop.services, port=PORT, asker=asker(), drop=laptop.host.drop, page=False)


def test_a_question_comes_in_through_a_tunnel(
    laptop: Laptop, app: FastAPI, tenant: TeamsTenant
) -> None:
    answer = send(app, asked(tenant))
    assert (answer.status_code, answer.content) == (200, b"")
    assert len(enqueued(laptop)) == 1


def test_an_invoke_is_answered_in_the_response(
    laptop: Laptop, app: FastAPI, tenant: TeamsTenant
) -> None:
    made = activities.feedback(tenant, "ann", "a:ann", "1700000000777", "dislike", "It is 31.")
    headers, body = activities.posted(made)
    answer = send(app, requested(body, headers["authorization"]))
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["content-type"] == "application/json"
    assert [json.loads(each)["kind"] for each in enqueued(laptop)] == ["verdict"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_and_enqueues_nothing(
    laptop: Laptop, app: FastAPI, attack: str
) -> None:
    make, status = ATTACKS[attack]
    assert send(app, make()).status_code == status
    assert enqueued(laptop) == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_the_path_takes_nothing_but_what_is_posted(
    app: FastAPI, tenant: TeamsTenant, method: str
) -> None:
    assert send(app, asked(tenant), method).status_code == 403


def test_a_question_is_acknowledged_without_what_answers_it(tenant: TeamsTenant) -> None:
    modules = modules_to_acknowledge(
        "teams",
        asked(tenant),
        backend="aws",
        teams_client_id=CLIENT_ID,
        teams_tenant_id=TENANT,
        teams_openid_url=tenant.openid_url,
        replies_table="replies",
    )
    assert "wellread.adapters.chat.teams.front" in modules
    assert not [name for name in modules if name.startswith("wellread.services.ask")]
