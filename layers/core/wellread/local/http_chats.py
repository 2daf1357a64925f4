"""What chat platforms post to on a laptop, through a tunnel; each to its own function's handler.

The pages that install an app are of the same functions, and are opened by this host's own name.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from wellread.adapters.chat.slack.install_pages import INSTALL_PATH, REDIRECT_PATH
from wellread.api.problems import RequestError
from wellread.local.guard import CHAT_PATHS, is_for_a_chat
from wellread.local.http_events import http_event, http_response, read_body
from wellread.local.lambda_runtime import LocalContext, load_handler

_PAGES = {INSTALL_PATH: "slack", REDIRECT_PATH: "slack"}
_PATHS = {**CHAT_PATHS, **_PAGES}
_AT_A_TIME = 20
"""Threads of their own: acknowledgements do not wait for those who read an answer."""


class ChatRoute(BaseRoute):
    """The paths of all chat platforms."""

    def __init__(self) -> None:
        """Load the functions."""
        self._handlers = {path: load_handler(name) for path, name in _PATHS.items()}
        self._threads = ThreadPoolExecutor(_AT_A_TIME, thread_name_prefix="wellread-chat")

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Only what such a platform may send, and those pages; all else has no such path."""
        page = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in _PAGES
        return Match.FULL if page or is_for_a_chat(scope) else Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request as API Gateway does, and refuse what it would not take."""
        request = Request(scope, receive)
        try:
            event = http_event(request, await read_body(request))
        except ClientDisconnect:
            return
        except RequestError as error:
            await Response(status_code=error.status)(scope, receive, send)
            return
        path = scope["path"]
        result = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._handlers[path], event, LocalContext(_PATHS[path])
        )
        await http_response(result)(scope, receive, send)
