"""Requests of Slack's, as API Gateway hands them to the function: signed, with the bodies it sends.

The bodies are those of tests/events/slack_NAME.json, in the shapes of Slack's documentation.
"""

from __future__ import annotations

import base64
import copy
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from wellread.domain.chat.events import ChatEvent
from wellread.domain.knowledge.errors import TransientError

EVENTS = Path(__file__).parent / "events"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TEAM, BOT, ANN = "T0LAB00001", "U0BOT00001", "U0ANN00001"
PLACE, DIRECT = "C0LAB00001", "D0ANN00001"
ASKED_AT = "1773396000.000100"


def payload(name: str, **changes: Any) -> dict[str, Any]:
    """A body, with some of its event's fields changed; None takes a field away."""
    body = json.loads((EVENTS / f"slack_{name}.json").read_text(encoding="utf-8"))
    inner = body.get("event", body)
    for key, value in changes.items():
        if value is None:
            inner.pop(key, None)
        else:
            inner[key] = value
    return body


def json_body(body: object) -> bytes:
    return json.dumps(body).encode()


def form_body(body: Mapping[str, Any]) -> bytes:
    """As a slash command, or an interaction where that has a type."""
    return urlencode({"payload": json.dumps(body)} if "type" in body else body).encode()


def headers_of(
    body: bytes, *, secret: str = SIGNING_SECRET, at: object = None, kind: str = "application/json"
) -> dict[str, str]:
    """The headers with which Slack, or who knows the secret, sends a body."""
    sent_at = str(int(time.time())) if at is None else str(at)
    signature = hmac.new(secret.encode(), b"v0:%s:%s" % (sent_at.encode(), body), sha256)
    return {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": sent_at,
        "X-Slack-Signature": f"v0={signature.hexdigest()}",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    }


def gateway_event(body: bytes, headers: Mapping[str, str], *, encoded: bool = True) -> dict:
    """What API Gateway makes of a request (payload format 2.0)."""
    event = copy.deepcopy(json.loads((EVENTS / "api_ask.json").read_text(encoding="utf-8")))
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/slack/events"
    event["headers"] = {**event["headers"], **headers}
    event["body"] = base64.b64encode(body).decode() if encoded else body.decode()
    event["isBase64Encoded"] = encoded
    return event


def signed(body: bytes, **options: Any) -> dict:
    return gateway_event(body, headers_of(body, **options))


@dataclass
class KeptQuestions:
    """A question queue that keeps what it is given, and may be away."""

    put_in: list[ChatEvent] = field(default_factory=list)
    away: bool = False

    def put(self, event: ChatEvent) -> None:
        if self.away:
            raise TransientError("the queue is away")
        self.put_in.append(event)


ATTACKS: dict[str, tuple[Callable[[], dict], int]] = {
    "no headers at all": (lambda: gateway_event(_BODY, {}), 401),
    "no signature": (lambda: _without("X-Slack-Signature"), 401),
    "no time": (lambda: _without("X-Slack-Request-Timestamp"), 401),
    "signed with another secret": (lambda: signed(_BODY, secret="0" * 32), 401),
    "signed with no secret": (lambda: signed(_BODY, secret=""), 401),
    "another body below the signature": (
        lambda: gateway_event(_BODY + b" ", headers_of(_BODY)),
        401,
    ),
    "another time beside the signature": (
        lambda: gateway_event(
            _BODY, {**headers_of(_BODY), "X-Slack-Request-Timestamp": str(int(time.time()) - 1)}
        ),
        401,
    ),
    "a signature of another version": (lambda: _signature_changed("v0=", "v1="), 401),
    "a signature cut short": (lambda: _signature_changed("v0=", "v0=0"), 401),
    "a signature that is no ASCII": (lambda: _signature_changed("v0=", "v0=ä\ud800"), 401),
    "a signature given twice": (lambda: _signature_changed("v0=", "v0=0,v0="), 401),
    "six minutes old": (lambda: signed(_BODY, at=int(time.time()) - 360), 401),
    "six minutes ahead": (lambda: signed(_BODY, at=int(time.time()) + 360), 401),
    "a replay of yesterday": (lambda: signed(_BODY, at=int(time.time()) - 86_400), 401),
    "a time that is no number": (lambda: signed(_BODY, at="now"), 401),
    "a time that is not a number": (lambda: signed(_BODY, at="nan"), 401),
    "an endless time": (lambda: signed(_BODY, at="9" * 5_000), 401),
    "a negative time": (lambda: signed(_BODY, at=f"-{int(time.time())}"), 401),
    "a broken time": (lambda: signed(_BODY, at=f"{time.time():.3f}"), 401),
    "a time in other digits": (lambda: signed(_BODY, at="١٧٧٣٣٩٦٠٠٠"), 401),
    "a time with a blank": (lambda: signed(_BODY, at=f" {int(time.time())}"), 401),
    "no body": (lambda: signed(b""), 400),
    "no JSON": (lambda: signed(b"{'type': 'event_callback'}"), 400),
    "half of a JSON": (lambda: signed(_BODY[: len(_BODY) // 2]), 400),
    "a list": (lambda: signed(b"[]"), 400),
    "deep JSON": (lambda: signed(b'{"a":' * 40_000 + b"1" + b"}" * 40_000), 400),
    "not a number": (lambda: signed(b'{"type": NaN}'), 400),
    "an endless number": (lambda: signed(b'{"type": ' + b"9" * 10_000 + b"}"), 400),
    "bytes that are no text": (lambda: signed(b'{"type": "\xff\xfe"}'), 400),
    "JSON without a type": (lambda: signed(b"{}"), 400),
    "a form of somebody else": (lambda: signed(b"name=value"), 400),
    "a form with no JSON in it": (lambda: signed(b"payload=%7B"), 400),
    "a form of too many fields": (lambda: signed(b"a=1&" * 60_000), 400),
    "an event without a team": (lambda: _changed("app_mention", team_id=None), 400),
    "a team that is no id": (lambda: _changed("app_mention", team_id="T/../x"), 400),
    "a team that is no string": (lambda: _changed("app_mention", team_id=["T0LAB00001"]), 400),
    "an app that is no id": (lambda: _changed("app_mention", api_app_id={"a": 1}), 400),
    "a place that is no id": (lambda: _event_changed("app_mention", channel={"id": "C"}), 400),
    "a time of a message that is none": (lambda: _event_changed("app_mention", ts=1.5), 400),
    "an event that is missing": (
        lambda: signed(json_body({**payload("app_mention"), "event": None})),
        400,
    ),
    "an event that is a list": (lambda: _changed("app_mention", event=[1]), 400),
    "an event without a type": (lambda: _event_changed("app_mention", type=None), 400),
    "clicks on nothing": (lambda: signed(form_body({"type": "block_actions"})), 400),
    "a modal that is none": (lambda: signed(form_body({"type": "view_submission"})), 400),
    "a body that is too large": (lambda: signed(_BODY + b" " * 256 * 1024), 413),
    "a large body that nobody signed": (lambda: gateway_event(b"{" * 300_000, {}), 413),
}
"""By name: a request that nothing may come of, and the status that it is refused with."""

_BODY = json_body(payload("app_mention"))


def _without(name: str) -> dict:
    headers = headers_of(_BODY)
    del headers[name]
    return gateway_event(_BODY, headers)


def _signature_changed(old: str, new: str) -> dict:
    headers = headers_of(_BODY)
    headers["X-Slack-Signature"] = headers["X-Slack-Signature"].replace(old, new)
    return gateway_event(_BODY, headers)


def _changed(name: str, **changes: Any) -> dict:
    return signed(json_body({**payload(name), **changes}))


def _event_changed(name: str, **changes: Any) -> dict:
    return signed(json_body(payload(name, **changes)))
