"""A run goes on where it was stopped; what is done is not done again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.laptop import Laptop
from tests.planted import Run, Scripted, fill, questions
from wellread.domain.ask.prompting import Prompt
from wellread.domain.knowledge.errors import ConflictError, ModelUnavailableError, PermanentError
from wellread.domain.tune.models import ModelStatus, RunName
from wellread.ports.tune import TrainingJob
from wellread.services.tune.run_plan import Say


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    made = Laptop(tmp_path_factory.mktemp("resumed"), verifier="words")
    fill(made)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _nothing_promoted(laptop: Laptop) -> Iterator[None]:
    yield
    if laptop.services.tuned_models.promoted():
        laptop.services.tuned_models.rollback()


class Stopped(Exception):  # noqa: N818 - what a kill is to what it kills
    """The process was killed."""


class StopAfter(Say):
    """Kills the run after some questions of a step."""

    def __init__(self, step: str, parts: int) -> None:
        self.stop, self.parts = step, parts
        self.now = ""

    def step(self, name: str, total: int) -> None:
        del total
        self.now = name

    def done(self, parts: int, note: str = "") -> None:
        del note
        if self.now == self.stop and parts == self.parts:
            raise Stopped


def lines(run: Run) -> list[tuple[str, str, int]]:
    text = (run.folder / "out" / "runs.jsonl").read_text(encoding="utf-8")
    return [(e["id"], e["arm"], e["seed"]) for e in map(json.loads, text.splitlines())]


def test_what_was_answered_before_a_kill_is_not_asked_again(laptop: Laptop, tmp_path: Path) -> None:
    run = Run(laptop, tmp_path, "better", name="killed", seeds=2)
    with pytest.raises(Stopped):
        run.go(StopAfter("ask new tuned model + RAG, seed 1", 5))
    before = lines(run)
    run.go()
    after = lines(run)
    assert after[: len(before)] == before
    assert len(after) == len(set(after)) == len(questions()) * 8
    assert (run.built, run.jobs.trained) == (1, [0, 1])


def test_a_line_that_a_kill_cut_off_is_asked_again(laptop: Laptop, tmp_path: Path) -> None:
    run = Run(laptop, tmp_path, "better", name="cut-off")
    with pytest.raises(Stopped):
        run.go(StopAfter("ask base model + RAG", 3))
    path = run.folder / "out" / "runs.jsonl"
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    run.go()
    assert len(lines(run)) == len(set(lines(run))) == len(questions()) * 6


def test_a_training_that_was_finished_is_not_run_again(laptop: Laptop, tmp_path: Path) -> None:
    run = Run(laptop, tmp_path, "better", name="trained", seeds=3)
    train = run.jobs.train

    def killed_at_the_last(job: TrainingJob, progress: object) -> None:
        if job.seed == 2:
            raise Stopped
        train(job, progress)  # type: ignore[arg-type]

    run.jobs.train = killed_at_the_last  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        run.go()
    run.jobs.train = train  # type: ignore[method-assign]
    run.go()
    assert run.jobs.trained == [0, 1, 2]


def test_a_run_that_came_to_its_end_says_the_same_again_and_does_nothing(
    laptop: Laptop, tmp_path: Path
) -> None:
    first = Run(laptop, tmp_path, "worse", name="ended")
    report = first.go()
    again = Run(laptop, tmp_path, "worse", name="ended")
    assert again.go() == report
    assert (again.built, again.jobs.trained, again.speakers.asked) == (0, [], 0)


def test_a_run_that_was_killed_between_promotion_and_report_still_reports_what_it_beat(
    laptop: Laptop, tmp_path: Path
) -> None:
    run = Run(laptop, tmp_path, "better", name="late")
    report = run.go()
    (run.folder / "late" / "report.json").unlink()
    again = run.go()
    assert (again["verdict"], again["incumbent"]) == ("promoted", "rag")
    assert again["pairs"] == report["pairs"]


def test_another_run_does_not_go_on_under_the_same_name(laptop: Laptop, tmp_path: Path) -> None:
    run = Run(laptop, tmp_path, "worse", name="taken")
    with pytest.raises(Stopped):
        run.go(StopAfter("ask base model + RAG", 1))
    other = Run(laptop, tmp_path, "worse", name="taken", seeds=2)
    with pytest.raises(ConflictError, match=r"begun with another seeds.*--name"):
        other.go()


def test_the_seed_with_the_least_validation_loss_is_the_one_to_be_promoted(
    laptop: Laptop, tmp_path: Path
) -> None:
    run = Run(laptop, tmp_path, "better", name="seeds", seeds=3)
    run.jobs.losses = {0: 0.9, 1: 0.2, 2: 0.5}
    report = run.go()
    assert report["chosen_seed"] == 1
    model = laptop.services.tuned_models.get(RunName("seeds"))
    assert Path(model.location).parent.name == "seed-1"
    assert (report["seeds"], report["arms"]["tuned_rag"]["seeds"]) == (3, 3)
    assert any(pair["seed"] == 1 for pair in report["pairs"])


def test_a_training_without_a_model_is_told(laptop: Laptop, tmp_path: Path) -> None:
    run = Run(laptop, tmp_path, "better", name="empty")
    run.jobs.train = lambda job, progress: None  # type: ignore[method-assign, assignment, misc] # noqa: ARG005
    with pytest.raises(PermanentError, match="seed 0 ended without a model"):
        run.go()


class Failing(Scripted):
    """A model that gives up now and then."""

    def generate(self, prompt: Prompt) -> Iterator[str]:
        if "Heron" in prompt.question:
            raise ModelUnavailableError("out of memory")
        yield from super().generate(prompt)


def test_a_model_that_did_not_answer_for_itself_is_not_promoted(
    laptop: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.planted.Scripted", Failing)
    report = Run(laptop, tmp_path, "better", name="failing").go()
    assert report["verdict"] == "not promoted"
    assert "did not answer 2 of 24 times" in report["reason"]


def test_nothing_that_was_asked_is_kept_among_peoples_threads(
    laptop: Laptop, tmp_path: Path
) -> None:
    Run(laptop, tmp_path, "worse", name="quiet").go()
    assert laptop.services.tuned_models.get(RunName("quiet")).status is ModelStatus.NOT_PROMOTED
    reply = laptop.ask("How many seats has the Falcon room?")
    assert reply.turn == 1
    assert not str(reply.thread).startswith("evaluation")


def test_a_dataset_of_other_prompts_is_refused(laptop: Laptop, tmp_path: Path) -> None:
    run = Run(laptop, tmp_path, "better", name="older")
    run.manifest = replace(run.manifest, prompt_version="an-older-one")
    report = run.go()
    assert report["verdict"] == "not promoted"
    assert "prompts of another version" in report["reason"]
