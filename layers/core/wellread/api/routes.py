"""The HTTP API's routes: ask, documents, feedback, health."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any, TypeVar

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as NoRouteError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.event_handler.openapi.params import Query

from wellread import __version__, bootstrap
from wellread.api import asking, bodies, document_page, openapi, problems, signed_documents
from wellread.api.deadline import answer_by
from wellread.api.excerpts import WHOLE_UP_TO, Excerpt, excerpt
from wellread.api.identity import caller_of
from wellread.api.named_documents import find_named
from wellread.api.negotiation import prefers_html
from wellread.api.resolver import ThreadedHttpResolver
from wellread.api.shapes import (
    AskRequest,
    AskResponse,
    DocumentList,
    FeedbackRequest,
    FeedbackResponse,
    Health,
    OpenedShape,
    ReceiptShape,
)
from wellread.domain.ask.questions import Asker
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import RevisionId
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    TransientError,
    WellreadError,
)
from wellread.domain.knowledge.journey import on_journey
from wellread.observability import logger
from wellread.services.access.callers import Caller
from wellread.services.ingest.documents import OpenedDocument
from wellread.wire import signed_links

app = ThreadedHttpResolver()

_DOCUMENTS = "/v1/documents/"
_RECEIPTS = "/v1/receipts/"

_Refusal = TypeVar("_Refusal", bound=Callable[[Any], Response[Any]])


def _on(*errors: type[Exception]) -> Callable[[_Refusal], _Refusal]:
    """`app.exception_handler`, with types."""
    register: Callable[[_Refusal], _Refusal] = app.exception_handler(list(errors))
    return register


def answer_request(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one HTTP request, an API Gateway HTTP API event (payload 2.0)."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    correlation_id = problems.correlation_id(headers)
    try:
        body = bodies.text_of({**event, "headers": headers})
        checked = {
            **event,
            "body": body or None,
            "isBase64Encoded": False,
            "headers": {**headers, "content-type": "application/json"},
        }
        app.context["correlation_id"] = correlation_id
        app.context["answer_by"] = answer_by(event, context, time.time())
        with on_journey(correlation=correlation_id):
            response = app.resolve(checked, context)
    except problems.RequestError as error:
        problem, more = problems.problem_of(error, correlation_id)
        response = {
            "statusCode": problem.status,
            "headers": {**more, "Content-Type": problems.MEDIA_TYPE},
            "body": problem.model_dump_json(),
            "isBase64Encoded": False,
        }
    response["headers"] = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **(response.get("headers") or {}),
        "X-Correlation-Id": correlation_id,
    }
    return response


@app.post(
    "/v1/ask",
    summary="Ask a question",
    description="Answers from the documents with citations, or declines. "
    "`nearest` is what a decline found within the asker's scope.",
    operation_id="ask",
    tags=["Questions"],
    responses={
        200: {"description": "An answer or a decline."},
        **openapi.refusals(400, 401, 404, 413, 415, 422, 429, 500, 503),
    },
)
def ask(request: AskRequest) -> AskResponse:
    """The answer or decline in one piece."""
    events = asking.ask(
        bootstrap.get_services(), request, _caller(), _correlation_id(), app.context["answer_by"]
    )
    return next(event for event in events if isinstance(event, AskResponse))


@app.get(
    "/v1/documents",
    summary="List documents and their states",
    operation_id="listDocuments",
    tags=["Documents"],
    responses={
        200: {"description": "Up to 100 documents in key order."},
        **openapi.refusals(401, 422, 500, 503),
    },
)
def list_documents(
    status: Annotated[
        DocumentStatus | None, Query(description="Only documents in this state.")
    ] = None,
    after: Annotated[str, Query(description="`next` of the page before.")] = "",
) -> DocumentList:
    """Documents that the asker may read, a page at a time."""
    documents = bootstrap.get_services().documents
    return DocumentList.of(documents.list(_asker().scope, status=status, after=after))


@app.get(
    openapi.DOCUMENT_RULE,
    summary="Open a document at a quote",
    description="What a citation's `link` leads to: JSON, or a page for people where the Accept "
    "header prefers `text/html`.",
    operation_id="openDocument",
    tags=["Documents"],
    responses={
        200: {
            "description": "The revision's text around the quote.",
            "content": {
                "application/json": {"model": OpenedShape},
                "text/html": {"schema": {"type": "string"}},
            },
        },
        **openapi.refusals(401, 404, 422, 500, 503),
    },
)
def open_document(
    revision: Annotated[
        str | None, Query(description="Which revision; without it the searchable one.")
    ] = None,
    quote: Annotated[str | None, Query(description="Words of the revision, verbatim.")] = None,
    at: Annotated[
        int | None, Query(ge=0, description="Where the quote starts, if it stands there.")
    ] = None,
    whole: Annotated[bool, Query(description="The whole text, however long.")] = False,
) -> Response[Any]:
    """A stored revision's text at a quote."""
    scope, documents = _asker().scope, bootstrap.get_services().documents
    wanted = RevisionId(revision) if revision else None
    opened = find_named(
        app.current_event.path.removeprefix(_DOCUMENTS),
        lambda document: documents.open(scope, document, revision=wanted, quote=quote, at=at),
    )
    shown = _excerpt(opened, whole=whole)
    if _wants_page():
        links = document_page.PageLinks.of(opened)
        return _page_response(document_page.render(opened, shown, links, quote_wanted=bool(quote)))
    body = OpenedShape.of(opened, shown).model_dump_json()
    return Response(HTTPStatus.OK, "application/json", body)


@app.get(signed_documents.RULE, include_in_schema=False)
def open_signed_document(whole: Annotated[bool, Query()] = False) -> Response[Any]:
    """What a link in a chat leads to: a page, whoever asks for it."""
    link, opened = signed_documents.opened(bootstrap.get_services(), app.current_event.path)
    links = document_page.PageLinks(whole="?whole=1#quote", newest=None)
    shown = _excerpt(opened, whole=whole)
    page = document_page.render(opened, shown, links, quote_wanted=bool(link.quote))
    return _page_response(page)


@app.get(
    openapi.RECEIPT_RULE,
    summary="Read a document's receipt",
    description="What became of its newest revision. The same goes out on the event bus of a "
    "deployed stack.",
    operation_id="readReceipt",
    tags=["Documents"],
    responses={
        200: {"description": "How it ended, or that it has not ended yet."},
        **openapi.refusals(401, 404, 422, 500, 503),
    },
)
def read_receipt() -> ReceiptShape:
    """The receipt of a document's newest revision."""
    scope, services = _asker().scope, bootstrap.get_services()
    name = app.current_event.path.removeprefix(_RECEIPTS)
    found = find_named(name, lambda document: services.documents.show(scope, document))
    return ReceiptShape.told(found, services.adapters.words)


@app.post(
    "/v1/feedback",
    summary="Say what you think of a reply",
    operation_id="giveFeedback",
    tags=["Questions"],
    responses={
        200: {"description": "Kept; a later verdict on the same turn replaces it."},
        **openapi.refusals(400, 401, 404, 413, 415, 422, 500, 503),
    },
)
def give_feedback(request: FeedbackRequest) -> FeedbackResponse:
    """Keep a verdict on a reply of the asker's own thread."""
    bootstrap.get_services().feedback.give(_asker(), request.to_feedback())
    return FeedbackResponse(thread=request.thread, turn=request.turn, verdict=request.verdict)


@app.get(
    "/v1/health",
    summary="Whether the API answers",
    operation_id="health",
    tags=["Operations"],
    responses={200: {"description": "It does."}},
)
def health() -> Health:
    """Say that the API answers; nothing else is looked at."""
    return Health(version=__version__)


@app.get("/openapi.json", include_in_schema=False)
def openapi_document() -> Response[Any]:
    """The API's own description."""
    body = json.dumps(openapi.describe(app), ensure_ascii=False)
    return Response(HTTPStatus.OK, "application/json", body)


@_on(NoRouteError)
def no_such_route(_error: NoRouteError) -> Response[Any]:
    """Another path, or another method of a path that exists."""
    path = app.current_event.path
    allowed = openapi.PATHS.get(path) or (
        ("GET",) if path.startswith((_DOCUMENTS, _RECEIPTS)) else None
    )
    if allowed:
        refused = problems.RequestError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "method_not_allowed",
            f"This path answers {' and '.join(allowed)} only. See /openapi.json.",
            headers={"Allow": ", ".join(allowed)},
        )
    else:
        refused = problems.RequestError(
            HTTPStatus.NOT_FOUND, "no_such_path", "There is no such path. See /openapi.json."
        )
    return _problem_response(refused, _correlation_id())


@_on(RequestValidationError)
def invalid(error: RequestValidationError) -> Response[Any]:
    """The request is not as described."""
    return _problem_response(problems.invalid_request(error.errors()), _correlation_id())


@_on(RequestUnsupportedContentType)
def unsupported(_error: RequestUnsupportedContentType) -> Response[Any]:
    """The body is something else than JSON."""
    return _problem_response(problems.unsupported_media_type(), _correlation_id())


@_on(WellreadError, problems.RequestError)
def refused(error: Exception) -> Response[Any]:
    """An expected error: the problem says what to do."""
    if isinstance(error, (TransientError, InvalidConfigurationError)):
        logger.warning(
            "request failed",
            extra={"correlation_id": _correlation_id(), "why": str(error)},
        )
    return _problem_response(error, _correlation_id())


@_on(Exception)
def broken(error: Exception) -> Response[Any]:
    """An unexpected error: a fixed sentence; the log has the rest."""
    logger.exception("request broke", extra={"correlation_id": _correlation_id()})
    return _problem_response(error, _correlation_id())


def _asker() -> Asker:
    return asking.identified(bootstrap.get_services().callers, _caller())


def _caller() -> Caller:
    return caller_of(app.current_event.raw_event, time.time())


def _correlation_id() -> str:
    return str(app.context["correlation_id"])


def _wants_page() -> bool:
    """Whether a person follows a citation's link in a browser."""
    event = app.current_event
    return event.path.startswith(signed_links.PATH) or (
        event.http_method == "GET"
        and event.path.startswith(_DOCUMENTS)
        and prefers_html(event.headers.get("accept"))
    )


def _excerpt(opened: OpenedDocument, *, whole: bool) -> Excerpt:
    up_to = len(opened.text) if whole else WHOLE_UP_TO
    return excerpt(opened.text, opened.start, opened.end, whole_up_to=up_to)


def _page_response(
    page: str, status: int = HTTPStatus.OK, headers: Mapping[str, str] = MappingProxyType({})
) -> Response[Any]:
    headers = {**headers, **document_page.HEADERS}
    return Response(status, "text/html; charset=utf-8", page, headers=headers)


def _problem_response(error: Exception, correlation_id: str) -> Response[Any]:
    problem, headers = problems.problem_of(error, correlation_id)
    if _wants_page():
        return _page_response(document_page.render_problem(problem), problem.status, headers)
    return Response(
        problem.status,
        problems.MEDIA_TYPE,
        problem.model_dump_json(),
        headers=dict(headers),
    )
