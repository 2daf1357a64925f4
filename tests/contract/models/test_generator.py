"""What every generator does, whatever model is behind it."""

import json
import os
import re
import signal
import threading
from contextlib import contextmanager

import pytest

from tests.chat_server import running_chat_server, stream
from tests.chats import patient
from tests.model_server import container, converse, json_lines, running_models
from wellread.adapters.aws.bedrock_chat import BedrockChat
from wellread.adapters.aws.sagemaker_chat import SageMakerChat
from wellread.adapters.openai.chat import OpenAICompatibleChat
from wellread.bootstrap.local_models import local_chat
from wellread.domain.ask.prompting import DECLINE, Prompt, is_decline
from wellread.domain.ask.questions import Mode, Turn
from wellread.domain.knowledge.documents import Chunk, DocumentId, Passage, RevisionId
from wellread.domain.knowledge.errors import ModelLateError
from wellread.settings import Settings


def passage(name, title, text):
    chunk = Chunk(0, 0, len(text), text, title)
    return Passage(DocumentId(name), RevisionId("1"), "w", chunk, score=1.0, cosine=0.5)


PRINTING = passage(
    "printing.md", "Printing", "The printer on the second floor takes A3 paper. It is free to use."
)
LEAVE = passage(
    "leave.md", "Leave", "Every employee has thirty days of annual leave. Ask two weeks ahead."
)


def prompt(question, *passages, turns=()):
    return Prompt(question, question, passages, Mode.RAG, turns)


def a_model_that_reads(exchange):
    """Finds the source that speaks of leave, and declines where none does or none is asked for."""
    stream(*reads(exchange.server.requests[-1][2]))(exchange)


def reads(body):
    """From a request's body to the pieces of the answer."""
    content = body["messages"][-1]["content"]
    asked = content if isinstance(content, str) else content[0]["text"]
    source = re.search(r"\[(\d+)\] source (?:(?!\[\d+\] source)[\s\S])*?thirty days", asked)
    if source and "leave" in asked.rsplit("Question:", 1)[-1]:
        return ["Every employee has thirty days ", "of annual leave", f" [{source[1]}]."]
    return [DECLINE]


ON_AWS = {
    "sagemaker": ("sagemaker-runtime", container(reads)),
    "sagemaker json lines": ("sagemaker-runtime", container(reads, json_lines)),
    "bedrock": ("bedrock-runtime", converse(reads)),
}


def generator_on_aws(service, client, first=20.0):
    if service == "bedrock-runtime":
        return patient(BedrockChat(client, "eu.amazon.nova-lite-v1:0"), first=first)
    return patient(SageMakerChat(client, "answers", "reader"), first=first)


@contextmanager
def one_on_this_machine(folder, first=20.0):
    pytest.importorskip("xllamacpp", reason="needs the extra llm")
    from tests.tiny_model import write_model

    file = write_model(
        folder / "reader.gguf",
        "Every employee has thirty days of annual leave [2].",
        declines=("kangaroo", DECLINE),
    )
    model = local_chat(file, Settings(model_first_token_seconds=first), "reader")
    try:
        yield model
    finally:
        model.close()


@pytest.fixture(params=["openai", "openai without a stream", "llama", *ON_AWS])
def generator(request):
    if request.param == "llama":
        with one_on_this_machine(request.getfixturevalue("tmp_path")) as model:
            yield model
        return
    if request.param in ON_AWS:
        service, behaviour = ON_AWS[request.param]
        with running_models(service, behaviour) as (_, client):
            yield generator_on_aws(service, client)
        return

    def at_once(exchange):
        exchange.begin("application/json")
        message = {"role": "assistant", "content": "Every employee has thirty days [2]."}
        asked = json.dumps(exchange.server.requests[-1][2])
        if "kangaroo" in asked:
            message["content"] = DECLINE
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        exchange.write(json.dumps({"choices": [choice]}))

    with running_chat_server() as server:
        server.behaviour = a_model_that_reads if request.param == "openai" else at_once
        yield patient(OpenAICompatibleChat(server.url, "reader"))


def test_it_has_a_name_for_the_asker(generator):
    assert generator.name.strip()


def test_an_answer_comes_with_the_marker_of_the_passage_it_is_from(generator):
    pieces = list(generator.generate(prompt("How many days of leave are there?", PRINTING, LEAVE)))
    answer = "".join(pieces)

    assert all(isinstance(piece, str) for piece in pieces)
    assert "thirty days" in answer
    assert set(re.findall(r"\[(\d+)\]", answer)) == {"2"}


def test_passages_that_do_not_answer_give_nothing_or_a_decline(generator):
    question = "Which visa does a kangaroo trainer need for Peru?"
    answer = "".join(generator.generate(prompt(question, PRINTING, LEAVE)))

    assert not answer.strip() or is_decline(answer)


def test_an_answer_may_be_given_up_and_asked_again(generator):
    asked = prompt("How many days of leave are there?", PRINTING, LEAVE)
    whole = "".join(generator.generate(asked))
    pieces = generator.generate(asked)
    next(pieces)
    pieces.close()

    assert "".join(generator.generate(asked)) == whole


def test_a_thread_before_the_question_does_no_harm(generator):
    turns = (Turn(1, "Where is the printer?", "Where is the printer?", "Up [1].", False, Mode.RAG),)
    asked = prompt("How many days of leave are there?", PRINTING, LEAVE, turns=turns)

    assert "thirty days" in "".join(generator.generate(asked))


def test_two_answers_at_a_time_do_not_mix(generator):
    answers = {}

    def ask(number):
        asked = prompt("How many days of leave are there?", PRINTING, LEAVE)
        answers[number] = "".join(generator.generate(asked))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 3
    assert len(set(answers.values())) == 1


@contextmanager
def one_that_is_stuck(kind, first, folder):
    if kind == "llama":
        with one_on_this_machine(folder, first) as model:
            assert model.wait(60)
            os.kill(model.pid, signal.SIGSTOP)
            yield model
        return
    if kind in ON_AWS:
        service, _ = ON_AWS[kind]
        with running_models(service, lambda exchange: exchange.pause(5)) as (_, client):
            yield generator_on_aws(service, client, first)
        return
    with running_chat_server() as server:
        server.behaviour = lambda exchange: exchange.pause(5)
        yield patient(OpenAICompatibleChat(server.url, "reader"), first=first)


@pytest.mark.parametrize("kind", ["openai", "llama", "sagemaker", "bedrock"])
def test_one_that_does_not_begin_in_time_is_late(kind, tmp_path):
    if kind == "llama" and os.name != "posix":
        pytest.skip("stops a process with a POSIX signal")
    with (
        one_that_is_stuck(kind, 0.2, tmp_path) as generator,
        pytest.raises(ModelLateError, match=r"within 0\.2 s.*raise"),
    ):
        list(generator.generate(prompt("How many days of leave are there?", LEAVE)))
