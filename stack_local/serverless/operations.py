"""What a request asks for, and the refusal of what a vector search collection does not take.

The stand-in knows the operations that wellread uses, of those in
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-genref.html; what
the service's gateway does not know gets a 404 without a body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl, unquote

from stack_local.serverless.exchange import SERVER, Refusal, Request


class Operation(StrEnum):
    """The requests that a collection answers."""

    CREATE_INDEX = "create_index"
    DELETE_INDEX = "delete_index"
    GET_MAPPING = "get_mapping"
    PUT_MAPPING = "put_mapping"
    BULK = "bulk"
    SEARCH = "search"
    MULTI_SEARCH = "multi_search"


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was understood."""

    operation: Operation
    index: str
    request: Request


_ROUTES: tuple[tuple[str, str, Operation], ...] = (
    ("PUT", "", Operation.CREATE_INDEX),
    ("DELETE", "", Operation.DELETE_INDEX),
    ("GET", "/_mapping", Operation.GET_MAPPING),
    ("PUT", "/_mapping", Operation.PUT_MAPPING),
    ("POST PUT", "/_bulk", Operation.BULK),
    ("GET POST", "/_search", Operation.SEARCH),
    ("GET POST", "/_msearch", Operation.MULTI_SEARCH),
)
_PATH = re.compile(r"/(?P<index>[^/_][^/]*)(?P<rest>(/_[a-z]+)?)")
_OWN_ID = re.compile(r"/[^/_][^/]*/_(doc|create|update)/[^/]+")
_INDEX_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,254}")
_PARAMETERS = {"timeout", "cluster_manager_timeout", "pretty", "error_trace"}

NO_OWN_IDS = "Document ID is not supported in create/index operation request"


def call_of(request: Request) -> Call:
    """What a request asks for.

    Raises:
        Refusal: The service does not take it.
    """
    found = _PATH.fullmatch(request.path)
    for methods, rest, operation in _ROUTES:
        if found is not None and found["rest"] == rest and request.method in methods.split():
            _check_parameters(operation, request.query)
            return Call(operation, checked_index(unquote(found["index"])), request)
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


def _check_parameters(operation: Operation, query: str) -> None:
    given = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    if "refresh" in given:
        raise Refusal.because(
            400, "illegal_argument_exception", "refresh is not supported: writes become visible"
        )
    if given - _PARAMETERS:
        raise Refusal.because(
            400,
            "illegal_argument_exception",
            f"request [{operation}] contains unrecognized parameter: {sorted(given - _PARAMETERS)}",
        )
