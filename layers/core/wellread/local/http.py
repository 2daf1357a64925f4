"""The laptop's HTTP server: API Gateway's part for the API's handler, streaming, and the page."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from wellread.api import asking, bodies, problems
from wellread.api.events import AskEvent, server_sent
from wellread.api.identity import caller_of
from wellread.api.negotiation import wants_events
from wellread.api.shapes import AskRequest, Problem
from wellread.bootstrap import Services
from wellread.domain.ask.questions import Asker
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.local.guard import LocalGuard
from wellread.local.http_chats import ChatRoute
from wellread.local.http_events import http_event, http_response, read_body
from wellread.local.lambda_runtime import Handler, LocalContext, load_handler
from wellread.local.streaming import begin

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
"""There is no authentication on a laptop, so nothing else is ever bound."""

DEFAULT_MAX_FILE_BYTES = 100_000_000

_GRACE_SECONDS = 3
_SWITCH_SECONDS = 0.0005
"""Python's own 5 ms add up: a request lets go of the interpreter a dozen times. Answering takes 2 %
longer for it; of 20 requests at a time beside three threads that compute, the slowest took 90 ms in
place of 390."""
_PORTS_TRIED = 20


def create_app(
    services: Services,
    *,
    port: int,
    asker: Asker,
    drop: Callable[[str, bytes], DocumentId],
    max_file_bytes: int = DEFAULT_MAX_FILE_BYTES,
    page: bool = True,
) -> FastAPI:
    """The API and the page as an ASGI app.

    The API's handler takes its services from `wellread.bootstrap`, where the host has installed
    the same ones.

    Args:
        services: What answers.
        port: Where the app will be served; requests that name another are refused.
        asker: Who asks: the one local person.
        drop: Puts a file into the documents folder.
        max_file_bytes: Larger files are refused by the page before they are sent.
        page: Whether to serve the page too; one app a process can.
    """
    app = FastAPI(title="wellread", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(LocalGuard, port=port)
    api = _Api(services, asker, load_handler("api"))
    # An app for an endpoint takes every method: which ones there are is the handler's to say.
    app.router.routes += [_ApiRoute(api), ChatRoute()]
    if page:
        from wellread.local.page.app import mount

        mount(app, services, asker=asker, drop=drop, max_file_bytes=max_file_bytes)
    return app


class _ApiRoute(BaseRoute):
    """All paths of the API; a pattern of Starlette's would leave out those that hold a newline."""

    def __init__(self, api: ASGIApp) -> None:
        self._api = api

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._api(scope, receive, send)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path = scope.get("path", "")
        ours = scope["type"] == "http" and (path == "/openapi.json" or path.startswith("/v1/"))
        return Match.FULL if ours else Match.NONE, {}


class _Api:
    """Takes requests to the API's handler; streams where that is wanted, which a Lambda cannot."""

    def __init__(self, services: Services, asker: Asker, handler: Handler) -> None:
        self._services = services
        self._asker = asker
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer any request to the API."""
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        correlation = problems.correlation_id(request.headers)
        try:
            event = http_event(request, await read_body(request), self._asker)
            if self._is_streamed(request):
                return await self._stream(event, correlation)
        except Exception as error:
            return _problem_response(error, correlation)
        event["headers"]["x-correlation-id"] = correlation
        return http_response(await asyncio.to_thread(self._handler, event, LocalContext("api")))

    def _is_streamed(self, request: Request) -> bool:
        return (
            request.method == "POST"
            and request.url.path == "/v1/ask"
            and wants_events(request.headers.get("accept"))
        )

    async def _stream(self, event: dict[str, Any], correlation: str) -> Response:
        asked = _ask_request(bodies.text_of(event))
        caller = caller_of(event, time.time())
        events = await begin(lambda: asking.ask(self._services, asked, caller, correlation))
        return StreamingResponse(
            _server_sent(events, correlation),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Correlation-Id": correlation},
        )


def _ask_request(body: str) -> AskRequest:
    try:
        return AskRequest.model_validate_json(body)
    except ValidationError as error:
        raise problems.invalid_request(
            error.errors(include_url=False, include_input=False, include_context=False)
        ) from None


async def _server_sent(
    events: AsyncGenerator[AskEvent, None], correlation: str
) -> AsyncIterator[str]:
    try:
        async with contextlib.aclosing(events):
            async for event in events:
                yield server_sent(event)
    except Exception as error:
        yield server_sent(_problem(error, correlation)[0])


def _problem(error: Exception, correlation: str) -> tuple[Problem, dict[str, str]]:
    problem, headers = problems.problem_of(error, correlation)
    if problem.status >= 500:
        logger.error("request broke", exc_info=error, extra={"correlation_id": correlation})
    return problem, headers


def _problem_response(error: Exception, correlation: str) -> Response:
    problem, headers = _problem(error, correlation)
    return Response(
        problem.model_dump_json(),
        status_code=problem.status,
        media_type=problems.MEDIA_TYPE,
        headers={**headers, "X-Correlation-Id": correlation, "Cache-Control": "no-store"},
    )


def free_port(wanted: int) -> int:
    """The wanted port, or the next one that is free.

    Raises:
        InvalidConfigurationError: None is free nearby.
    """
    for port in range(wanted, min(wanted + _PORTS_TRIED, 65_536)):
        with contextlib.suppress(InvalidConfigurationError), _bound(port):
            return port
    raise InvalidConfigurationError(
        f"The ports from {wanted} on are all in use; choose another with --port."
    )


def refuse_taken(port: int) -> None:
    """See that a port can be had.

    Raises:
        InvalidConfigurationError: It cannot; the message says why.
    """
    with _bound(port):
        pass


def serve_app(app: FastAPI, *, port: int, on_ready: Callable[[], None]) -> None:
    """Serve an app on the loopback address until SIGINT or SIGTERM; open answers are ended.

    Args:
        app: What to serve.
        port: Where.
        on_ready: Called once requests are answered.

    Raises:
        InvalidConfigurationError: The port is in use.
    """
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        log_config=None,
        server_header=False,
        # Unlike the other parser, it hands over what a request line names before its path.
        http="h11",
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ws_max_size=64 * 1024 * 1024,
    )
    with _bound(port) as bound, _prompt():
        _Server(config, on_ready).run(sockets=[bound])


@contextlib.contextmanager
def _prompt() -> Iterator[None]:
    """Have requests wait for threads that compute no longer than need be."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextlib.contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise InvalidConfigurationError(
                    f"Port {port} needs more rights; choose one above 1023 with --port."
                ) from error
            raise InvalidConfigurationError(
                f"Port {port} is in use; choose another with --port."
            ) from error
        yield bound
    finally:
        bound.close()


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready, and leaves by returning."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        # uvicorn raises the signal again once it has stopped, which would end the process before
        # the host's own clean-up.
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
