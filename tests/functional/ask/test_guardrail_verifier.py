"""Bedrock's ApplyGuardrail behind the real SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.model_server import Exchange, running_models
from tests.verifying import applied, grounding_guardrail
from wellread.adapters.aws.guardrail_verifier import GuardrailVerifier
from wellread.domain.ask.checking.claims import Claim
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    ModelLateError,
    ModelUnavailableError,
)

LEAVE = Claim("1", "Leave is thirty days.", "Leave is thirty days a year.", "Leave")
ARN = "arn:aws:bedrock:eu-central-1:111122223333:guardrail/abc123"


def checked(
    behaviour: Callable[[Exchange], None], *claims: Claim, guardrail: str = "abc123:3"
) -> tuple[list[bool], list[Any]]:
    with running_models("bedrock-runtime", behaviour, read_seconds=0.5) as (server, client):
        found = GuardrailVerifier(client, guardrail).verify(claims)
        return list(found), server.calls


def test_each_claim_is_one_call_with_its_own_source() -> None:
    other = Claim("2", "Cats are free.", "Cats are not free.")
    found, calls = checked(grounding_guardrail(lambda claim, _: "Leave" in claim), LEAVE, other)

    assert found == [True, False]
    assert [call.path for call in calls] == ["/guardrail/abc123/version/3/apply"] * 2
    assert calls[0].body["content"] == [
        {
            "text": {
                "text": "Leave\n\nLeave is thirty days a year.",
                "qualifiers": ["grounding_source"],
            }
        },
        {"text": {"text": "Leave is thirty days.", "qualifiers": ["query"]}},
        {"text": {"text": "Leave is thirty days.", "qualifiers": ["guard_content"]}},
    ]
    assert "Cats" not in str(calls[0].body)


@pytest.mark.parametrize(
    ("guardrail", "path"),
    [
        ("abc123", "/guardrail/abc123/version/DRAFT/apply"),
        ("abc123:DRAFT", "/guardrail/abc123/version/DRAFT/apply"),
        (ARN, f"/guardrail/{ARN}/version/DRAFT/apply"),
        (f"{ARN}:12", f"/guardrail/{ARN}/version/12/apply"),
    ],
)
def test_it_is_named_by_id_or_arn_and_version(guardrail: str, path: str) -> None:
    _, calls = checked(grounding_guardrail(lambda *_: True), LEAVE, guardrail=guardrail)

    assert [call.path for call in calls] == [path]


@pytest.mark.parametrize(
    "guardrail", ["", ":1", "abc:", "abc:0", "abc:draft", "A B", "arn:aws:x:1"]
)
def test_what_names_none_is_a_configuration_error(guardrail: str) -> None:
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_VERIFIER"):
        GuardrailVerifier(None, guardrail)


def test_what_is_longer_than_a_guardrail_reads_is_cut_or_not_supported() -> None:
    long_source = Claim("1", "Leave is thirty days. " * 100, "x" * 200_000)
    long_claim = Claim("2", "x" * 5_001, "x" * 5_001)
    found, calls = checked(grounding_guardrail(lambda *_: True), long_source, long_claim)

    assert found == [True, False]
    assert len(calls) == 1


def test_relevance_is_not_looked_at() -> None:
    def irrelevant(exchange: Exchange) -> None:
        exchange.answer(applied(grounded=True, relevant=False))

    assert checked(irrelevant, LEAVE)[0] == [True]


def test_one_that_checks_no_grounding_says_how_to_make_it() -> None:
    def other_policies(exchange: Exchange) -> None:
        exchange.answer({**applied(grounded=True), "assessments": [{}]})

    with pytest.raises(ModelUnavailableError, match="grounding threshold"):
        checked(other_policies, LEAVE)


def test_one_that_does_not_answer_in_time_is_late() -> None:
    with pytest.raises(ModelLateError):
        checked(lambda exchange: exchange.pause(), LEAVE)


def test_one_that_is_not_there_is_unavailable_and_repeats_no_text() -> None:
    def refuse(exchange: Exchange) -> None:
        exchange.refuse(404, "ResourceNotFoundException", "Leave is thirty days.")

    with pytest.raises(ModelUnavailableError, match="abc123") as caught:
        checked(refuse, LEAVE)
    assert "thirty" not in str(caught.value)
