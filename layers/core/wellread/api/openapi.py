"""The API's description, OpenAPI 3.1, made from the routes themselves."""

from __future__ import annotations

import json
from typing import Any

from wellread import __version__
from wellread.api.events import NAMES, DeltaShape, StatusShape, server_sent
from wellread.api.problems import MEDIA_TYPE, RETRY_AFTER_SECONDS
from wellread.api.resolver import ThreadedHttpResolver
from wellread.api.shapes import (
    AskRequest,
    AskResponse,
    FeedbackRequest,
    Problem,
)

DOCUMENT_RULE = "/v1/documents/(?s:.+)"
"""Powertools' own `<name>` stops at "/", which document names hold."""

RECEIPT_RULE = "/v1/receipts/(?s:.+)"

PATHS = {
    "/openapi.json": ("GET",),
    "/v1/ask": ("POST",),
    "/v1/documents": ("GET",),
    "/v1/feedback": ("POST",),
    "/v1/health": ("GET",),
}
"""Methods of the paths that are fixed; below /v1/documents/ and /v1/receipts/ there is GET."""

_NAMED_PATHS = {
    DOCUMENT_RULE: "/v1/documents/{document}",
    RECEIPT_RULE: "/v1/receipts/{document}",
}
_DOCUMENT_PARAMETER = {
    "name": "document",
    "in": "path",
    "required": True,
    "description": 'The document\'s path, percent-encoded; its "/" may stay as they are.',
    "schema": {"type": "string"},
    "example": "handbook/leave.md",
}
_NOT_OURS = ("HTTPValidationError", "ResponseValidationError", "ValidationError")
_EVENTS = (
    "Where the host can stream (the laptop; a Lambda behind API Gateway answers with JSON): events "
    f'`{NAMES[StatusShape]}` and `{NAMES[DeltaShape]}` (`{{"text"}}`), then `{NAMES[AskResponse]}` '
    f"(the JSON answer; it wins over the deltas) or `{NAMES[Problem]}` (a problem)."
)
_DESCRIPTION = (
    "Ask about the documents of a knowledge base and get an answer that cites its passages, or an "
    "honest decline. Who asks, and what they may read, comes from the caller's identity, never "
    "from the request. Errors are RFC 9457 problem details; every response carries an "
    "`X-Correlation-Id`, which a request may set."
)
_REFUSALS = {
    401: "The caller has no identity.",
    404: "No such document, revision, thread or turn that the caller may see.",
    413: "The body is larger than 256 KB.",
    415: "The body is something else than JSON.",
    422: "The body or a parameter is not as described, or the question cannot be asked.",
    429: "The caller asks too often; ask again after `Retry-After` seconds.",
    500: "Something went wrong inside wellread.",
    503: f"Not now; try again after {RETRY_AFTER_SECONDS} seconds.",
}


def refusals(*statuses: int) -> dict[int, Any]:
    """What a route may answer instead, for Powertools' `responses`."""
    words = {400: "The body is not JSON.", **_REFUSALS}
    return {
        status: {"description": words[status], "content": {MEDIA_TYPE: {"model": Problem}}}
        for status in statuses
    }


def describe(app: ThreadedHttpResolver) -> dict[str, Any]:
    """The OpenAPI document of an app's routes."""
    root: dict[str, Any] = json.loads(
        app.get_openapi_json_schema(title="wellread", version=__version__, description=_DESCRIPTION)
    )
    paths = root["paths"]
    for rule, path in _NAMED_PATHS.items():
        named = paths.pop(rule)
        named["get"].setdefault("parameters", []).insert(0, _DOCUMENT_PARAMETER)
        paths[path] = named
    _add_examples(paths)
    _add_events(paths["/v1/ask"]["post"])
    for path in paths.values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                _add_headers(status, response)
    # Powertools adds its own shapes of errors; nothing here answers with them.
    del paths["/v1/health"]["get"]["responses"]["422"]
    for name in _NOT_OURS:
        root["components"]["schemas"].pop(name, None)
    root["paths"] = dict(sorted(paths.items()))
    return root


def _add_examples(paths: dict[str, Any]) -> None:
    for path, request in (("/v1/ask", AskRequest), ("/v1/feedback", FeedbackRequest)):
        content = paths[path]["post"]["requestBody"]["content"]["application/json"]
        content["example"] = _example_of(request)


def _add_events(ask: dict[str, Any]) -> None:
    content = ask["responses"]["200"]["content"]
    content["application/json"]["example"] = _example_of(AskResponse)
    searching = StatusShape(text="Searching the documents")
    answered = AskResponse.model_validate(_example_of(AskResponse))
    content["text/event-stream"] = {
        "schema": {"type": "string", "description": _EVENTS},
        "example": server_sent(searching) + server_sent(answered),
    }


def _add_headers(status: str, response: dict[str, Any]) -> None:
    headers = response.setdefault("headers", {})
    headers["X-Correlation-Id"] = {
        "description": "Found in the log.",
        "schema": {"type": "string"},
    }
    if status in ("429", "503"):
        headers["Retry-After"] = {"description": "Seconds.", "schema": {"type": "integer"}}


def _example_of(model: type[AskRequest | AskResponse | FeedbackRequest]) -> Any:
    extra = model.model_config["json_schema_extra"]
    return extra["examples"][0] if isinstance(extra, dict) else None  # type: ignore[index]
