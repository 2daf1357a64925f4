"""The HTTP side of approvals: a link that shows what it is about, and a form that decides."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from wellread import bootstrap
from wellread.api import approval_page
from wellread.domain.knowledge.errors import (
    ConflictError,
    NotFoundError,
    PermanentError,
    WellreadError,
)
from wellread.domain.tune.models import RunName
from wellread.observability import logger
from wellread.wire.approval_links import PATH, InvalidApprovalError

_MOST_BYTES = 4_096
_MOST_REASON = 300

Page = tuple[int, str]
"""A status and a page."""


def answer_approval(event: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one HTTP request, an API Gateway HTTP API event (payload 2.0)."""
    status, page = _answered(event)
    return {
        "statusCode": status,
        "headers": {"Content-Type": "text/html; charset=utf-8", **approval_page.HEADERS},
        "body": page,
        "isBase64Encoded": False,
    }


def _answered(event: Mapping[str, Any]) -> Page:
    services = bootstrap.get_services()
    try:
        link = services.remote.approval_links.read(
            str(event.get("rawPath", "")).rpartition(PATH)[2]
        )
        if event["requestContext"]["http"]["method"] == "POST":
            return _decided(link.run, _form(event))
        return HTTPStatus.OK, approval_page.question(
            link.run, services.remote.approvals.reason(link.run)
        )
    except InvalidApprovalError:
        return HTTPStatus.FORBIDDEN, approval_page.said(
            "This link does not fit",
            "It is not complete, not of this stack, or has expired. Open it where it was sent.",
        )
    except (NotFoundError, ConflictError) as error:
        return HTTPStatus.CONFLICT, approval_page.said("There is nothing to decide", str(error))
    except WellreadError as error:
        logger.warning("approval failed", extra={"why": str(error)})
        permanent = isinstance(error, PermanentError)
        return (
            HTTPStatus.INTERNAL_SERVER_ERROR if permanent else HTTPStatus.SERVICE_UNAVAILABLE
        ), approval_page.said(
            "That did not work",
            "Nothing was decided. Try again in a minute; if it stays so, look into the log of the "
            "function approvals.",
        )


def _decided(run: RunName, form: Mapping[str, str]) -> Page:
    decision = form.get("decision")
    if decision not in (approval_page.APPROVE, approval_page.REFUSE):
        return HTTPStatus.BAD_REQUEST, approval_page.said(
            "Nothing was decided", "Press one of the two buttons of the page."
        )
    approved = decision == approval_page.APPROVE
    reason = " ".join(form.get("reason", "").split())[:_MOST_REASON]
    bootstrap.get_services().remote.approvals.decide(run, approved=approved, reason=reason)
    logger.info("decided about a tuned model", extra={"run": run, "approved": approved})
    if approved:
        return HTTPStatus.OK, approval_page.said(
            f"{run} is approved", "It is promoted now, and answers within minutes."
        )
    return HTTPStatus.OK, approval_page.said(f"{run} is refused", "It will not answer.")


def _form(event: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a form; none where the body is something else."""
    body = str(event.get("body") or "")
    if event.get("isBase64Encoded"):
        try:
            body = b64decode(body).decode("utf-8")
        except (binascii.Error, ValueError):
            return {}
    if len(body) > _MOST_BYTES:
        return {}
    return {name: values[-1] for name, values in parse_qs(body).items()}
