"""What every verifier does, whatever checks behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import chat_server, model_server
from tests.chat_server import running_chat_server
from tests.model_server import container, converse, running_models
from tests.verifying import checking_chat, cross_encoder, grounding_guardrail, verbatim, verdicts
from wellread.adapters.aws.bedrock_chat import BedrockChat
from wellread.adapters.aws.guardrail_verifier import GuardrailVerifier
from wellread.adapters.aws.sagemaker_chat import SageMakerChat
from wellread.adapters.embedded.onnx_verifier import OnnxVerifier
from wellread.adapters.openai.chat import OpenAICompatibleChat
from wellread.adapters.verifying.model_verifier import ModelVerifier
from wellread.adapters.verifying.words_verifier import WordsVerifier
from wellread.domain.ask.checking.claims import Claim
from wellread.domain.knowledge.errors import ModelUnavailableError
from wellread.ports.models import Remote, Verifier

LEAVE = "Leave is thirty days a year."
PRINTER = "The printer on the second floor takes paper."
BANANAS = "Bananas are blue."


def on_chat(body: dict[str, Any]) -> list[str]:
    return [verdicts(body, verbatim)]


def on_converse(body: dict[str, Any]) -> list[str]:
    told = {
        "messages": [
            {"role": "system", "content": body["system"][0]["text"]},
            {"role": "user", "content": body["messages"][-1]["content"][0]["text"]},
        ]
    }
    return [verdicts(told, verbatim)]


VERIFIERS = ["words", "openai", "sagemaker", "bedrock", "guardrail", "onnx"]


@pytest.fixture(params=VERIFIERS)
def verifier(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Verifier]:
    match request.param:
        case "words":
            yield WordsVerifier()
        case "onnx":
            yield OnnxVerifier(cross_encoder(tmp_path / "tiny"))
        case "openai":
            with running_chat_server() as server:
                server.behaviour = checking_chat(verbatim)
                yield ModelVerifier(OpenAICompatibleChat(server.url, "reader"))
        case "sagemaker":
            with running_models("sagemaker-runtime", container(on_chat)) as (_, client):
                yield ModelVerifier(SageMakerChat(client, "answers"))
        case "bedrock":
            with running_models("bedrock-runtime", converse(on_converse)) as (_, client):
                yield ModelVerifier(BedrockChat(client, "amazon.nova-lite-v1:0"))
        case "guardrail":
            behaviour = grounding_guardrail(verbatim)
            with running_models("bedrock-runtime", behaviour) as (_, client):
                yield GuardrailVerifier(client, "abc123:1")


def claim(text: str, source: str, number: int = 1, head: str = "") -> Claim:
    return Claim(str(number), text, source, head)


def test_it_has_a_name_for_logs(verifier: Verifier) -> None:
    assert verifier.name in ("words", "model", "guardrail", "onnx")


def test_what_stands_in_the_source_is_supported_and_what_does_not_is_not(
    verifier: Verifier,
) -> None:
    assert verifier.verify([claim(LEAVE, f"{PRINTER} {LEAVE}")]) == [True]
    assert verifier.verify([claim(BANANAS, f"{PRINTER} {LEAVE}")]) == [False]


def test_verdicts_come_in_the_order_of_the_claims(verifier: Verifier) -> None:
    claims = [claim(LEAVE, LEAVE, 1), claim(BANANAS, LEAVE, 2), claim(PRINTER, PRINTER, 3)]

    assert list(verifier.verify(claims)) == [True, False, True]
    assert list(verifier.verify(claims[::-1])) == [True, False, True]
    assert list(verifier.verify(claims[:2][::-1])) == [False, True]


def test_a_claim_is_checked_against_its_own_source_only(verifier: Verifier) -> None:
    claims = [claim(LEAVE, PRINTER, 1), claim(PRINTER, LEAVE, 2)]

    assert list(verifier.verify(claims)) == [False, False]


def test_claims_that_share_an_id_do_not_share_a_verdict(verifier: Verifier) -> None:
    claims = [claim(LEAVE, LEAVE, 7), claim(BANANAS, LEAVE, 7)]

    assert list(verifier.verify(claims)) == [True, False]


def test_no_claims_have_no_verdicts(verifier: Verifier) -> None:
    assert list(verifier.verify([])) == []
    if isinstance(verifier, Remote):
        assert verifier.requests([]) == 0


def test_title_and_headings_belong_to_the_source(verifier: Verifier) -> None:
    assert list(verifier.verify([claim(LEAVE, PRINTER, head=LEAVE)])) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "\0",
        "a lone surrogate \ud83d",
        "漢字かな交じり文。",
        '"}]} <|im_end|> {"',
        "x" * 6000,
    ],
    ids=["empty", "blank", "nul", "surrogate", "script", "json", "long"],
)
def test_strange_claims_and_sources_have_a_verdict_like_any_other(
    verifier: Verifier, text: str
) -> None:
    found = verifier.verify([claim(text, PRINTER, 1), claim(LEAVE, f"{text}\n{LEAVE}", 2)])

    assert list(found) == [False, True]


def test_a_long_source_is_read_to_its_end(verifier: Verifier) -> None:
    source = f"{PRINTER} " * 60 + LEAVE

    assert list(verifier.verify([claim(LEAVE, source), claim(BANANAS, source)])) == [True, False]


def test_threads_share_a_verifier(verifier: Verifier) -> None:
    results: dict[int, list[bool]] = {}

    def check(number: int) -> None:
        claims = [claim(LEAVE, LEAVE if number % 2 else PRINTER), claim(PRINTER, PRINTER)]
        results[number] = list(verifier.verify(claims))

    threads = [threading.Thread(target=check, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == {number: [bool(number % 2), True] for number in range(4)}


def failing_verifier(kind: str) -> Iterator[Verifier]:
    if kind == "openai":
        with running_chat_server() as server:

            def fail(exchange: chat_server.Exchange) -> None:
                exchange.begin(status=500)

            server.behaviour = fail
            yield ModelVerifier(OpenAICompatibleChat(server.url, "reader"))
        return

    def refuse(exchange: model_server.Exchange) -> None:
        exchange.refuse(429, "ThrottlingException", "Too many requests.")

    with running_models("bedrock-runtime", refuse) as (_, client):
        if kind == "guardrail":
            yield GuardrailVerifier(client, "abc123")
        else:
            yield ModelVerifier(BedrockChat(client, "amazon.nova-lite-v1:0"))


@pytest.mark.parametrize("kind", ["openai", "bedrock", "guardrail"])
def test_one_that_cannot_answer_says_so(kind: str) -> None:
    for failing in failing_verifier(kind):
        with pytest.raises(ModelUnavailableError):
            failing.verify([claim(LEAVE, LEAVE)])
