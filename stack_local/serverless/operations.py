"""What a request asks for, and the refusal of what a vector search collection does not take.

The table of supported operations is in
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-genref.html; what
the service's gateway does not know gets a 404 without a body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, unquote

from stack_local.serverless.exchange import SERVER, Refusal, Request


class Operation(StrEnum):
    """What can be asked for."""

    CREATE_INDEX = "create_index"
    DELETE_INDEX = "delete_index"
    GET_INDEX = "get_index"
    GET_MAPPING = "get_mapping"
    PUT_MAPPING = "put_mapping"
    BULK = "bulk"
    ADD = "add"
    GET_DOCUMENT = "get_document"
    DELETE_DOCUMENT = "delete_document"
    SEARCH = "search"
    MULTI_SEARCH = "multi_search"
    COUNT = "count"
    MULTI_GET = "multi_get"
    OPEN_VIEW = "open_view"
    CLOSE_VIEWS = "close_views"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was understood.

    Attributes:
        index: None where the path names none.
        id: Of one document; "" where the path names none.
        parameters: Of the query string.
    """

    operation: Operation
    index: str | None
    id: str
    parameters: Mapping[str, str]
    request: Request


_ROUTES: tuple[tuple[str, re.Pattern[str], Operation], ...] = tuple(
    (methods, re.compile(pattern), operation)
    for methods, pattern, operation in (
        ("PUT", r"/(?P<index>[^/_][^/]*)", Operation.CREATE_INDEX),
        ("DELETE", r"/(?P<index>[^/_][^/]*)", Operation.DELETE_INDEX),
        ("GET HEAD", r"/(?P<index>[^/_][^/]*)", Operation.GET_INDEX),
        ("GET", r"/(?P<index>[^/_][^/]*)/_mapping", Operation.GET_MAPPING),
        ("PUT POST", r"/(?P<index>[^/_][^/]*)/_mapping", Operation.PUT_MAPPING),
        ("POST PUT", r"(?:/(?P<index>[^/_][^/]*))?/_bulk", Operation.BULK),
        ("POST", r"/(?P<index>[^/_][^/]*)/_doc", Operation.ADD),
        ("GET HEAD", r"/(?P<index>[^/_][^/]*)/_doc/(?P<id>[^/]+)", Operation.GET_DOCUMENT),
        ("DELETE", r"/(?P<index>[^/_][^/]*)/_doc/(?P<id>[^/]+)", Operation.DELETE_DOCUMENT),
        ("GET POST", r"(?:/(?P<index>[^/_][^/]*))?/_search", Operation.SEARCH),
        ("GET POST", r"(?:/(?P<index>[^/_][^/]*))?/_msearch", Operation.MULTI_SEARCH),
        ("GET POST", r"/(?P<index>[^/_][^/]*)/_count", Operation.COUNT),
        ("GET POST", r"(?:/(?P<index>[^/_][^/]*))?/_mget", Operation.MULTI_GET),
        ("POST", r"/(?P<index>[^/_][^/]*)/_search/point_in_time", Operation.OPEN_VIEW),
        ("DELETE", r"/_search/point_in_time", Operation.CLOSE_VIEWS),
    )
)
_OWN_ID = re.compile(r"/[^/_][^/]*/_(doc|create|update)/[^/]+")
_INDEX_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,254}")
_PARAMETERS = {
    None: {"timeout", "cluster_manager_timeout", "master_timeout", "pretty", "error_trace"},
    Operation.DELETE_INDEX: {"ignore_unavailable"},
    Operation.OPEN_VIEW: {"keep_alive"},
    Operation.SEARCH: {"typed_keys"},
    Operation.MULTI_SEARCH: {"typed_keys"},
}

NO_OWN_IDS = "Document ID is not supported in create/index operation request"


def call_of(request: Request) -> Call:
    """What a request asks for.

    Raises:
        Refusal: The service does not take it.
    """
    parameters = dict(parse_qsl(request.query, keep_blank_values=True))
    for method, pattern, operation in _ROUTES:
        found = pattern.fullmatch(request.path)
        if found is not None and request.method in method.split():
            groups = found.groupdict()
            index = groups.get("index")
            _check_parameters(operation, parameters)
            return Call(
                operation,
                None if index is None else checked_index(unquote(index)),
                unquote(groups.get("id") or ""),
                parameters,
                request,
            )
    if request.method in ("PUT", "POST") and _OWN_ID.fullmatch(request.path):
        raise Refusal.because(400, "illegal_argument_exception", NO_OWN_IDS)
    raise Refusal.empty(404, f"a collection has no {request.method} {request.path}", server=SERVER)


def checked_index(name: str) -> str:
    """A name that an index can have.

    Raises:
        Refusal: 400, it cannot; patterns and lists of names are refused too.
    """
    if _INDEX_NAME.fullmatch(name) is None:
        raise Refusal.because(
            400, "invalid_index_name_exception", f"Invalid index name [{name}]", index=name
        )
    return name


def _check_parameters(operation: Operation, parameters: Mapping[str, str]) -> None:
    if "refresh" in parameters:
        raise Refusal.because(
            400, "illegal_argument_exception", "refresh is not supported: writes become visible"
        )
    known = _PARAMETERS[None] | _PARAMETERS.get(operation, set())
    unknown = sorted(set(parameters) - known)
    if unknown:
        raise Refusal.because(
            400,
            "illegal_argument_exception",
            f"request [{operation}] contains unrecognized parameter: {unknown}",
        )
