"""Keeps other websites out of the laptop's page and API.

A page on the web can make a visitor's browser send requests to 127.0.0.1, and can point a host
name of its own at that address. So a request must name this host as its own, once and nowhere but
in its Host header, must not come from another origin, and no response may be framed or read by one.

What chat platforms send comes through a tunnel, by its name. Those requests are signed, and are all
that may name another host.
"""

from __future__ import annotations

import json
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wellread.api.problems import MEDIA_TYPE, correlation_id, forbidden, problem_of

_REFUSED = (
    "This request did not come from wellread's own page. Open the address that wellread printed, "
    "or call the API without an Origin header."
)
_OWN_SITES = (None, "none", "same-origin")
_OTHER_HOSTS = (
    "forwarded",
    "x-forwarded-host",
    "x-forwarded-server",
    "x-host",
    "x-http-host-override",
    "x-original-host",
    "x-original-url",
    "x-rewrite-url",
)
"""What proxies write a request's first host into. None belongs in front of this server."""

CHAT_PATHS = {"/slack/events": "slack", "/api/messages": "teams"}
"""Path → the function that what chat platforms post there is for."""


def is_for_a_chat(scope: Scope) -> bool:
    """Whether a request is one that a chat platform may send."""
    return scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in CHAT_PATHS


class LocalGuard:
    """ASGI middleware: own host and origin only, and headers that keep it so."""

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        """Guard an app that is served on this port of the loopback address."""
        self._app = app
        names = ("127.0.0.1", "localhost", "[::1]")
        self._hosts = frozenset(f"{name}:{port}" for name in names) | frozenset(
            names if port == 80 else ()
        )
        self._origins = frozenset(f"http://{host}" for host in self._hosts)
        sockets = " ".join(f"ws://{host}" for host in sorted(self._hosts) if host[0] != "[")
        # Vue compiles NiceGUI's templates in the browser, which takes 'unsafe-eval'. Inline scripts
        # run only with the nonce of their page, so markup that slipped in could not run any.
        self._policy = (
            "default-src 'self'; script-src 'self' {nonce}'unsafe-eval'; "
            "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
            f"connect-src 'self' {sockets}; object-src 'none'; base-uri 'none'; "
            "form-action 'none'; frame-src 'none'; frame-ancestors 'none'; worker-src 'none'"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not is_for_a_chat(scope) and not self._is_own(scope, headers):
            await _refuse(scope, headers, send)
            return

        await self._app(scope, receive, _Response(send, self._policy).send)

    def _is_own(self, scope: Scope, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return False
        # A target that does not begin with "/" names a host of its own: "http://elsewhere/".
        if not scope["path"].startswith("/") or any(name in headers for name in _OTHER_HOSTS):
            return False
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self._origins:
            return False
        if headers.get("sec-fetch-site") in _OWN_SITES:
            return True
        # Somebody followed a link to here, say from a chat: harmless, as nothing is changed by GET.
        return (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and headers.get("sec-fetch-mode") == "navigate"
            and headers.get("sec-fetch-dest") == "document"
        )


class _Response:
    """A response on its way out: it gets its headers, and a page's own scripts their nonce."""

    def __init__(self, send: Send, policy: str) -> None:
        self._send = send
        self._policy = policy
        self._start: Message | None = None
        self._page = bytearray()

    async def send(self, message: Message) -> None:
        """Pass a message on; a page is held back until it is complete."""
        if message["type"] == "http.response.start":
            if self._is_own_page(Headers(raw=message["headers"])):
                self._start = message
                return
            self._add_headers(message, nonce="")
        elif self._start is not None and message["type"] == "http.response.body":
            self._page += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._start)
            return
        await self._send(message)

    def _is_own_page(self, headers: Headers) -> bool:
        return (
            headers.get("content-type", "").startswith("text/html")
            and "content-security-policy" not in headers
            and "content-encoding" not in headers
        )

    async def _send_page(self, start: Message) -> None:
        nonce = secrets.token_urlsafe(16)
        page = bytes(self._page).replace(b"<script", f'<script nonce="{nonce}"'.encode())
        self._add_headers(start, nonce=f"'nonce-{nonce}' ")
        MutableHeaders(scope=start)["Content-Length"] = str(len(page))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": page})

    def _add_headers(self, message: Message, *, nonce: str) -> None:
        headers = MutableHeaders(scope=message)
        headers.setdefault("Content-Security-Policy", self._policy.format(nonce=nonce))
        headers["X-Frame-Options"] = "DENY"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"


async def _refuse(scope: Scope, headers: Headers, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    correlation = correlation_id(headers)
    problem, _ = problem_of(forbidden(_REFUSED), correlation)
    body = json.dumps(problem.model_dump()).encode()
    await send(
        {
            "type": "http.response.start",
            "status": problem.status,
            "headers": [
                (b"content-type", MEDIA_TYPE.encode()),
                (b"content-length", str(len(body)).encode()),
                (b"x-content-type-options", b"nosniff"),
                (b"x-correlation-id", correlation.encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
