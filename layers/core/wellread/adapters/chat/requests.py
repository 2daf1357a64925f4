"""Requests from chat platforms, as API Gateway hands them over.

Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
from http import HTTPStatus
from typing import Any

MAX_BODY_BYTES = 256 * 1024


class RefusedError(Exception):
    """A request that is not acted upon.

    Attributes:
        status: What it is answered with.
    """

    def __init__(self, status: HTTPStatus, why: str) -> None:
        """Refuse for a reason, which says nothing of what was sent."""
        super().__init__(why)
        self.status = status


def body_of(event: dict[str, Any]) -> bytes:
    """The body as it was sent.

    Raises:
        RefusedError: It is too large, or cannot be decoded.
    """
    body = event.get("body") or ""
    # Base64 takes four characters for three bytes.
    most = -(-MAX_BODY_BYTES // 3) * 4 if event.get("isBase64Encoded") else MAX_BODY_BYTES
    if len(body) <= most:
        try:
            encoded = event.get("isBase64Encoded")
            sent = base64.b64decode(body, validate=True) if encoded else body.encode("utf-8")
        except ValueError:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the body is not encoded") from None
        if len(sent) <= MAX_BODY_BYTES:
            return bytes(sent)
    raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")


def headers_of(event: dict[str, Any]) -> dict[str, str]:
    """The headers, by their names in lower case."""
    return {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
