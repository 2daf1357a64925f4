"""`wellread doctor` says whether the promoted model answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chat_server import Exchange, running_chat_server, stream
from tests.functional.chat.doctors import failed, run, served
from tests.laptop import WordEmbedder
from tests.tuned import tuned_model
from wellread.bootstrap import models
from wellread.bootstrap.embedded import EmbeddedServices
from wellread.domain.tune.models import RunName
from wellread.services.tune.tuned_models import TunedModels
from wellread.settings import Settings


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(models, "load_embedder", WordEmbedder)
    return served(tmp_path / "data")


def promote(data: Path, location: str, **made: str) -> None:
    services = EmbeddedServices(Settings(data=data))
    found = TunedModels(services.adapters.models, services.adapters.clock, **made)
    found.register(tuned_model("run-1", location=location, **made))
    found.passed(RunName("run-1"), "Better.", {}, incumbent=None)
    services.close()


def test_a_promoted_model_that_answers_is_told(data: Path) -> None:
    assert "tuned model" not in run(data).output
    with running_chat_server() as server:
        server.behaviour = stream("Ready.")
        promote(data, f"{server.url}/v1#run-1")

        assert "ok        tuned model: run-1 answers in the tuned modes." in run(data).output


def test_a_promoted_model_that_is_away_is_told(data: Path) -> None:
    def away(exchange: Exchange) -> None:
        exchange.begin(status=500)

    with running_chat_server() as server:
        server.behaviour = away
        promote(data, f"{server.url}/v1#run-1")

        assert "tuned model" in failed(data)


def test_a_promoted_model_whose_file_is_gone_is_told(data: Path) -> None:
    promote(data, "/nowhere/model.gguf")

    assert "tuned model" in failed(data)


def test_a_promoted_model_of_other_prompts_is_told_with_the_way_back(data: Path) -> None:
    promote(data, "/nowhere/model.gguf", prompt_version="before")

    assert "wellread models rollback" in failed(data)["tuned model"]
