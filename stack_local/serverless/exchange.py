"""A request to the collection and its response, and errors in OpenSearch's own shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

SERVER = "aoss-amazon"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    Attributes:
        path: As sent, percent-encoded, without the query string.
        query: The query string as sent.
        headers: Names in lower case.
        body: Unzipped.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Json:
        """The body as a JSON object, {} where there is none.

        Raises:
            Refusal: 400, it is none.
        """
        if not self.body.strip():
            return {}
        try:
            found = json.loads(self.body)
        except ValueError as error:
            raise Refusal.because(400, "parsing_exception", f"not JSON: {error}") from None
        if not isinstance(found, dict):
            raise Refusal.because(400, "parsing_exception", "the body must be an object")
        return found


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, document: object, **headers: str) -> Response:
        """A JSON response."""
        body = json.dumps(document, separators=(",", ":")).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, body, {"content-type": "application/json; charset=UTF-8", **named})


class Refusal(Exception):  # noqa: N818 - it is an answer
    """An error that is answered in place of what was asked for."""

    def __init__(self, response: Response, why: str) -> None:
        super().__init__(why)
        self.response = response

    @classmethod
    def because(cls, status: int, kind: str, reason: str, **more: object) -> Refusal:
        """A refusal with OpenSearch's error body."""
        return cls(Response.of(status, error_body(status, kind, reason, **more)), reason)

    @classmethod
    def empty(cls, status: int, why: str, **headers: str) -> Refusal:
        """A refusal by the service's gateway: no body.

        The header x-standin-reason is ours, for whoever wonders; the service does not send it.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(Response(status, b"", {"x-standin-reason": why, **named}), why)


def object_at(body: Json, name: str) -> Json:
    """The object under a name; {} where there is nothing.

    Raises:
        Refusal: 400, what is there is no object.
    """
    found = body.get(name, {})
    if not isinstance(found, dict):
        raise Refusal.because(400, "parsing_exception", f"[{name}] must be an object")
    return found


def error_of(kind: str, reason: str, **more: object) -> Json:
    """An error as it stands in bulk items and search responses."""
    return {"type": kind, "reason": reason, **more}


def error_body(status: int, kind: str, reason: str, **more: object) -> Json:
    """A whole error body."""
    cause = error_of(kind, reason, **more)
    return {"error": {"root_cause": [cause], **cause}, "status": status}


def index_not_found(name: str) -> Refusal:
    """What an index that does not exist, or not yet everywhere, answers."""
    return Refusal.because(
        404, "index_not_found_exception", f"no such index [{name}]", index=name, index_uuid="_na_"
    )
