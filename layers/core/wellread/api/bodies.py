"""The body of a request, once it is known to be text that may be JSON."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from wellread.api import problems
from wellread.api.negotiation import is_json


def text_of(event: Mapping[str, Any]) -> str:
    """The body of an HTTP API's event, payload 2.0, whose headers are in lower case.

    Raises:
        RequestError: It is too large, not labelled as JSON, or not UTF-8.
    """
    body = event.get("body") or ""
    if body and not is_json(event["headers"].get("content-type")):
        raise problems.unsupported_media_type()
    if event.get("isBase64Encoded"):
        if len(body) > problems.MAX_BODY_BYTES * 4 // 3 + 4:
            raise problems.body_too_large()
        try:
            body = b64decode(body).decode("utf-8")
        except (binascii.Error, ValueError):
            raise problems.invalid_json() from None
    if len(body.encode("utf-8", "surrogatepass")) > problems.MAX_BODY_BYTES:
        raise problems.body_too_large()
    return str(body)
