"""`wellread models` says which fine-tuned models there are, promotes one and rolls back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.laptop import Laptop
from tests.tuned import tuned_model
from wellread import bootstrap
from wellread.domain.tune.models import ModelStatus, RunName
from wellread.local.cli import main
from wellread.services.tune.tuned_models import TunedModels

FIRST, SECOND = RunName("run-1"), RunName("run-2")


@dataclass
class Ended:
    """How the command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(laptop: Laptop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def ended(*arguments: str, data: bool = True) -> Ended:
        where = ["--data", str(laptop.settings.data)] if data else []
        monkeypatch.setattr(sys, "argv", ["wellread", "models", *arguments, *where])
        code = 0
        try:
            main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        bootstrap.install(laptop.services)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return ended


@pytest.fixture
def models(laptop: Laptop) -> TunedModels:
    """Two models: the first was promoted, then the second was."""
    found = laptop.services.tuned_models
    found.register(tuned_model(FIRST, created_at=1.0))
    found.register(tuned_model(SECOND, created_at=2.0, audiences=frozenset({"hr"})))
    found.passed(FIRST, "Better than none.", {"combined": 0.5}, incumbent=None)
    found.passed(SECOND, "Better than run-1.", {"combined": 0.7}, incumbent=FIRST)
    return found


def test_without_a_model_the_list_says_how_to_make_one(run: Run, laptop: Laptop) -> None:
    assert run("list").out == "No model was fine-tuned yet. `wellread fine-tune` makes one.\n"
    assert run("list", "--json").out == "[]\n"


def test_models_are_listed_with_what_they_were_made_of_and_why_they_stand_there(
    run: Run, models: TunedModels
) -> None:
    listed = run("list").out

    assert listed.index("run-1  superseded since ") < listed.index("run-2  promoted since ")
    assert "    run-2 answers in its place.\n" in listed
    assert (
        "    made from a-small-model by tiny-cpu on dataset-of-run-2, for askers in hr\n" in listed
    )
    assert "deleted" not in listed


def test_the_list_for_programs_has_all_that_is_known(run: Run, models: TunedModels) -> None:
    first, second = json.loads(run("list", "--json").out)

    assert (first["run"], first["status"], first["answers"]) == ("run-1", "superseded", False)
    assert (second["status"], second["answers"], second["follows"]) == ("promoted", True, "run-1")
    assert second["audiences"] == ["hr"]
    assert second["metrics"] == {"combined": 0.7}
    assert second["location"] == "/models/run-2/model.gguf"
    assert second["saw_erased"] == []


def test_a_model_that_saw_deleted_documents_is_told_loudly(run: Run, models: TunedModels) -> None:
    models.mark_erased({"layoffs.md"}, {"dataset-of-run-1", "dataset-of-run-2"})

    listed = run("list").out
    assert listed.count("trained on documents that were deleted since: layoffs.md.") == 2
    assert "deleted since: layoffs.md" in run("rollback").out


def test_a_promoted_model_of_other_prompts_is_told_not_to_be_asked(
    run: Run, laptop: Laptop
) -> None:
    of_before = TunedModels(laptop.adapters.models, laptop.adapters.clock, prompt_version="before")
    of_before.register(tuned_model(FIRST, prompt_version="before"))
    of_before.passed(FIRST, "Better.", {}, incumbent=None)

    assert "It is not asked: it was trained on prompts" in run("list").out
    assert json.loads(run("list", "--json").out)[0]["answers"] is False


def test_one_command_rolls_back_and_says_what_it_does_first(run: Run, models: TunedModels) -> None:
    ended = run("rollback")

    assert ended.code == 0
    assert ended.out == (
        "run-2 will be taken away; run-1 will answer in the modes tuned and tuned_rag.\n"
        "run-1 answers.\n"
    )
    assert models.answering() == models.get(FIRST)
    assert models.get(SECOND).status is ModelStatus.ROLLED_BACK

    assert run("rollback").out == (
        "run-1 will be taken away; no fine-tuned model will answer in the modes tuned and "
        "tuned_rag.\nNo fine-tuned model answers any more.\n"
    )
    assert models.answering() is None


def test_a_roll_back_is_told_to_programs(run: Run, models: TunedModels) -> None:
    ended = run("rollback", "--json")
    told = json.loads(ended.out)
    assert (told["away"]["run"], told["away"]["status"]) == ("run-2", "rolled_back")
    assert (told["back"]["run"], told["back"]["status"]) == ("run-1", "promoted")
    assert "run-2 will be taken away" in ended.err

    assert json.loads(run("rollback", "--json").out)["back"] is None


def test_without_a_promoted_model_a_roll_back_is_refused(run: Run) -> None:
    ended = run("rollback")

    assert ended.code == 2
    assert ended.err == (
        "wellread: No tuned model is promoted, so there is nothing to roll back.\n"
    )


def test_a_model_that_answered_before_is_promoted_by_name(run: Run, models: TunedModels) -> None:
    ended = run("promote", "run-1")

    assert ended.code == 0
    assert ended.out == (
        "run-1 will answer in the modes tuned and tuned_rag, for askers in everyone; run-2, which "
        "does now, is kept for a roll back.\nrun-1 answers.\n"
    )
    assert models.answering() == models.get(FIRST)

    again = run("promote", "run-1", "--json")
    assert json.loads(again.out)["status"] == "promoted"
    assert again.err == "run-1 answers already. Nothing is changed.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["promote", "nobody"], "There is no model of a run named nobody."),
        (["promote", "run-3"], "The model run-3 cannot be promoted: it is candidate."),
        (["promote", "run-4"], "it is not promoted (RAG alone is better)."),
    ],
)
def test_what_did_not_pass_the_gate_is_refused_with_its_reason(
    run: Run, models: TunedModels, arguments: list[str], said: str
) -> None:
    models.register(tuned_model("run-3"))
    models.register(tuned_model("run-4"))
    models.failed(RunName("run-4"), "RAG alone is better.", {})

    ended = run(*arguments)
    assert ended.code == 2
    assert said in ended.err
    assert ended.out == ""
    assert models.promoted() == models.get(SECOND)


@pytest.mark.parametrize(
    "arguments",
    [
        ["promote"],
        ["promote", "run-1", "run-2"],
        ["rollback", "run-2"],
        ["list", "--all"],
        ["list", "--stack", "wellread"],
        ["forget"],
    ],
)
def test_wrong_usage_ends_with_2_and_changes_nothing(
    run: Run, models: TunedModels, arguments: list[str]
) -> None:
    assert run(*arguments).code == 2
    assert models.promoted() == models.get(SECOND)


def test_a_folder_without_a_knowledge_base_is_told(run: Run, tmp_path) -> None:
    ended = run("list", "--data", str(tmp_path / "elsewhere"), data=False)

    assert ended.code == 2
    assert "There is no knowledge base in" in ended.err
