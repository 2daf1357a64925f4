"""The laptop's HTTP app: API Gateway's part, streaming, and keeping other websites out."""

from __future__ import annotations

import asyncio
import copy
import errno
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

from tests.laptop import Laptop, QuotingGenerator, asker
from wellread.domain.ask.answers import AnswerEvent, DeltaEvent, Outcome, StatusEvent
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Question
from wellread.domain.knowledge.errors import InvalidConfigurationError, ModelUnavailableError
from wellread.local.http import create_app, free_port, serve_app
from wellread.local.http_events import http_event, http_response

PORT = 8123
BASE = f"http://127.0.0.1:{PORT}"
LEAVE = "# Leave\n\n## Days\n\nEveryone has 30 days of leave a year.\n"
QUESTION = {"question": "How many days of leave are there?"}
EVENTS = {"accept": "text/event-stream"}


def app_of(laptop: Laptop, **services: object) -> FastAPI:
    used = copy.copy(laptop.services)
    vars(used).update(services)
    return create_app(used, port=PORT, asker=asker(), drop=laptop.host.drop, page=False)


def client_of(app: FastAPI, **options: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE, **options)


def send(app: FastAPI, method: str, path: str, **options: Any) -> httpx.Response:
    async def go() -> httpx.Response:
        async with client_of(app) as client:
            return await client.request(method, path, **options)

    return asyncio.run(go())


def events_of(response: httpx.Response) -> list[tuple[str, Any]]:
    found = []
    for block in response.text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


@pytest.fixture
def handbook(laptop: Laptop) -> Laptop:
    laptop.drop("hand book/leave.md", LEAVE)
    return laptop


def test_a_request_becomes_the_event_that_api_gateway_sends() -> None:
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/documents/a b",
        "raw_path": b"/v1/documents/a%20b",
        "query_string": b"quote=a%2Cb&tag=1&tag=2&empty=",
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", PORT),
        "client": ("127.0.0.1", 50_000),
        "headers": [
            (b"host", b"127.0.0.1:8123"),
            (b"accept", b"text/html"),
            (b"x-two", b"1"),
            (b"x-two", b"2"),
            (b"cookie", b"a=1; b=2"),
            (b"user-agent", b"test"),
        ],
    }

    made = http_event(Request(scope), b'{"question": "\xc3\xbc"}', asker("everyone", "hr"))

    assert made["version"] == "2.0"
    assert made["rawPath"] == "/v1/documents/a%20b"
    assert made["rawQueryString"] == "quote=a%2Cb&tag=1&tag=2&empty="
    assert made["queryStringParameters"] == {"quote": "a,b", "tag": "1,2", "empty": ""}
    assert made["headers"]["accept"] == "text/html"
    assert made["headers"]["x-two"] == "1,2"
    assert made["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in made["headers"]
    assert made["body"] == '{"question": "ü"}'
    assert made["isBase64Encoded"] is False
    context = made["requestContext"]
    assert context["http"]["method"] == "POST"
    assert context["http"]["userAgent"] == "test"
    assert context["stage"] == "$default"
    assert context["authorizer"]["lambda"]["audiences"] == ["everyone", "hr"]
    json.dumps(made)


def test_a_body_that_is_not_text_travels_as_base64() -> None:
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}

    made = http_event(Request(scope), b"\xff\x00", asker())

    assert (made["body"], made["isBase64Encoded"]) == ("/wA=", True)


def test_a_handlers_answer_becomes_a_response() -> None:
    response = http_response(
        {
            "statusCode": 201,
            "headers": {"X-One": "1"},
            "multiValueHeaders": {"X-Two": ["2", "3"]},
            "cookies": ["a=1; Path=/", "b=2"],
            "body": "/wA=",
            "isBase64Encoded": True,
        }
    )

    assert response.status_code == 201
    assert response.body == b"\xff\x00"
    assert response.headers["x-one"] == "1"
    assert response.headers.getlist("x-two") == ["2", "3"]
    assert response.headers.getlist("set-cookie") == ["a=1; Path=/", "b=2"]


def test_a_question_is_answered_through_the_functions_handler(handbook: Laptop) -> None:
    response = send(app_of(handbook), "POST", "/v1/ask", json=QUESTION)

    assert response.status_code == 200
    reply = response.json()
    assert reply["citations"][0]["document"] == "hand book/leave.md"
    opened = send(app_of(handbook), "GET", reply["citations"][0]["link"])
    assert opened.json()["quote"] == reply["citations"][0]["quote"]


def test_the_page_of_a_document_keeps_its_own_strict_policy(handbook: Laptop) -> None:
    path, html = "/v1/documents/hand%20book/leave.md", {"accept": "text/html"}
    page = send(app_of(handbook), "GET", path, headers=html)

    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "30 days" in page.text


def test_streaming_sends_status_then_text_then_the_whole_answer(handbook: Laptop) -> None:
    response = send(app_of(handbook), "POST", "/v1/ask", json=QUESTION, headers=EVENTS)

    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response)
    names = [name for name, _ in events]
    assert names[0] == "status"
    assert "delta" in names
    assert names[-1] == "answer"
    assert names.count("answer") == 1
    whole = events[-1][1]
    plain = send(app_of(handbook), "POST", "/v1/ask", json=QUESTION).json()
    assert set(whole) == set(plain)
    assert whole["answer"] == plain["answer"]
    assert whole["correlation_id"] == response.headers["x-correlation-id"]


def test_streamed_questions_are_counted_like_others(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path / "data", questions_per_minute=2)
    app = app_of(laptop)
    responses = [
        send(app, "POST", "/v1/ask", json=QUESTION, headers=headers)
        for headers in (EVENTS, {}, EVENTS, {})
    ]
    laptop.close()

    assert [response.status_code for response in responses] == [200, 200, 429, 429]
    assert responses[2].json()["code"] == "too_many_questions"
    assert int(responses[2].headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "invalid_json"),
        (b"\xff", 400, "invalid_json"),
        (b"{}", 422, "invalid_request"),
        (b'{"question": ""}', 422, "invalid_question"),
        (b'{"question": "x", "thread": "none"}', 404, "not_found"),
        (b'{"question": "x", "mode": "fast"}', 422, "invalid_request"),
        (b" " * 300_000, 413, "body_too_large"),
    ],
)
def test_streamed_or_not_a_bad_request_is_the_same_problem(
    laptop: Laptop, body: bytes, status: int, code: str
) -> None:
    app = app_of(laptop)
    json_type = {"content-type": "application/json"}

    streamed = send(app, "POST", "/v1/ask", content=body, headers=json_type | EVENTS)
    plain = send(app, "POST", "/v1/ask", content=body, headers=json_type)

    for response in (streamed, plain):
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["code"] == code
        assert response.json()["correlation_id"] == response.headers["x-correlation-id"]
    left_out = {"correlation_id"}
    assert {k: v for k, v in streamed.json().items() if k not in left_out} == {
        k: v for k, v in plain.json().items() if k not in left_out
    }


def test_streamed_or_not_a_body_that_is_not_labelled_as_json_is_refused(laptop: Laptop) -> None:
    text = {"content-type": "text/plain"}

    for headers in (text, text | EVENTS):
        response = send(
            app_of(laptop), "POST", "/v1/ask", content=json.dumps(QUESTION), headers=headers
        )
        assert response.status_code == 415
        assert response.json()["code"] == "unsupported_media_type"


class Scripted:
    """Answering that plays events of a test's making."""

    def __init__(self, play: Callable[[], Iterator[AnswerEvent]]) -> None:
        self.play = play

    def stream(self, question: Question) -> Iterator[AnswerEvent]:
        return self.play()


def test_a_failure_amid_the_stream_is_its_last_event(laptop: Laptop) -> None:
    def play() -> Iterator[AnswerEvent]:
        yield StatusEvent("Searching")
        raise ModelUnavailableError("10.0.0.7 is away")

    app = app_of(laptop, answering=Scripted(play))
    response = send(app, "POST", "/v1/ask", json=QUESTION, headers=EVENTS)

    assert [name for name, _ in events_of(response)] == ["status", "error"]
    problem = events_of(response)[-1][1]
    assert (problem["status"], problem["code"]) == (503, "unavailable")
    assert "10.0.0.7" not in response.text


def test_a_client_that_leaves_ends_the_work(laptop: Laptop) -> None:
    closed, go_on = threading.Event(), threading.Event()
    played = []

    def play() -> Iterator[AnswerEvent]:
        try:
            for number in range(1000):
                played.append(number)
                yield DeltaEvent(str(number))
                go_on.wait(10)
        finally:
            closed.set()

    app = app_of(laptop, answering=Scripted(play))

    async def go() -> None:
        left = asyncio.Event()
        body = iter([{"type": "http.request", "body": json.dumps(QUESTION).encode()}])

        async def receive() -> dict[str, Any]:
            if (message := next(body, None)) is not None:
                return message
            await left.wait()
            return {"type": "http.disconnect"}

        async def on_send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body" and message["body"]:
                left.set()

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/v1/ask",
            "raw_path": b"/v1/ask",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", f"127.0.0.1:{PORT}".encode()), (b"accept", b"text/event-stream")],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", PORT),
        }
        await asyncio.wait_for(app(scope, receive, on_send), 10)

    asyncio.run(go())
    go_on.set()

    assert closed.wait(10)
    assert len(played) <= 2


def test_a_slow_answer_does_not_hold_up_other_requests(handbook: Laptop) -> None:
    asked, go_on = threading.Event(), threading.Event()

    class Slow(QuotingGenerator):
        def answer(self, prompt: Prompt) -> Outcome:
            asked.set()
            go_on.wait(10)
            return super().answer(prompt)

    handbook.speak_with(quoting=Slow())
    app = app_of(handbook)

    async def go() -> tuple[httpx.Response, httpx.Response]:
        async with client_of(app) as client:
            slow = asyncio.create_task(client.post("/v1/ask", json=QUESTION))
            await asyncio.to_thread(asked.wait, 10)
            listed = await client.get("/v1/documents")
            assert not slow.done()
            go_on.set()
            return await slow, listed

    slow, listed = asyncio.run(go())

    assert slow.json()["citations"]
    assert listed.json()["documents"][0]["document"] == "hand book/leave.md"


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}", f"[::1]:{PORT}"])
def test_the_own_host_is_let_in(laptop: Laptop, host: str) -> None:
    headers = {"host": host, "origin": f"http://{host}", "sec-fetch-site": "same-origin"}

    assert send(app_of(laptop), "GET", "/v1/health", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": f"evil.example:{PORT}"},
        {"host": "127.0.0.1:9999"},
        {"host": f"127.0.0.1.evil.example:{PORT}"},
        {"host": ""},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"sec-fetch-site": "cross-site"},
        {"x-forwarded-host": f"127.0.0.1:{PORT}"},
        {"x-forwarded-server": "evil.example"},
        {"x-host": "evil.example"},
        {"x-original-url": "/v1/health"},
        {"forwarded": "host=evil.example"},
        [("host", f"127.0.0.1:{PORT}"), ("host", "evil.example")],
        [("host", "evil.example"), ("host", f"127.0.0.1:{PORT}")],
        [("host", f"127.0.0.1:{PORT}"), ("host", f"127.0.0.1:{PORT}")],
        {"host": f"127.0.0.1:{PORT},evil.example"},
        {"host": f"user@127.0.0.1:{PORT}"},
    ],
)
def test_other_websites_are_kept_out(
    laptop: Laptop, headers: dict[str, str] | list[tuple[str, str]]
) -> None:
    response = send(app_of(laptop), "GET", "/v1/documents", headers=headers)

    assert response.status_code == 403
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "forbidden"


def raw_status(port: int, head: str) -> int:
    """The status of a request that is sent byte by byte as given."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode())
        return int(connection.recv(65_536).split(b" ", 2)[1])


def test_a_request_names_its_host_once_and_in_one_place(laptop: Laptop) -> None:
    port = free_port(18_500)
    app = create_app(laptop.services, port=port, asker=asker(), drop=laptop.host.drop, page=False)
    own = f"127.0.0.1:{port}"
    expected = {
        f"GET /v1/health HTTP/1.1\nHost: {own}\n\n": 200,
        f"GET /v1/health HTTP/1.1\nHost: {own}\nHost: {own}\n\n": 400,
        f"GET /v1/health HTTP/1.1\nHost: {own}\nhost: evil.example\n\n": 400,
        "GET /v1/health HTTP/1.1\n\n": 400,
        "GET /v1/health HTTP/1.0\n\n": 403,
        f"GET http://evil.example/v1/health HTTP/1.1\nHost: {own}\n\n": 403,
        f"GET http://{own}/v1/health HTTP/1.1\nHost: {own}\n\n": 403,
        f"GET http://{own}/v1/health HTTP/1.1\nHost: evil.example\n\n": 403,
        f"GET /v1/health HTTP/1.1\nHost: {own}\nX-Forwarded-Host: evil.example\n\n": 403,
    }
    ready, seen = threading.Event(), {}

    def talk() -> None:
        ready.wait(20)
        try:
            for head in expected:
                seen[head] = raw_status(port, head)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    talker = threading.Thread(target=talk)
    talker.start()
    serve_app(app, port=port, on_ready=ready.set)
    talker.join(20)

    assert seen == expected


def test_a_link_followed_from_elsewhere_opens(handbook: Laptop) -> None:
    followed = {
        "sec-fetch-site": "cross-site",
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
    }
    app = app_of(handbook)

    path = "/v1/documents/hand%20book/leave.md"
    assert send(app, "GET", path, headers=followed).status_code == 200
    assert send(app, "POST", "/v1/ask", json=QUESTION, headers=followed).status_code == 403


def test_a_websocket_of_another_origin_is_closed_before_it_opens(laptop: Laptop) -> None:
    app = app_of(laptop)
    sent: list[dict[str, Any]] = []

    async def go() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def on_send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "websocket",
            "path": "/_nicegui_ws/socket.io/",
            "headers": [
                (b"host", f"127.0.0.1:{PORT}".encode()),
                (b"origin", b"https://evil.example"),
            ],
        }
        await app(scope, receive, on_send)

    asyncio.run(go())

    assert [message["type"] for message in sent] == ["websocket.close"]


def test_every_response_says_that_it_is_not_to_be_framed_or_guessed_at(laptop: Laptop) -> None:
    for path in ("/v1/health", "/v1/nothing", "/openapi.json"):
        headers = send(app_of(laptop), "GET", path).headers
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_scripts_of_a_page_run_only_with_its_nonce(laptop: Laptop) -> None:
    app = app_of(laptop)

    @app.get("/some-page")
    def some_page() -> HTMLResponse:
        return HTMLResponse("<script>1</script><script type='module'>2</script>")

    first, second = (send(app, "GET", "/some-page") for _ in range(2))

    nonces = [response.text.split('nonce="')[1].split('"')[0] for response in (first, second)]
    assert nonces[0] != nonces[1]
    assert first.text.count(f'<script nonce="{nonces[0]}"') == 2
    policy = first.headers["content-security-policy"]
    assert f"'nonce-{nonces[0]}'" in policy
    assert "script-src 'self' 'nonce-" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert int(first.headers["content-length"]) == len(first.content)


def test_the_server_says_when_it_is_ready_binds_the_loopback_only_and_stops_at_sigterm(
    laptop: Laptop,
) -> None:
    port = free_port(18_400)
    app = create_app(laptop.services, port=port, asker=asker(), drop=laptop.host.drop, page=False)
    ready = threading.Event()
    seen: dict[str, object] = {}

    def talk() -> None:
        ready.wait(20)
        try:
            with httpx.Client(trust_env=False) as client:
                seen["status"] = client.get(f"http://127.0.0.1:{port}/v1/health").status_code
            with socket.socket() as other:
                seen["elsewhere"] = other.connect_ex(("127.0.0.2", port))
            try:
                serve_app(app, port=port, on_ready=lambda: None)
            except InvalidConfigurationError as error:
                seen["second"] = str(error)
            seen["next"] = free_port(port)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    talker = threading.Thread(target=talk)
    talker.start()
    serve_app(app, port=port, on_ready=ready.set)
    talker.join(20)

    assert seen["status"] == 200
    assert seen["elsewhere"] == errno.ECONNREFUSED
    assert seen["second"] == f"Port {port} is in use; choose another with --port."
    assert seen["next"] != port
    assert signal.getsignal(signal.SIGTERM) == before
    assert free_port(port) == port


@pytest.mark.parametrize("method", ["TRACE", "QUERY", "DELETE"])
@pytest.mark.parametrize("path", ["/v1/ask", "/v1/documents", "/v1/health", "/openapi.json"])
def test_a_method_that_a_path_does_not_have_is_told_those_it_has(
    laptop: Laptop, method: str, path: str
) -> None:
    response = send(app_of(laptop), method, path)

    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"
    assert response.headers["allow"]


@pytest.mark.parametrize("path", ["/v1/a%0Ab", "/v1/documents/a%0Db.md", "/v1/%0A", "/v1/a/%0A"])
def test_a_path_with_a_line_end_is_refused_as_any_other_that_is_not_there(
    laptop: Laptop, path: str
) -> None:
    response = send(app_of(laptop), "GET", path)

    assert response.status_code == 404
    assert response.json()["code"] in ("no_such_path", "not_found")
