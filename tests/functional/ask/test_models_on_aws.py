"""SageMaker and Bedrock at their worst: the real SDK against a server on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from langchain_core.tracers.langchain import LangChainTracer
from langsmith.utils import get_env_var

from tests.chat_server import delta
from tests.chats import patient
from tests.model_server import (
    Exchange,
    bedrock_embeddings,
    container,
    converse,
    event,
    running_models,
    server_sent_events,
    text_embeddings_inference,
)
from wellread.adapters.aws import clients
from wellread.adapters.aws.bedrock_chat import BedrockChat
from wellread.adapters.aws.bedrock_embedder import BedrockEmbedder
from wellread.adapters.aws.sagemaker_chat import SageMakerChat
from wellread.adapters.aws.sagemaker_embedder import SageMakerEmbedder
from wellread.bootstrap.models import model_of
from wellread.domain.ask.prompting import Prompt, render_messages
from wellread.domain.ask.questions import Mode, Turn
from wellread.domain.knowledge.documents import Chunk, DocumentId, Passage, RevisionId
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    ModelLateError,
    ModelUnavailableError,
    ModelWakingError,
)
from wellread.settings import Settings

QUESTION = "How long is the secret leave?"
PASSAGE = Passage(
    document=DocumentId("leave.md"),
    revision=RevisionId("1"),
    write="w",
    chunk=Chunk(0, 0, 30, "Annual leave is thirty days.", "Leave"),
    score=1.0,
)
PROMPT = Prompt(QUESTION, QUESTION, (PASSAGE,), Mode.RAG)
NO_CAPACITY = (
    "Inference Component has no capacity to process this request. ApplicationAutoScaling may be "
    "in-progress (if configured) or try to increase the capacity by invoking "
    "UpdateInferenceComponentRuntimeConfig API."
)

TITAN = "amazon.titan-embed-text-v2:0"
NOVA = "eu.amazon.nova-lite-v1:0"

Behaviour = Callable[[Exchange], None]


def ask_sagemaker(behaviour: Behaviour, **seconds: float) -> list[str]:
    with running_models("sagemaker-runtime", behaviour) as (_, client):
        generator = patient(SageMakerChat(client, "answers", "tuned"), **seconds)
        return list(generator.generate(PROMPT))


def ask_bedrock(behaviour: Behaviour, **seconds: float) -> list[str]:
    with running_models("bedrock-runtime", behaviour) as (_, client):
        return list(patient(BedrockChat(client, NOVA), **seconds).generate(PROMPT))


def refused(ask: Callable[..., object], behaviour: Behaviour, **seconds: float) -> str:
    """The message of the refusal, which must not say what is secret."""
    with pytest.raises(ModelUnavailableError) as caught:
        ask(behaviour, **seconds)
    message = str(caught.value)
    assert "secret" not in message
    assert "thirty" not in message
    return message


def refusing(status: int, code: str, message: str = "the secret leave") -> Behaviour:
    return lambda exchange: exchange.refuse(status, code, message)


def test_the_request_to_sagemaker_is_what_openai_takes() -> None:
    behaviour = container(lambda _: ["Thirty [1]."])
    with running_models("sagemaker-runtime", behaviour) as (server, client):
        generator = patient(SageMakerChat(client, "answers", "tuned"))
        list(generator.generate(PROMPT))
        list(patient(SageMakerChat(client, "answers")).generate(PROMPT))

    with_component, without = server.calls
    assert generator.name == "tuned"
    assert with_component.path == "/endpoints/answers/invocations-response-stream"
    assert with_component.headers["x-amzn-sagemaker-inference-component"] == "tuned"
    assert "x-amzn-sagemaker-inference-component" not in without.headers
    assert with_component.body == {
        "messages": render_messages(PROMPT),
        "max_tokens": 1024,
        "temperature": 0,
        "stream": True,
    }


@pytest.mark.parametrize("cut", [1, 2, 5, 100_000])
def test_parts_may_be_cut_in_the_middle_of_a_line_and_of_a_character(cut: int) -> None:
    said = ["Dreißig Tage – ", "三十 \u2028 👩‍👧 [1]."]

    assert "".join(ask_sagemaker(container(lambda _: said, cut=cut))) == "".join(said)


def test_pieces_come_while_the_endpoint_still_writes() -> None:
    seen = threading.Event()

    def behave(exchange: Exchange) -> None:
        exchange.begin()
        exchange.part(f"data: {delta('Thirty')}\n\n".encode())
        assert seen.wait(5)
        exchange.part(f"data: {delta(' days [1].')}\n\ndata: [DONE]\n\n".encode())
        exchange.end()

    with running_models("sagemaker-runtime", behave) as (_, client):
        pieces = patient(SageMakerChat(client, "answers")).generate(PROMPT)
        assert next(pieces) == "Thirty"
        seen.set()
        assert "".join(pieces) == " days [1]."


def test_thoughts_are_no_part_of_the_answer() -> None:
    said = ["<thi", "nk>secret</think>\n\n", "Thirty [1]."]

    assert ask_sagemaker(container(lambda _: said)) == ["Thirty [1]."]


def test_a_component_without_copies_is_waking() -> None:
    with pytest.raises(ModelWakingError, match="about 5 minutes"):
        ask_sagemaker(refusing(400, "ValidationError", NO_CAPACITY))


def test_a_model_that_is_not_ready_is_waking() -> None:
    with pytest.raises(ModelWakingError):
        ask_sagemaker(refusing(429, "ModelNotReadyException"))


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, "ValidationError", "Check that the endpoint exists"),
        (403, "AccessDeniedException", "permission"),
        (424, "ModelError", "CloudWatch"),
        (429, "ThrottlingException", "Try again in a minute"),
        (500, "InternalFailure", "Try again"),
        (503, "ServiceUnavailable", "Try again"),
    ],
)
def test_a_refusal_of_sagemaker_says_what_to_do(status: int, code: str, words: str) -> None:
    message = refused(ask_sagemaker, refusing(status, code))

    assert f"tuned did not answer ({code})" in message
    assert words in message


@pytest.mark.parametrize("name", ["ModelStreamError", "InternalStreamFailure"])
def test_an_error_amid_sagemakers_stream_ends_the_answer(name: str) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.begin()
        exchange.part(f"data: {delta('Thirty [1].')}\n\n".encode())
        exchange.exception(name, Message="the secret leave", ErrorCode="StreamBroken")
        exchange.end()

    with running_models("sagemaker-runtime", behave) as (_, client):
        pieces = patient(SageMakerChat(client, "answers")).generate(PROMPT)
        assert next(pieces) == "Thirty [1]."
        with pytest.raises(ModelUnavailableError, match=name) as caught:
            next(pieces)
    assert "secret" not in str(caught.value)


def broken_off(exchange: Exchange) -> None:
    exchange.begin()
    exchange.part(f"data: {delta('Thirty')}\n\n".encode())
    exchange.wfile.write(b"40\r\nhalf a chunk")


def cut_short(exchange: Exchange) -> None:
    exchange.begin()
    exchange.part(f"data: {delta('Thirty')}\n\n".encode())
    exchange.end()


def garbled(exchange: Exchange) -> None:
    exchange.begin()
    message = bytearray(event("PayloadPart", b"data: secret\n\n"))
    message[-1] ^= 1
    exchange.write(bytes(message))
    exchange.end()


def another_kind_of_answer(exchange: Exchange) -> None:
    exchange.begin()
    exchange.part(b'[{"generated_text": "the secret leave"}]')
    exchange.end()


def reported(exchange: Exchange) -> None:
    exchange.begin()
    exchange.part(json.dumps({"error": {"message": "secret", "code": 400}}).encode())
    exchange.end()


def empty(exchange: Exchange) -> None:
    exchange.begin()
    exchange.part(server_sent_events(["  \n"]))
    exchange.end()


def endless(exchange: Exchange) -> None:
    exchange.begin()
    for _ in range(80):
        exchange.part(f"data: {delta('x' * 65_000)}\n\n".encode())


@pytest.mark.parametrize(
    "behaviour", [broken_off, cut_short, garbled, another_kind_of_answer, reported, empty, endless]
)
def test_what_is_no_whole_answer_of_sagemaker_is_none(behaviour: Behaviour) -> None:
    assert refused(ask_sagemaker, behaviour).startswith("The model tuned did not answer")


def silent(exchange: Exchange) -> None:
    exchange.pause()


def silent_amid_the_answer(exchange: Exchange) -> None:
    exchange.begin()
    exchange.part(f"data: {delta('Thirty')}\n\n".encode())
    exchange.pause()


def dripping(exchange: Exchange) -> None:
    exchange.begin()
    while True:
        exchange.part(f"data: {delta('x')}\n\n".encode())
        exchange.pause(0.02)


@pytest.mark.parametrize(
    ("behaviour", "seconds", "words"),
    [
        (silent, {"first": 0.2}, "did not begin within 0.2 s"),
        (silent_amid_the_answer, {"idle": 0.2}, "0.2 s for the next words"),
        (dripping, {"total": 0.3}, "0.3 s for the answer"),
    ],
)
def test_a_slow_endpoint_is_not_waited_for(
    behaviour: Behaviour, seconds: dict[str, float], words: str
) -> None:
    with pytest.raises(ModelLateError, match="WELLREAD_MODEL_SECONDS") as caught:
        ask_sagemaker(behaviour, **seconds)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("generator", "service"),
    [("sagemaker:answers/tuned", "sagemaker-runtime"), ("bedrock:a.b-v1:0", "bedrock-runtime")],
)
def test_a_model_on_aws_is_asked_once_and_not_for_longer_than_it_may_take(
    generator: str, service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, dict[str, object]]] = []
    with running_models(service, silent) as (_, client):

        def client_of(service: str, **settings: object) -> object:
            made.append((service, settings))
            return client

        monkeypatch.setattr(clients, "aws_client", client_of)
        settings = Settings(
            data=tmp_path, generator=generator, model_first_token_seconds=0.2, model_seconds=9
        )
        model = model_of(settings)
        assert model is not None
        with pytest.raises(ModelLateError, match=r"within 0\.2 s.*WELLREAD_MODEL_SECONDS"):
            list(model.generate(PROMPT))

    assert made == [(service, {"read_seconds": 0.2, "attempts": 1})]


def test_the_clients_own_time_out_is_lateness_too() -> None:
    with running_models("sagemaker-runtime", silent, read_seconds=0.2) as (_, client):
        embedder = SageMakerEmbedder(client, "vectors")
        with pytest.raises(ModelLateError, match="did not answer in time"):
            embedder.embed_question(QUESTION)


def test_an_endpoint_that_is_not_there_is_unavailable() -> None:
    with running_models("sagemaker-runtime", silent) as (server, client):
        server.shutdown()
        server.server_close()
        with pytest.raises(ModelUnavailableError, match="cannot be reached"):
            list(patient(SageMakerChat(client, "answers")).generate(PROMPT))


def test_the_request_to_bedrock_has_instructions_thread_and_question() -> None:
    turns = (Turn(1, "Where is the printer?", "Where?", " [1] ", False, Mode.RAG),)
    with running_models("bedrock-runtime", converse(lambda _: ["Thirty [1]."])) as (
        server,
        client,
    ):
        generator = patient(BedrockChat(client, NOVA))
        pieces = list(generator.generate(Prompt(QUESTION, QUESTION, (PASSAGE,), Mode.RAG, turns)))

    (call,) = server.calls
    assert (generator.name, pieces) == (NOVA, ["Thirty [1]."])
    assert call.path == f"/model/{NOVA}/converse-stream"
    assert "numbered sources" in call.body["system"][0]["text"]
    assert [message["role"] for message in call.body["messages"]] == ["user", "assistant", "user"]
    assert all(part["text"].strip() for m in call.body["messages"] for part in m["content"])
    assert call.body["inferenceConfig"] == {"maxTokens": 1024, "temperature": 0.0}


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (400, "ValidationException", "WELLREAD_PASSAGES"),
        (403, "AccessDeniedException", "enable access to the model"),
        (404, "ResourceNotFoundException", "WELLREAD_GENERATOR"),
        (424, "ModelErrorException", "Try again"),
        (408, "ModelTimeoutException", "smaller model"),
        (429, "ThrottlingException", "Try again in a minute"),
        (503, "ServiceUnavailableException", "Try again"),
    ],
)
def test_a_refusal_of_bedrock_says_what_to_do(status: int, code: str, words: str) -> None:
    message = refused(ask_bedrock, refusing(status, code))

    assert code in message
    assert words in message


def test_a_bedrock_model_that_is_not_ready_is_waking() -> None:
    with pytest.raises(ModelWakingError):
        ask_bedrock(refusing(429, "ModelNotReadyException"))


def test_an_error_amid_bedrocks_stream_ends_the_answer() -> None:
    def behave(exchange: Exchange) -> None:
        exchange.begin()
        exchange.event("messageStart", role="assistant")
        exchange.event("contentBlockDelta", delta={"text": "Thirty"}, contentBlockIndex=0)
        exchange.exception("throttlingException", message="the secret leave")
        exchange.end()

    assert "did not answer" in refused(ask_bedrock, behave)


def test_an_answer_of_bedrock_without_its_end_is_none() -> None:
    def behave(exchange: Exchange) -> None:
        exchange.begin()
        exchange.event("contentBlockDelta", delta={"text": "Thirty"}, contentBlockIndex=0)
        exchange.end()

    assert "broke off" in refused(ask_bedrock, behave)


@pytest.mark.parametrize("reason", ["guardrail_intervened", "content_filtered"])
def test_an_answer_that_bedrock_stopped_is_none(reason: str) -> None:
    message = refused(ask_bedrock, converse(lambda _: ["Thirty [1]."], reason))

    assert reason in message


def test_bedrocks_reasoning_is_no_part_of_the_answer() -> None:
    def behave(exchange: Exchange) -> None:
        exchange.begin()
        exchange.event("messageStart", role="assistant")
        thought = {"reasoningContent": {"text": "a secret thought"}}
        exchange.event("contentBlockDelta", delta=thought, contentBlockIndex=0)
        exchange.event("contentBlockDelta", delta={"text": "Thirty [1]."}, contentBlockIndex=1)
        exchange.event("messageStop", stopReason="end_turn")
        exchange.end()

    assert ask_bedrock(behave) == ["Thirty [1]."]


def test_langchain_traces_nothing_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    traced = []
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setattr(LangChainTracer, "__init__", lambda *_, **__: traced.append(1))
    get_env_var.cache_clear()
    try:
        said = ask_bedrock(converse(lambda _: ["Thirty [1]."]))
    finally:
        get_env_var.cache_clear()

    assert said == ["Thirty [1]."]
    assert traced == []


def test_bedrock_is_not_waited_for_either() -> None:
    with pytest.raises(ModelLateError, match=r"did not begin within 0\.2 s"):
        ask_bedrock(silent, first=0.2)


@pytest.mark.parametrize(
    "name",
    [
        "nova",
        "",
        "arn:aws:bedrock:eu-central-1:000000000000:application-inference-profile/abcdefghijkl",
    ],
)
def test_what_is_no_model_of_bedrock_is_a_configuration_error(name: str) -> None:
    with running_models("bedrock-runtime", silent) as (server, client):
        with pytest.raises(InvalidConfigurationError, match="WELLREAD_GENERATOR"):
            BedrockChat(client, name)
        if "." not in name:
            with pytest.raises(InvalidConfigurationError, match="WELLREAD_EMBEDDER"):
                BedrockEmbedder(client, name)
    assert server.calls == []


def test_the_arn_of_an_inference_profile_is_a_model() -> None:
    arn = f"arn:aws:bedrock:eu-central-1:000000000000:inference-profile/{NOVA}"
    with running_models("bedrock-runtime", converse(lambda _: ["Thirty [1]."])) as (
        server,
        client,
    ):
        assert list(patient(BedrockChat(client, arn)).generate(PROMPT)) == ["Thirty [1]."]
    assert server.calls[0].path == f"/model/{arn}/converse-stream"


@pytest.mark.parametrize("name", ["", "under_score", "answers/", "a/b/c", "-answers", "x" * 64])
def test_what_can_be_no_endpoint_is_a_configuration_error(name: str) -> None:
    endpoint, slash, component = name.partition("/")
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_GENERATOR"):
        SageMakerChat(None, endpoint, component if slash else None)
    with pytest.raises(InvalidConfigurationError, match="WELLREAD_EMBEDDER"):
        SageMakerEmbedder(None, name)


def one_hot(texts: Sequence[str]) -> list[tuple[float, ...]]:
    return [tuple(1.0 if len(text) % 4 == i else 0.0 for i in range(4)) for text in texts]


def test_many_texts_go_to_sagemaker_in_batches_it_takes() -> None:
    behaviour = text_embeddings_inference(one_hot)
    with running_models("sagemaker-runtime", behaviour) as (server, client):
        vectors = SageMakerEmbedder(client, "vectors/minilm").embed_documents(
            ["x" * n for n in range(1, 71)]
        )

    sizes = [len(call.body["inputs"]) for call in server.calls]
    assert len(vectors) == 70
    assert sizes[1:] == [32, 32, 6]
    assert vectors[0] == (0.0, 1.0, 0.0, 0.0)
    assert {call.headers["x-amzn-sagemaker-inference-component"] for call in server.calls} == {
        "minilm"
    }


def test_the_version_of_a_sagemaker_model_tells_names_revisions_and_dimensions_apart() -> None:
    with running_models("sagemaker-runtime", text_embeddings_inference(one_hot)) as (_, client):
        versions = [
            SageMakerEmbedder(client, "vectors").model_version,
            SageMakerEmbedder(client, "others").model_version,
            SageMakerEmbedder(client, "vectors@2").model_version,
            SageMakerEmbedder(client, "vectors").model_version,
        ]

    assert versions[0] == versions[3]
    assert len(set(versions)) == 3


def giving(given: object) -> Behaviour:
    return lambda exchange: exchange.answer(given)


@pytest.mark.parametrize(
    "given",
    [
        [],
        {},
        "secret",
        [[1.0], [1.0]],
        [["secret"]],
        [[0.0, 0.0]],
        [[[0.1, 0.2]]],
        {"error": "secret"},
    ],
)
def test_what_are_no_vectors_of_sagemaker_is_an_error(given: object) -> None:
    with (
        running_models("sagemaker-runtime", giving(given)) as (_, client),
        pytest.raises(ModelUnavailableError, match=r"it gives|it does not give") as caught,
    ):
        SageMakerEmbedder(client, "vectors").embed_question(QUESTION)
    assert "secret" not in str(caught.value)


def test_a_model_that_changes_its_dimensions_is_refused() -> None:
    answers = iter([[[1.0, 0.0]], [[1.0, 0.0, 0.0]]])

    def behave(exchange: Exchange) -> None:
        exchange.answer(next(answers))

    with (
        running_models("sagemaker-runtime", behave) as (_, client),
        pytest.raises(ModelUnavailableError, match="3 dimensions where it gave 2"),
    ):
        SageMakerEmbedder(client, "vectors").embed_question(QUESTION)


def test_a_waking_embedder_is_said_to_wake() -> None:
    with (
        running_models("sagemaker-runtime", refusing(400, "ValidationError", NO_CAPACITY)) as (
            _,
            client,
        ),
        pytest.raises(ModelWakingError),
    ):
        SageMakerEmbedder(client, "vectors/minilm").embed_documents(["leave"])


def test_titan_is_asked_once_a_text_and_vectors_come_in_order() -> None:
    with running_models("bedrock-runtime", bedrock_embeddings(one_hot)) as (server, client):
        embedder = BedrockEmbedder(client, TITAN)
        vectors = embedder.embed_documents(["x" * n for n in range(1, 20)])

    assert len(server.calls) == 19
    assert [vector.index(1.0) for vector in vectors] == [n % 4 for n in range(1, 20)]
    assert embedder.model_version == f"bedrock:{TITAN}:1024"


def test_fewer_dimensions_are_asked_for_and_part_of_the_version() -> None:
    behaviour = bedrock_embeddings(one_hot, dimensions=256)
    with running_models("bedrock-runtime", behaviour) as (server, client):
        embedder = BedrockEmbedder(client, f"{TITAN}@256")
        assert len(embedder.embed_question("leave")) == 256

    assert server.calls[0].body["dimensions"] == 256
    assert embedder.model_version == f"bedrock:{TITAN}:256"


def test_cohere_is_told_questions_from_documents() -> None:
    with running_models("bedrock-runtime", bedrock_embeddings(one_hot)) as (server, client):
        embedder = BedrockEmbedder(client, "cohere.embed-multilingual-v3")
        embedder.embed_documents(["leave", "x" * 5000])
        embedder.embed_question("leave?")

    assert [call.body["input_type"] for call in server.calls] == [
        "search_document",
        "search_query",
    ]
    assert [len(text) for text in server.calls[0].body["texts"]] == [5, 2048]


def test_a_bedrock_model_that_is_not_known_is_asked_for_its_dimensions_once() -> None:
    behaviour = bedrock_embeddings(one_hot, dimensions=77)
    with running_models("bedrock-runtime", behaviour) as (server, client):
        embedder = BedrockEmbedder(client, "amazon.titan-embed-text-v9:0")
        assert (embedder.dimensions, embedder.dimensions) == (77, 77)

    assert len(server.calls) == 1


@pytest.mark.parametrize("given", [{}, {"embedding": ["secret"]}, {"embedding": 7}, [], "secret"])
def test_what_are_no_vectors_of_bedrock_is_an_error(given: object) -> None:
    with (
        running_models("bedrock-runtime", giving(given)) as (_, client),
        pytest.raises(ModelUnavailableError) as caught,
    ):
        BedrockEmbedder(client, TITAN).embed_documents(["leave"])
    assert "secret" not in str(caught.value)
