"""What Slack may say, and what is refused."""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from tests.doubles import Counts
from tests.slack_requests import (
    ATTACKS,
    SIGNING_SECRET,
    KeptQuestions,
    form_body,
    gateway_event,
    headers_of,
    json_body,
    payload,
    signed,
)
from wellread.adapters.chat.slack.arrivals import Modal
from wellread.adapters.chat.slack.front import SlackFront
from wellread.adapters.chat.slack.requests import signature
from wellread.adapters.embedded.given_secret import GivenSecret
from wellread.domain.chat.events import QuestionAsked, VerdictGiven
from wellread.domain.knowledge.errors import TransientError


def never(modal: Modal, token: str) -> None:
    raise AssertionError("nothing is opened")


PARTS = {"signing_secret": SIGNING_SECRET, "bot_token": "xoxb-1"}


class Door:
    """A front, and what went through it."""

    def __init__(self, secret: Any = None, *, opens: Callable[..., None] | None = None) -> None:
        self.questions = KeptQuestions()
        self.counts = Counts()
        self.opened: list[tuple[Modal, str]] = []
        self.front = SlackFront(
            secret or GivenSecret(PARTS, "WELLREAD_SLACK"),
            lambda: self.questions,
            clock=time.time,
            meter=self.counts,
            open_modal=opens or (lambda modal, token: self.opened.append((modal, token))),
        )

    def status(self, event: dict) -> int:
        return self.front.answer(event)["statusCode"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_and_nothing_comes_of_it(attack: str) -> None:
    door = Door()
    make, status = ATTACKS[attack]
    assert door.status(make()) == status
    assert door.questions.put_in == []
    assert door.opened == []


def test_the_signature_is_that_of_slacks_documentation_and_sdk() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
        b"&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
        b"&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands"
        b"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
        b".803a0bc887a14d10d2c447fce8b6703c"
    )
    found = signature(SIGNING_SECRET, "1531420618", body).decode()
    assert found == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    verifier = SignatureVerifier(SIGNING_SECRET)
    assert found == verifier.generate_signature(timestamp="1531420618", body=body)


def test_what_slack_sends_is_taken() -> None:
    door = Door()
    assert door.status(signed(json_body(payload("app_mention")))) == 200
    (event,) = door.questions.put_in
    assert isinstance(event, QuestionAsked)


def test_headers_and_bodies_are_taken_in_any_form_that_api_gateway_hands_them_over_in() -> None:
    body = json_body(payload("app_mention"))
    for name in (str.lower, str.upper, str.title):
        for encoded in (True, False):
            door = Door()
            headers = {name(key): value for key, value in headers_of(body).items()}
            assert door.status(gateway_event(body, headers, encoded=encoded)) == 200
            assert len(door.questions.put_in) == 1


def test_a_body_that_is_said_to_be_encoded_and_is_not_is_malformed() -> None:
    event = signed(json_body(payload("app_mention")))
    assert Door().status({**event, "body": "%%%"}) == 400


def test_a_body_of_the_greatest_size_is_taken() -> None:
    body = json_body(payload("app_mention"))
    body += b" " * (256 * 1024 - len(body))
    assert Door().status(signed(body)) == 200
    assert Door().status(gateway_event(body, headers_of(body), encoded=False)) == 200


def test_slack_is_asked_to_send_again_what_was_refused_but_not_what_is_malformed() -> None:
    headers = {
        attack: Door().front.answer(ATTACKS[attack][0]())["headers"]
        for attack in ("half of a JSON", "signed with another secret")
    }
    assert headers == {
        "half of a JSON": {"X-Slack-No-Retry": "1"},
        "signed with another secret": {},
    }


def test_a_retry_is_taken_like_the_first_try() -> None:
    body = json_body(payload("app_mention"))
    headers = {**headers_of(body), "X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    door = Door()
    assert door.status(gateway_event(body, headers)) == 200
    assert len(door.questions.put_in) == 1


def test_without_credentials_there_is_no_such_path() -> None:
    queue = KeptQuestions()
    for secret in (None, GivenSecret({"bot_token": "xoxb-1"}, "WELLREAD_SLACK")):
        front = SlackFront(secret, lambda: queue, clock=time.time, meter=Counts(), open_modal=never)
        assert front.answer(signed(json_body(payload("app_mention"))))["statusCode"] == 404
    assert queue.put_in == []


def test_a_secret_that_was_rotated_is_read_anew() -> None:
    class Rotated:
        def part(self, name: str, refused: str | None = None) -> str:
            return SIGNING_SECRET if refused == "old" else "old"

    door = Door(Rotated())
    assert door.status(signed(json_body(payload("app_mention")))) == 200
    assert door.status(signed(json_body(payload("app_mention")), secret="other")) == 401
    assert len(door.questions.put_in) == 1


def test_a_secret_that_cannot_be_looked_up_has_slack_try_again() -> None:
    class Away:
        def part(self, name: str, refused: str | None = None) -> str:
            raise TransientError("the secret is away")

    door = Door(Away())
    assert door.status(signed(json_body(payload("app_mention")))) == 503
    assert door.counts.values == {"ChatNotTaken": [1]}


def test_a_queue_that_is_away_has_slack_try_again() -> None:
    door = Door()
    door.questions.away = True
    event = signed(json_body(payload("app_mention")))
    assert door.status(event) == 503
    assert door.counts.values == {"ChatNotTaken": [1]}
    door.questions.away = False
    assert door.status(event) == 200


def test_who_uses_a_command_while_the_queue_is_away_is_told() -> None:
    door = Door()
    door.questions.away = True
    answer = door.front.answer(signed(form_body(payload("slash_command"))))
    assert answer["statusCode"] == 200
    assert door.counts.values == {"ChatNotTaken": [1]}
    said = json.loads(answer["body"])
    assert said["response_type"] == "ephemeral"
    assert "Ask again in a minute" in said["text"]


def test_a_url_is_verified_by_its_challenge() -> None:
    door = Door()
    answer = door.front.answer(signed(json_body(payload("url_verification"))))
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"]) == {"challenge": payload("url_verification")["challenge"]}
    assert door.questions.put_in == []


def test_a_check_of_the_certificate_is_answered_and_is_no_question() -> None:
    door = Door()
    assert door.status(signed(b"ssl_check=1&token=not-used")) == 200
    assert door.questions.put_in == []


@pytest.mark.parametrize(
    "kind", ["app_rate_limited", "shortcut", "message_action", "view_closed", "block_suggestion"]
)
def test_what_is_no_affair_of_ours_is_acknowledged(kind: str) -> None:
    door = Door()
    assert door.status(signed(json_body({"type": kind, "team_id": "T1"}))) == 200
    assert door.status(signed(form_body({"type": kind, "team": {"id": "T1"}}))) == 200
    assert door.questions.put_in == []


def test_a_thumb_down_counts_and_opens_a_modal_that_asks_why() -> None:
    door = Door()
    assert door.status(signed(form_body(payload("block_actions")))) == 200
    (given_verdict,) = door.questions.put_in
    assert isinstance(given_verdict, VerdictGiven)
    ((modal, token),) = door.opened
    assert (modal.trigger, token) == (payload("block_actions")["trigger_id"], "xoxb-1")


def test_a_modal_that_does_not_open_costs_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    def broken(modal: Modal, token: str) -> None:
        raise OSError("no way out")

    door = Door(opens=broken)
    with caplog.at_level(logging.WARNING):
        assert door.status(signed(form_body(payload("block_actions")))) == 200
    assert len(door.questions.put_in) == 1
    assert "was not opened" in caplog.text


def test_what_was_asked_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    door = Door()
    with caplog.at_level(logging.DEBUG):
        for make, _ in ATTACKS.values():
            door.front.answer(make())
        door.questions.away = True
        door.front.answer(signed(json_body(payload("app_mention"))))
        door.front.answer(signed(form_body(payload("slash_command"))))
    assert caplog.records
    assert "borrowed" not in caplog.text
    assert SIGNING_SECRET not in caplog.text


NAMES = [
    "app_mention",
    "message",
    "message_thread",
    "message_im",
    "message_file",
    "message_changed",
    "message_deleted",
    "message_emptied",
    "assistant_thread_started",
    "app_home_opened",
    "slash_command",
    "block_actions",
    "block_actions_alone",
    "view_submission",
    "url_verification",
]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["", "\ud800", "C0LAB00001", "event_callback", "verdict", "x" * 3_000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn) -> tuple[dict, bool]:
    """A payload of Slack's with anything in one or two places of it."""
    name = draw(st.sampled_from(NAMES))
    body = payload(name)
    for _ in range(draw(st.integers(1, 2))):
        inner: Any = body
        while True:
            keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(inner[key], dict | list) and inner[key] and draw(st.integers(0, 3)):
                inner = inner[key]
                continue
            inner[key] = draw(ANYTHING)
            break
    return body, draw(st.booleans())


FIELDS = """
action_id actions action_ts api_app_id assistant_thread authorizations bot_id callback_id
channel channel_id channel_type command container deleted_ts edited event event_ts files id
is_ephemeral message message_ts name previous_message private_metadata response_url source_team
state subtype tab team team_id text thread_ts trigger_id ts type user user_id user_team value
values view
""".split()
KINDS = """event_callback block_actions view_submission url_verification message app_mention
assistant_thread_started app_home_opened message_changed message_deleted file_share verdict human
resolved share suggested:0 approve reject verdict_reason /ask T0LAB00001 C0LAB00001 1.1""".split()
SHAPES = st.recursive(
    ANYTHING | st.sampled_from(KINDS),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(FIELDS), SHAPES), st.sampled_from(KINDS), st.booleans())
def test_whatever_stands_where_slacks_fields_do_it_is_taken_or_refused(
    body: dict[str, Any], kind: str, form: bool
) -> None:
    said = {**body, "type": kind}
    assert Door().status(signed(form_body(said) if form else json_body(said))) in (200, 400)


@given(damaged())
def test_whatever_is_in_a_payload_it_is_taken_or_refused(made: tuple[dict, bool]) -> None:
    body, form = made
    door = Door()
    as_form = {**body, "type": body.get("type") or "block_actions"} if form else body
    sent = form_body(as_form) if form else json_body(body)
    assert door.status(signed(sent)) in (200, 400)
    for event in door.questions.put_in:
        json.dumps(event.as_message(), ensure_ascii=False).encode()


@given(st.binary(max_size=300) | st.text(st.characters(codec="utf-8")).map(str.encode))
def test_whatever_bytes_are_signed_they_are_taken_or_refused(body: bytes) -> None:
    door = Door()
    for kind in (body, b"payload=" + body, b"command=%2Fask&text=" + body, b'{"type":' + body):
        assert door.status(signed(kind)) in (200, 400)


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
)
def test_whatever_headers_somebody_sends_they_are_refused(headers: dict[str, str]) -> None:
    assert Door().status(gateway_event(json_body(payload("app_mention")), headers)) == 401


def test_a_key_that_stands_twice_in_a_json_counts_once() -> None:
    body = json_body(payload("app_mention")).replace(b'"type"', b'"type": "x", "type"')
    door = Door()
    assert door.status(signed(body)) == 200
    assert len(door.questions.put_in) == 1


def test_half_of_a_surrogate_pair_does_not_get_into_the_queue() -> None:
    door = Door()
    assert door.status(signed(json_body(payload("message_im", text="why \ud800?")))) == 200
    (event,) = door.questions.put_in
    assert isinstance(event, QuestionAsked)
    assert event.text == "why ??"


def test_the_encoded_body_is_measured_before_it_is_decoded() -> None:
    event = gateway_event(b"", {})
    event["body"] = base64.b64encode(b"x" * (256 * 1024 + 1)).decode()
    assert Door().status(event) == 413
