"""Requests from Slack: refused, or known to be Slack's and read.

Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
"""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from wellread.adapters.chat.fields import Fields, MalformedError, fields_of_json
from wellread.adapters.chat.requests import RefusedError, headers_of

if TYPE_CHECKING:
    from wellread.ports.operations import Secret

MAX_AGE_SECONDS = 300
_MAX_FORM_FIELDS = 100
_LONGEST_TIME = 12


def verify(event: dict[str, Any], body: bytes, secret: Secret, now: float) -> None:
    """See that Slack sent this, just now.

    Raises:
        RefusedError: It cannot be known to have.
        InvalidConfigurationError, TransientError: As `Secret.part`.
    """
    headers = headers_of(event)
    sent_at = headers.get("x-slack-request-timestamp", "")
    if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= _LONGEST_TIME):
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "the time is no number")
    if abs(now - int(sent_at)) > MAX_AGE_SECONDS:
        raise RefusedError(HTTPStatus.UNAUTHORIZED, "the time is not now")
    signed = headers.get("x-slack-signature", "").encode("utf-8", "replace")
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
        return fields_of_json(text, Fields) if text.lstrip().startswith("{") else _form(text)
    except ValueError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"malformed: {type(error).__name__}") from None


def _form(text: str) -> Fields:
    form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FORM_FIELDS))
    if "payload" in form:
        return fields_of_json(form["payload"], Fields)
    if not {"command", "ssl_check"} & form.keys():
        raise MalformedError("the form is none of Slack's")
    return Fields(form)
