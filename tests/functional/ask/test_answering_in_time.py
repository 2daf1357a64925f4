"""A question has its answer in time, whatever the model does."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.api.app import lambda_handler
from tests.chats import patient
from tests.laptop import Laptop, QuotingGenerator, asker
from tests.model_server import Exchange, running_models
from wellread.adapters.aws.sagemaker_chat import SageMakerChat
from wellread.domain.ask.answers import Declined, DeclineReason, Reply
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Mode, Question
from wellread.domain.knowledge.errors import ModelLateError, ModelWakingError
from wellread.services.ask.drafting import QUOTING_SECONDS, Generators

EVENTS = Path(__file__).resolve().parents[2] / "events"
LEAVE = "# Leave\n\nEveryone has thirty days of leave a year.\n"
SENTENCE = "Everyone has thirty days of leave a year [1]. And then "


class StuckModel:
    """A model that says something and then nothing, until the test is over."""

    name = "stuck"

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.over = threading.Event()
        self.asked = 0

    def generate(self, prompt: Prompt) -> Iterator[str]:
        self.asked += 1
        yield from self.pieces
        self.over.wait(30)


class FailingModel:
    """A model that fails at once."""

    name = "failing"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def generate(self, prompt: Prompt) -> Iterator[str]:
        raise self.error
        yield ""


class Context:
    """A Lambda context with so many seconds left."""

    function_name = "api"
    aws_request_id = "request-1"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


@pytest.fixture
def laptop_with(tmp_path: Path) -> Iterator[Any]:
    made: list[tuple[Laptop, Any]] = []

    def make(model: Any) -> Laptop:
        speaking = Generators(quoting=QuotingGenerator(), model=model)
        laptop = Laptop(tmp_path / "data", generators=speaking)
        made.append((laptop, model))
        laptop.drop("leave.md", LEAVE)
        return laptop

    yield make
    for laptop, model in made:
        if isinstance(model, StuckModel):
            model.over.set()
        laptop.close()


def ask(laptop: Laptop, seconds: float, mode: Mode = Mode.RAG) -> Reply:
    """Ask with so many seconds left for the model, however long the search takes."""
    laptop.adapters.clock = lambda: 1000.0
    answer_by = 1000.0 + QUOTING_SECONDS + seconds
    question = Question("How many days of leave?", asker(), mode, answer_by=answer_by)
    return laptop.services.answering.answer(question)


def test_a_model_that_says_nothing_is_stood_in_for_in_time(laptop_with: Any) -> None:
    reply = ask(laptop_with(StuckModel()), 0.1)

    assert reply.outcome.answered_by == "quoting"
    assert "stuck did not answer in time, so this is quoted from the documents." in reply.text
    assert len(reply.citations) == 1


def test_what_a_model_has_said_in_time_stands(laptop_with: Any) -> None:
    reply = ask(laptop_with(StuckModel(SENTENCE)), 0.4)

    assert reply.outcome.answered_by == "stuck"
    assert "thirty days" in reply.text
    assert "stuck stopped before it was finished" in reply.text


@pytest.mark.parametrize("seconds", [0.0, -60.0])
def test_without_time_for_it_a_model_is_not_asked_at_all(laptop_with: Any, seconds: float) -> None:
    model = StuckModel()
    reply = ask(laptop_with(model), seconds)

    assert model.asked == 0
    assert reply.outcome.answered_by == "quoting"
    assert "in time" in reply.text


def test_a_model_in_time_answers_itself(laptop_with: Any) -> None:
    reply = ask(laptop_with(QuotingGenerator()), 30.0)

    assert reply.outcome.notices == ()
    assert len(reply.citations) == 1


def test_the_base_mode_declines_in_time(laptop_with: Any) -> None:
    reply = ask(laptop_with(StuckModel("It may ")), 0.1, Mode.BASE)

    assert isinstance(reply.outcome, Declined)
    assert reply.outcome.reason is DeclineReason.MODEL_UNAVAILABLE


def test_a_waking_model_is_said_to_wake(laptop_with: Any) -> None:
    laptop = laptop_with(FailingModel(ModelWakingError("the component has no copies")))
    rag = laptop.ask("How many days of leave?")
    base = laptop.ask("How many days of leave?", mode=Mode.BASE)

    assert rag.outcome.answered_by == "quoting"
    assert "failing is starting" in rag.text
    assert "ask again in about 5 minutes" in rag.text
    assert "did not answer" not in rag.text
    assert "copies" not in rag.text + base.text
    assert base.declined
    assert "is starting. Ask again in about 5 minutes" in base.text


def test_a_model_that_says_itself_that_it_is_late_is_late(laptop_with: Any) -> None:
    reply = laptop_with(FailingModel(ModelLateError("it did not begin"))).ask("How many days?")

    assert "failing did not answer in time" in reply.text


def test_the_api_answers_within_its_functions_time(laptop_with: Any) -> None:
    laptop_with(StuckModel())
    event = json.loads((EVENTS / "api_ask.json").read_text())
    event["requestContext"]["timeEpoch"] = int(time.time() * 1000)
    result = lambda_handler(event, Context(8.2))  # 4 s are kept for the reply, 4 s for quoting

    reply = json.loads(result["body"])
    assert result["statusCode"] == 200
    assert reply["answered_by"] == "quoting"
    assert "in time" in reply["answer"]


def test_an_endpoint_that_scaled_to_zero_is_stood_in_for_over_http(laptop_with: Any) -> None:
    def asleep(exchange: Exchange) -> None:
        words = "Inference Component has no capacity to process this request."
        exchange.refuse(400, "ValidationError", words)

    with running_models("sagemaker-runtime", asleep) as (_, client):
        laptop_with(patient(SageMakerChat(client, "answers", "tuned")))
        result = lambda_handler(json.loads((EVENTS / "api_ask.json").read_text()), Context(29))

    reply = json.loads(result["body"])
    assert "tuned is starting" in reply["answer"]
    assert (reply["answered_by"], reply["declined"]) == ("quoting", False)
    assert reply["citations"][0]["document"] == "leave.md"


def test_a_start_that_took_long_leaves_the_model_no_time(laptop_with: Any) -> None:
    model = StuckModel()
    laptop_with(model)
    event = json.loads((EVENTS / "api_ask.json").read_text())
    event["requestContext"]["timeEpoch"] = int((time.time() - 22) * 1000)
    result = lambda_handler(event, Context(29))

    assert json.loads(result["body"])["answered_by"] == "quoting"
    assert model.asked == 0
