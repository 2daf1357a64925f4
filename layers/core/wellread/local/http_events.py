"""HTTP requests as API Gateway hands them to a Lambda, and its answers back as HTTP."""

from __future__ import annotations

import base64
import time
import uuid
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from wellread.api import problems
from wellread.domain.ask.questions import Asker

_DRAINED_BYTES = 32 * 1024 * 1024
"""A body that is too large is read to its end where that is said to be no farther."""


async def read_body(request: Request) -> bytes:
    """A request's body.

    Raises:
        RequestError: It is too large.
    """
    body = bytearray()
    # Many clients listen once all is sent.
    to_its_end = int(request.headers.get("content-length", _DRAINED_BYTES + 1)) <= _DRAINED_BYTES
    async for piece in request.stream():
        if len(body) <= problems.MAX_BODY_BYTES:
            body += piece
        if len(body) > problems.MAX_BODY_BYTES and not to_its_end:
            break
    if len(body) > problems.MAX_BODY_BYTES:
        raise problems.body_too_large()
    return bytes(body)


def http_event(request: Request, body: bytes, asker: Asker | None = None) -> dict[str, Any]:
    """The event of an API Gateway HTTP API, payload 2.0.

    Where API Gateway has run a Lambda authorizer, here stands the one local person.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    path = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
    query = request.scope.get("query_string", b"").decode("latin-1")
    text, encoded = _body(body)
    moment = time.time()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": _headers(request),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": request.headers.get("host", ""),
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": path,
                "protocol": f"HTTP/{request.scope.get('http_version', '1.1')}",
                "sourceIp": request.client.host if request.client else "127.0.0.1",
                "userAgent": request.headers.get("user-agent", ""),
            },
            "requestId": str(uuid.uuid4()),
            "routeKey": "$default",
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(moment)),
            "timeEpoch": int(moment * 1000),
        },
        "isBase64Encoded": encoded,
    }
    if asker is not None:
        known = {"asker": asker.id, "audiences": _audiences(asker)}
        event["requestContext"]["authorizer"] = {"lambda": known}
    if query:
        event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if request.cookies:
        event["cookies"] = [f"{name}={value}" for name, value in request.cookies.items()]
    if body:
        event["body"] = text
    return event


def http_response(result: dict[str, Any]) -> Response:
    """What a handler returned, as a response."""
    body = result.get("body") or ""
    content = base64.b64decode(body) if result.get("isBase64Encoded") else body.encode("utf-8")
    response = Response(content, status_code=int(result.get("statusCode", 200)))
    for name, value in (result.get("headers") or {}).items():
        response.headers[name] = str(value)
    for name, values in (result.get("multiValueHeaders") or {}).items():
        del response.headers[name]
        for value in values:
            response.headers.append(name, str(value))
    for cookie in result.get("cookies") or ():
        response.headers.append("set-cookie", cookie)
    return response


def _headers(request: Request) -> dict[str, str]:
    pairs = [(name, value) for name, value in request.headers.items() if name != "cookie"]
    return _joined(pairs)


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode("utf-8"), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), True


def _audiences(asker: Asker) -> list[str]:
    viewers = list(asker.scope.viewers)
    # An event can name one viewer's audiences; a scope of several has no business on a laptop.
    return sorted(viewers[0]) if len(viewers) == 1 else []
