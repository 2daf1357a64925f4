"""From what went wrong to RFC 9457 problem details, the same for every host."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from wellread.api.shapes import Problem, ProblemError
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    InvalidQuestionError,
    NotFoundError,
    StorageFullError,
    TooManyQuestionsError,
    TransientError,
)

MEDIA_TYPE = "application/problem+json"

MAX_BODY_BYTES = 256 * 1024
"""A question and its feedback fit many times over; documents go through the bucket."""

RETRY_AFTER_SECONDS = 5

INTERNAL = "Something went wrong inside wellread. Try again; the log has more on it."
MISCONFIGURED = "wellread is set up wrongly, so nothing may be shown. The log names the setting."
UNAVAILABLE = "wellread cannot answer at this moment. Try again in a few seconds."

_CORRELATION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=:-]{0,63}")


class RequestError(Exception):
    """A request that the API refuses.

    Attributes:
        detail: What is wrong and what to do, one or two plain sentences.
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        errors: Sequence[ProblemError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})


def correlation_id(headers: Mapping[str, str | None]) -> str:
    """The caller's `X-Correlation-Id` where it is harmless, else a new one."""
    given = headers.get("x-correlation-id") or ""
    return given if _CORRELATION_ID.fullmatch(given) else uuid.uuid4().hex


def unauthenticated() -> RequestError:
    """The caller has no identity, or has not proved it in the way that is asked for."""
    return RequestError(
        HTTPStatus.UNAUTHORIZED,
        "unauthenticated",
        "The caller has no identity. Send the credentials that this deployment asks for.",
    )


def forbidden(detail: str) -> RequestError:
    """The request comes from where it must not."""
    return RequestError(HTTPStatus.FORBIDDEN, "forbidden", detail)


def body_too_large() -> RequestError:
    """The body is larger than any question."""
    return RequestError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "body_too_large",
        f"The request's body is larger than {MAX_BODY_BYTES // 1024} KB. Ask a shorter question, "
        "and drop long texts as documents.",
    )


def invalid_json() -> RequestError:
    """The body is not JSON."""
    return RequestError(
        HTTPStatus.BAD_REQUEST,
        "invalid_json",
        "The request's body is not valid JSON in UTF-8. Send a JSON object, and "
        "Content-Type: application/json.",
    )


def unsupported_media_type() -> RequestError:
    """The body is something else than JSON."""
    return RequestError(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "Send the body as JSON, with Content-Type: application/json.",
    )


def invalid_request(errors: Sequence[Mapping[str, Any]]) -> RequestError:
    """The body or the parameters do not have the shape that the API describes.

    Args:
        errors: As pydantic reports them; what was sent is not repeated.
    """
    if any(error.get("type") == "json_invalid" for error in errors):
        return invalid_json()
    wrong = [ProblemError(field=_field(e), message=str(e.get("msg", ""))) for e in errors]
    told = "; ".join(f"{error.field}: {error.message}" for error in wrong)
    return RequestError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_request",
        f"The request is not as /openapi.json describes it. {told}.",
        wrong,
    )


def problem_of(error: Exception, correlation: str) -> tuple[Problem, dict[str, str]]:
    """The problem that tells of an error, with headers to send along.

    Words of our own errors reach the caller; those of any other exception never do.
    """
    refused = _as_request_error(error)
    problem = Problem(
        title=refused.status.phrase,
        status=refused.status.value,
        detail=refused.detail,
        code=refused.code,
        correlation_id=correlation,
        errors=refused.errors,
    )
    return problem, refused.headers


def _as_request_error(error: Exception) -> RequestError:
    match error:
        case RequestError():
            return error
        case InvalidQuestionError():
            return RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_question", str(error))
        case NotFoundError():
            return RequestError(HTTPStatus.NOT_FOUND, "not_found", str(error))
        case TooManyQuestionsError():
            return RequestError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_questions",
                str(error),
                headers={"Retry-After": str(max(math.ceil(error.retry_after), 1))},
            )
        case TransientError():
            # A full disk is for the caller's side to mend; what else is transient is ours.
            full = isinstance(error, StorageFullError)
            return RequestError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "storage_full" if full else "unavailable",
                str(error) if full else UNAVAILABLE,
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
        case InvalidConfigurationError():
            return RequestError(
                HTTPStatus.INTERNAL_SERVER_ERROR, "invalid_configuration", MISCONFIGURED
            )
        case _:
            return RequestError(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", INTERNAL)


def _field(error: Mapping[str, Any]) -> str:
    where = [str(part) for part in error.get("loc", ())]
    if where and where[0] in ("body", "query", "path", "header"):
        where = where[1:] or where
    return ".".join(where) or "body"
