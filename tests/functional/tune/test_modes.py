"""The tuned modes, over real services, with models that answer on this machine."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from functions.api.app import lambda_handler
from tests.chat_server import ChatServer, running_chat_server, stream
from tests.doubles import SetClock
from tests.laptop import Laptop
from tests.tuned import tuned_model
from tests.tuning import manifest
from wellread import bootstrap
from wellread.domain.access.scope import EVERYONE, Scope
from wellread.domain.ask.answers import Answer, Declined, DeclineReason
from wellread.domain.ask.prompting import PASSAGE_CHARACTERS
from wellread.domain.ask.questions import Mode
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.tune.models import RunName
from wellread.local.cli import main
from wellread.local.lambda_runtime import LocalContext
from wellread.services.tune.tuned_models import TunedModels

LEAVE = "# Leave\n\nEveryone has thirty days of leave a year.\n"
QUESTION = "How many days of leave does everyone have?"
EVENT = Path(__file__).resolve().parents[2] / "events" / "api_ask.json"
SAID = "Everyone has thirty days of leave a year [1]."


@dataclass
class Company:
    """A knowledge base, and two servers for models that are promoted by name."""

    laptop: Laptop
    servers: dict[str, ChatServer]

    def promote(self, run: str, *audiences: str, **made: Any) -> None:
        models = self.laptop.services.tuned_models
        promoted = models.promoted()
        location = f"{self.servers[run].url}/v1#model-of-{run}"
        readers = frozenset(audiences or {EVERYONE})
        models.register(tuned_model(run, location=location, audiences=readers, **made))
        incumbent = None if promoted is None else promoted.run
        models.passed(RunName(run), "Better.", {}, incumbent=incumbent)

    def requests(self, run: str) -> list[dict[str, object]]:
        return [body for _, _, body in self.servers[run].requests]


@pytest.fixture
def clock() -> SetClock:
    """Of today, since the API's handler says by its own clock until when it waits."""
    return SetClock(time.time())


@pytest.fixture
def company(tmp_path: Path, clock: SetClock) -> Iterator[Company]:
    laptop = Laptop(tmp_path / "data", clock=clock)
    laptop.drop("leave.md", LEAVE)
    laptop.speak_with(tuned=laptop.services.tuned_speaker)
    with ExitStack() as running:
        servers = {run: running.enter_context(running_chat_server()) for run in ("one", "two")}
        for server in servers.values():
            server.behaviour = stream(SAID)
        yield Company(laptop, servers)
        laptop.close()


def over_http(mode: str, question: str = QUESTION, **more: object) -> dict[str, Any]:
    """The reply of the API's handler."""
    event = json.loads(EVENT.read_text(encoding="utf-8"))
    event["body"] = json.dumps({"question": question, "mode": mode, **more})
    answered = lambda_handler(event, LocalContext("api"))
    assert answered["statusCode"] == 200
    reply: dict[str, Any] = json.loads(answered["body"])
    return reply


def rollback(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """`wellread models rollback`, beside the process that answers."""
    data = str(company.laptop.settings.data)
    monkeypatch.setattr(sys, "argv", ["wellread", "models", "rollback", "--data", data])
    main()
    bootstrap.install(company.laptop.services)


def test_a_promoted_model_answers_from_the_documents_with_citations(company: Company) -> None:
    company.promote("one")
    reply = over_http("tuned_rag")

    assert (reply["answer"], reply["declined"]) == (
        "Everyone has thirty days of leave a year. [1]",
        False,
    )
    assert (reply["mode"], reply["answered_by"]) == ("tuned_rag", "one")
    assert [each["document"] for each in reply["citations"]] == ["leave.md"]
    (asked,) = company.requests("one")
    assert asked["model"] == "model-of-one"
    assert "thirty days" in json.dumps(asked["messages"])


def test_a_promoted_model_answers_by_itself_and_says_so(company: Company) -> None:
    company.promote("one")
    reply = over_http("tuned")

    assert reply["answer"].startswith("Not from your documents:")
    assert reply["citations"] == []
    assert reply["answered_by"] == "one"
    assert "thirty days" not in json.dumps(company.requests("one")[0]["messages"])


def test_after_one_command_the_next_answer_comes_from_the_earlier_model(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.promote("one")
    company.promote("two")
    assert over_http("tuned_rag")["answered_by"] == "two"

    rollback(company, monkeypatch)
    assert over_http("tuned_rag")["answered_by"] == "one"
    assert len(company.requests("two")) == 1

    rollback(company, monkeypatch)
    reply = over_http("tuned_rag")
    assert reply["declined"]
    assert "There is no fine-tuned model to ask here." in reply["answer"]


def test_a_promotion_is_seen_by_the_next_answer(company: Company) -> None:
    assert over_http("tuned")["declined"]
    company.promote("one")
    assert over_http("tuned")["answered_by"] == "one"
    company.promote("two")
    assert over_http("tuned")["answered_by"] == "two"


def test_who_may_not_ask_the_model_reads_what_they_read_where_there_is_none(
    company: Company,
) -> None:
    before = {
        mode: company.laptop.ask(QUESTION, mode=mode) for mode in (Mode.TUNED, Mode.TUNED_RAG)
    }
    company.promote("one", "hr")

    for mode, earlier in before.items():
        reply = company.laptop.ask(QUESTION, EVERYONE, mode=mode)
        assert isinstance(reply.outcome, Declined)
        assert reply.outcome.reason is DeclineReason.NO_TUNED_MODEL
        assert reply.outcome == earlier.outcome
        assert company.laptop.ask(QUESTION, EVERYONE, "hr", mode=mode).outcome.answered_by == "one"
    assert len(company.requests("one")) == 2


def test_only_modes_that_something_answers_in_are_there(company: Company) -> None:
    def modes(*audiences: str) -> list[str]:

        return [
            each.value for each in company.laptop.services.answering.modes(Scope.of(*audiences))
        ]

    assert modes(EVERYONE) == ["rag"]
    company.promote("one", "hr")
    assert modes(EVERYONE) == ["rag"]
    assert modes(EVERYONE, "hr") == ["rag", "tuned", "tuned_rag"]
    company.laptop.services.tuned_models.rollback()
    assert modes(EVERYONE, "hr") == ["rag"]


def test_a_model_of_other_prompts_is_not_asked(company: Company) -> None:
    adapters = company.laptop.adapters
    of_before = TunedModels(adapters.models, adapters.clock, prompt_version="before")
    of_before.register(tuned_model("one", prompt_version="before"))
    of_before.passed(RunName("one"), "Better.", {}, incumbent=None)

    assert over_http("tuned_rag")["declined"]


def test_a_model_that_is_away_is_stood_in_for_by_quotes(company: Company) -> None:
    company.promote("one")
    company.servers["one"].behaviour = lambda exchange: exchange.begin(status=500)
    reply = over_http("tuned_rag")

    assert not reply["declined"]
    assert reply["answered_by"] == "quoting"
    assert "thirty days of leave" in reply["answer"]
    assert over_http("tuned")["answer"].startswith("The model did not answer.")


def test_a_model_file_that_cannot_be_run_here_is_stood_in_for_by_quotes(
    company: Company,
) -> None:
    models = company.laptop.services.tuned_models
    models.register(tuned_model("gone", location="/nowhere/model.gguf"))
    models.passed(RunName("gone"), "Better.", {}, incumbent=None)
    reply = over_http("tuned_rag")

    assert reply["answered_by"] == "quoting"
    assert "nowhere" not in json.dumps(reply)


def test_a_claim_that_its_source_does_not_support_is_left_out_of_a_tuned_answer_too(
    company: Company,
) -> None:
    company.promote("one")
    company.servers["one"].behaviour = stream("Lizards govern Belgium [1].")
    reply = over_http("tuned_rag")

    assert "Lizards" not in json.dumps(reply)


def test_what_a_tuned_model_said_by_itself_goes_into_no_later_prompt(company: Company) -> None:
    company.promote("one", "hr")
    company.servers["one"].behaviour = stream("The secret is a merger.")
    first = company.laptop.ask(QUESTION, "hr", mode=Mode.TUNED)
    assert isinstance(first.outcome, Answer)
    company.promote("two")

    company.laptop.ask("And why is that so?", "hr", mode=Mode.TUNED, thread=first.thread)
    company.laptop.ask("And why is that so?", "hr", mode=Mode.TUNED_RAG, thread=first.thread)
    assert "merger" not in json.dumps(company.requests("two"))


@pytest.mark.parametrize(("characters", "sees"), [(PASSAGE_CHARACTERS, True), (250, False)])
def test_a_model_is_shown_as_much_as_it_was_trained_on(
    company: Company, characters: int, sees: bool
) -> None:
    company.laptop.drop(
        "leave.md", f"# Leave\n\nLeave of thirty days. {'More leave. ' * 60}Last.\n"
    )
    company.promote("one", passage_characters=characters)
    over_http("tuned_rag")

    assert ("Last." in json.dumps(company.requests("one")[0]["messages"])) is sees


def test_compare_asks_in_the_modes_that_something_answers_in(
    company: Company, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def compared(*arguments: str) -> list[str]:
        data = str(company.laptop.settings.data)
        command = ["wellread", "compare", QUESTION, "--data", data, *arguments]
        monkeypatch.setattr(sys, "argv", command)
        main()
        bootstrap.install(company.laptop.services)
        return [
            line.removeprefix("== ")
            for line in capsys.readouterr().out.splitlines()
            if line.startswith("== ")
        ]

    assert compared() == ["rag"]
    company.promote("one", "hr")
    assert compared() == ["rag"]
    assert compared("--as", "hr") == ["rag", "tuned", "tuned_rag"]


def may_ask(company: Company, *audiences: str) -> bool:
    return company.laptop.services.tuned_speaker.may_ask(Scope.of(*audiences))


@pytest.fixture
def trained(company: Company) -> Company:
    """A model is promoted that everybody may ask, and it is known what it was trained on."""
    company.laptop.drop("trips.md", "# Trips\n\nTrains are paid for.\n")
    learnt = {"leave.md": "r1", "trips.md": "r1"}
    company.laptop.services.stored_datasets.put(manifest(dataset="both", documents=learnt), {})
    company.promote("one", dataset="both")
    return company


def restrict(company: Company, clock: SetClock, audience: str = "hr") -> None:
    sidecar = json.dumps({"metadataAttributes": {"audience": audience}})
    company.laptop.write("leave.md.metadata.json", sidecar)
    company.laptop.work()
    clock.now += 3.0


def test_a_document_that_is_restricted_later_closes_the_model_to_whom_it_is_closed(
    trained: Company, clock: SetClock
) -> None:
    assert may_ask(trained, EVERYONE)

    restrict(trained, clock)
    assert not may_ask(trained, EVERYONE)
    assert may_ask(trained, EVERYONE, "hr")
    assert over_http("tuned")["declined"]

    restrict(trained, clock, EVERYONE)
    assert may_ask(trained, EVERYONE)


def test_rules_that_cannot_be_understood_close_the_model(trained: Company, clock: SetClock) -> None:
    trained.laptop.write_rules(access={"rules": [{"prefix": 3}]})
    clock.now += 3.0

    assert not may_ask(trained, EVERYONE, "hr")


def test_a_document_that_is_opened_later_opens_nothing(company: Company, clock: SetClock) -> None:
    restrict(company, clock)
    learnt = manifest(dataset="one", documents={"leave.md": "r1"}, audiences=frozenset({"hr"}))
    company.laptop.services.stored_datasets.put(learnt, {})
    company.promote("one", "hr", dataset="one")
    restrict(company, clock, EVERYONE)

    assert not may_ask(company, EVERYONE)


def test_what_was_restricted_when_it_was_deleted_stays_closed(
    trained: Company, clock: SetClock
) -> None:
    restrict(trained, clock)
    models = trained.laptop.services.tuned_models
    models.mark_erased([DocumentId("leave.md")], ["both"])
    trained.laptop.delete("leave.md")
    trained.laptop.delete("leave.md.metadata.json")
    trained.laptop.services.stored_datasets.erase(DocumentId("leave.md"))
    clock.now += 10 * 24 * 3600.0
    trained.laptop.work()
    trained.laptop.services.sweeping.sweep(grace_seconds=0.0)

    assert trained.laptop.adapters.registry.get(DocumentId("leave.md")) is None
    assert not may_ask(trained, EVERYONE)
    assert may_ask(trained, EVERYONE, "hr")
    assert models.get(RunName("one")).saw_erased == {"leave.md"}


def test_what_everybody_might_read_when_it_was_deleted_closes_nothing(trained: Company) -> None:
    models = trained.laptop.services.tuned_models
    models.mark_erased([DocumentId("leave.md"), DocumentId("unknown.md")], ["both"])

    assert may_ask(trained, EVERYONE)
    assert over_http("tuned")["answered_by"] == "one"


def test_a_manifest_that_cannot_be_read_closes_the_model(trained: Company) -> None:
    trained.laptop.adapters.datasets.put("both", "manifest.json", '{"dataset": 3')

    assert not may_ask(trained, EVERYONE, "hr")
