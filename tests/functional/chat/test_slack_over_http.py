"""Slack's requests, as they reach `wellread serve` through a tunnel."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.laptop import Laptop, asker
from tests.slack_requests import (
    ATTACKS,
    SIGNING_SECRET,
    form_body,
    headers_of,
    json_body,
    payload,
)
from wellread.local.http import create_app

PORT = 8123
TUNNEL = "https://wellread.tunnel.example"
PATH = "/slack/events"


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    machine = Laptop(
        tmp_path / "data", slack_signing_secret=SIGNING_SECRET, slack_bot_token="xoxb-1"
    )
    yield machine
    machine.close()


@pytest.fixture
def app(laptop: Laptop) -> FastAPI:
    return app_of(laptop)


def app_of(laptop: Laptop) -> FastAPI:
    return create_app(laptop.services, port=PORT, asker=asker(), drop=laptop.host.drop, page=False)


def send(
    app: FastAPI,
    body: Any,
    headers: Any,
    *,
    method: str = "POST",
    base: str = TUNNEL,
    path: str = PATH,
) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, content=body, headers=headers)

    return asyncio.run(go())


def enqueued(laptop: Laptop) -> int:
    return laptop.adapters.queues["questions.fifo"].depth()


def test_a_question_comes_in_through_a_tunnel(laptop: Laptop, app: FastAPI) -> None:
    body = json_body(payload("app_mention"))
    headers = {**headers_of(body), "x-forwarded-host": "wellread.tunnel.example"}
    answer = send(app, body, headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert enqueued(laptop) == 1


def test_a_command_is_answered_at_once(laptop: Laptop, app: FastAPI) -> None:
    body = form_body(payload("slash_command"))
    answer = send(app, body, headers_of(body, kind="application/x-www-form-urlencoded"))
    assert answer.json()["response_type"] == "ephemeral"
    assert answer.headers["content-type"] == "application/json"
    assert enqueued(laptop) == 1


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_and_enqueues_nothing(
    laptop: Laptop, app: FastAPI, attack: str
) -> None:
    make, status = ATTACKS[attack]
    event = make()
    body = base64.b64decode(event["body"])
    headers = [
        (name.encode(), value.encode("utf-8", "surrogatepass"))
        for name, value in event["headers"].items()
        if name != "content-length"
    ]
    assert send(app, body, headers).status_code == status
    assert enqueued(laptop) == 0


def test_a_body_that_is_too_large_is_read_to_its_end_where_that_is_near(app: FastAPI) -> None:
    sent = 0

    async def large() -> Any:
        nonlocal sent
        for _ in range(64):
            sent += 65_536
            yield b" " * 65_536

    length = {"Content-Length": str(64 * 65_536)}
    assert send(app, large(), length).status_code == 413
    assert sent == 64 * 65_536


def test_a_body_without_an_end_is_not_read_to_it(app: FastAPI) -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        while True:
            read += 65_536
            yield b" " * 65_536

    assert send(app, endless(), {}).status_code == 413
    assert read <= 512 * 1024


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
def test_the_path_takes_nothing_but_what_is_posted(app: FastAPI, method: str) -> None:
    assert send(app, b"", {}, method=method).status_code == 403
    own = send(app, b"", {}, method=method, base=f"http://127.0.0.1:{PORT}")
    assert own.status_code in (404, 405)


@pytest.mark.parametrize(
    "path",
    ["/", "/v1/health", "/v1/ask", "/slack", "/slack/events/", "/slack/events/x", "/SLACK/EVENTS"],
)
def test_no_other_path_may_be_reached_through_a_tunnel(app: FastAPI, path: str) -> None:
    body = json_body(payload("app_mention"))
    assert send(app, body, headers_of(body), path=path).status_code == 403


def opened(app: FastAPI, base: str, path: str = "/slack/install", **headers: str) -> httpx.Response:
    return send(app, b"", headers, method="GET", base=base, path=path)


def test_the_pages_that_install_the_app_are_this_machines_own(tmp_path: Path) -> None:
    machine = Laptop(
        tmp_path / "data",
        slack_signing_secret=SIGNING_SECRET,
        slack_client_id="1.2",
        slack_client_secret="s",
    )
    try:
        app, own = app_of(machine), f"http://127.0.0.1:{PORT}"
        begun = opened(app, own)
        assert begun.status_code == 302
        assert begun.headers["location"].startswith("https://slack.com/oauth/v2/authorize?")
        assert begun.headers["set-cookie"].startswith("__Host-")
        from_slack = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
        back = opened(
            app, own, "/slack/oauth_redirect", **from_slack, **{"sec-fetch-dest": "document"}
        )
        assert back.status_code == 400
        assert "default-src 'none'" in back.headers["content-security-policy"]
        assert "begun in this browser" in back.text
        for path in ("/slack/install", "/slack/oauth_redirect"):
            assert opened(app, TUNNEL, path).status_code == 403
            assert send(app, b"", {}, path=path).status_code == 403
    finally:
        machine.close()


def test_without_a_client_nobody_is_led_to_slack(app: FastAPI) -> None:
    assert opened(app, f"http://127.0.0.1:{PORT}").status_code == 404


def test_without_credentials_there_is_no_such_path(tmp_path: Path) -> None:
    machine = Laptop(tmp_path / "data")
    try:
        body = json_body(payload("app_mention"))
        assert send(app_of(machine), body, headers_of(body)).status_code == 404
    finally:
        machine.close()


def test_an_acknowledgement_waits_for_nobody_who_reads_an_answer(
    app: FastAPI,
) -> None:
    release = threading.Event()

    async def go() -> int:
        loop = asyncio.get_running_loop()
        busy = [loop.run_in_executor(None, release.wait, 30) for _ in range(64)]
        transport = httpx.ASGITransport(app)
        body = json_body(payload("app_mention"))
        async with httpx.AsyncClient(transport=transport, base_url=TUNNEL) as client:
            answer = await asyncio.wait_for(
                client.post(PATH, content=body, headers=headers_of(body)), 10
            )
        release.set()
        await asyncio.gather(*busy)
        return answer.status_code

    assert asyncio.run(go()) == 200
