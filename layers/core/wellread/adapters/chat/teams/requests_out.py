"""Requests to Microsoft's services: one at a time, sent once, following nobody elsewhere."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from wellread.adapters.chat.waiting import CALL_SECONDS, retry_after
from wellread.domain.knowledge.errors import TransientError

_MOST_BYTES = 8 << 20
"""No page of a roster is as long as that."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered; an empty body where it is no JSON object.

    Attributes:
        status: Of HTTP; 429 for every refusal that says when to come again.
        wait: The seconds that it asks to wait, where its status says that it does.
    """

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    wait: float = 0.0


def asked(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    seconds: float = CALL_SECONDS,
) -> Answer:
    """The answer to a request, whatever its status below 500, or how long to wait for one.

    Raises:
        TransientError: There is none, or the service failed: it may or may not have taken it.
    """
    try:
        request = Request(url, body, dict(headers), method=method)  # noqa: S310 - http(s) alone has a handler
        with _opener().open(request, timeout=seconds) as response:
            return Answer(response.status, _object(response.read(_MOST_BYTES)))
    except HTTPError as error:
        with error:
            said = _object(error.read(_MOST_BYTES))
        if error.code == 429 or (error.code == 503 and error.headers["Retry-After"]):
            # Who says when to come again has taken nothing.
            return Answer(429, said, retry_after(dict(error.headers)))
        # What a service cannot do at all (501), it does not do the next time.
        if (error.code >= 500 and error.code != 501) or error.code in (408, 412):
            raise TransientError(f"Microsoft's service failed (HTTP {error.code}).") from error
        return Answer(error.code, said)
    except (OSError, HTTPException, ValueError) as error:
        # What it says may hold the address; its kind is enough.
        raise TransientError(
            f"Microsoft's service did not answer ({type(error).__name__})."
        ) from error


@cache
def _opener() -> OpenerDirector:
    """What follows no redirection: a token would go along."""
    opener = OpenerDirector()
    # All certificates are read once.
    https = HTTPSHandler(context=ssl.create_default_context())
    for handler in (ProxyHandler(), HTTPHandler(), https, HTTPDefaultErrorHandler()):
        opener.add_handler(handler)
    opener.add_handler(HTTPErrorProcessor())
    return opener


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw) if raw else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
