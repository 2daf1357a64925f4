"""Requests from Slack, as API Gateway hands them over: refused, or known to be Slack's and read.

Sources: https://docs.slack.dev/authentication/verifying-requests-from-slack,
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from wellread.adapters.chat.slack.fields import Fields, MalformedError, fields_of_json

if TYPE_CHECKING:
    from wellread.ports.operations import Secret

MAX_BODY_BYTES = 256 * 1024
MAX_AGE_SECONDS = 300
_MAX_FORM_FIELDS = 100
_LONGEST_TIME = 12


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


def verify(event: dict[str, Any], body: bytes, secret: Secret, now: float) -> None:
    """See that Slack sent this, just now.

    Raises:
        RefusedError: It cannot be known to have.
        InvalidConfigurationError, TransientError: As `Secret.part`.
    """
    headers = {str(name).lower(): value for name, value in (event.get("headers") or {}).items()}
    sent_at = str(headers.get("x-slack-request-timestamp", ""))
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= _LONGEST_TIME):
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "the time is no number")
    if abs(now - int(sent_at)) > MAX_AGE_SECONDS:
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "the time is not now")
    signed = str(headers.get("x-slack-signature", "")).encode("utf-8", "replace")
    known = secret.part("signing_secret")
    if hmac.compare_digest(signature(known, sent_at, body), signed):
        return
    # It may just have been rotated.
    newer = secret.part("signing_secret", refused=known)
    if newer == known or not hmac.compare_digest(signature(newer, sent_at, body), signed):
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "the signature is not ours")


def signature(secret: str, sent_at: str, body: bytes) -> bytes:
    """What Slack signs a body with; the SDK that does the same takes long to import."""
    signed = b":".join((b"v0", sent_at.encode(), body))
    return b"v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()


def payload_of(body: bytes) -> Fields:
    """What a request says: an event, an interaction, or the form of a slash command.

    Raises:
        RefusedError: None of these.
    """
    try:
        text = body.decode("utf-8")
        return fields_of_json(text) if text.lstrip().startswith("{") else _form(text)
    except ValueError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"malformed: {type(error).__name__}") from None


def _form(text: str) -> Fields:
    form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FORM_FIELDS))
    if "payload" in form:
        return fields_of_json(form["payload"])
    if not {"command", "ssl_check"} & form.keys():
        raise MalformedError("the form is none of Slack's")
    return Fields(form)
