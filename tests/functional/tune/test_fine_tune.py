"""`wellread fine-tune`: real documents, dataset and services; training and models are scripts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import click
import filelock
import pytest
from click.testing import CliRunner

from tests.laptop import QuotingGenerator, WordEmbedder, shared_reader
from tests.planted import ROOMS, SEATS, Planting, ScriptedSpeakers, questions
from wellread.bootstrap import embedded
from wellread.domain.ask.answers import Citation
from wellread.domain.ask.reviewed import ReviewedAnswer, ReviewedId
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.knowledge.errors import ConflictError, InvalidConfigurationError
from wellread.domain.tune.models import ModelStatus
from wellread.local.cli import cli
from wellread.local.data_folder import remember
from wellread.local.tuning import pictures
from wellread.local.tuning.knowledge import Knowledge, of_data_folder, of_set, reviewed_questions
from wellread.local.tuning.recipes import recipe_facts
from wellread.local.tuning.run import Finished, Wanted, Workshop, fine_tune
from wellread.services.ask.drafting import Generators
from wellread.settings import Settings

BIRDS = ("Amsel", "Drossel", "Star", "Rabe", "Elster", "Dohle", "Specht", "Kauz")


def build(settings: Settings) -> embedded.EmbeddedServices:
    # A script cannot judge sentences, as small models cannot.
    services = embedded.EmbeddedServices(settings.model_copy(update={"verifier": "words"}))
    embedder = WordEmbedder()
    services.adapters.load_embedder = lambda _: embedder
    services.adapters.file_parser = shared_reader()
    services.generators = Generators(quoting=QuotingGenerator())
    return services


def write_set(folder: Path) -> Path:
    """Rooms that are asked about, and halls to learn from."""
    documents = folder / "docs"
    for room, seats in SEATS.items():
        path = documents / "rooms" / f"{room.lower()}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {room}\n\nThe {room} room has {seats} seats.\n", encoding="utf-8")
    for number, bird in enumerate(BIRDS):
        path = documents / "halls" / f"{bird.lower()}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"# {bird} hall\n\n## Booking\n\nThe {bird} hall is booked {number + 3} days before "
            f"at the desk of the {bird} caretaker.\n\n## Heating\n\nThe heating of the {bird} hall "
            f"is switched on at {number + 6} o'clock on weekdays.\n",
            encoding="utf-8",
        )
    lines = [
        json.dumps(
            {
                "id": each.id,
                "question": each.text,
                "answerable": each.answerable,
                "answers": list(each.answers),
                "gold": list(each.gold),
                "related": list(each.related),
            }
        )
        for each in questions()
    ]
    (folder / "questions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


@dataclass
class Bench:
    """A set, and what trains and runs models on it."""

    folder: Path
    candidate: str = "better"
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.set = write_set(self.folder / "library")
        self.data = self.folder / "data"
        self.out = self.folder / "out"
        self.speakers = ScriptedSpeakers()
        self.recipe = self.folder / "quick.yaml"
        self.recipe.write_text(
            "steps: 3\ndataset_rows: 12  # few\npassage_characters: 1200\n", encoding="utf-8"
        )
        (self.folder / "base.gguf").write_text("base", encoding="utf-8")

    def knowledge(self) -> Knowledge:
        return of_set(self.set, self.out, None, self.data, build=build)

    def run(self, *, draw: pictures.Draw = lambda *_: [], **options: Any) -> Finished:
        self.jobs = Planting(self.candidate)
        workshop = Workshop(
            self.jobs,
            speakers=lambda _: self.speakers,
            model_file=lambda name, _: (self.folder / f"{name}.gguf", name),
            draw=draw,
        )
        wanted = Wanted(
            **{
                "knowledge": self.knowledge(),
                "recipe": recipe_facts(str(self.recipe)),
                "base": "base",
                "out": self.out,
                **options,
            }
        )
        return fine_tune(wanted, workshop, self.said.append)


@dataclass
class FirstRun:
    """A run that promoted its candidate."""

    bench: Bench
    finished: Finished


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> FirstRun:
    bench = Bench(tmp_path_factory.mktemp("tuned"))
    return FirstRun(bench, bench.run(draw=pictures.draw, name="run-1"))


def test_a_run_says_first_what_it_will_do_and_how_long_it_takes(first: FirstRun) -> None:
    said = first.bench.said
    assert said[0].startswith("Run run-1: build a dataset of about 12 rows out of library")
    assert "On two idle processor cores that takes about" in said[1]
    assert any(line.startswith("Train seed 0") and "left." in line for line in said)


def test_a_better_candidate_is_promoted_and_answers(first: FirstRun) -> None:
    assert first.finished.report["verdict"] == "promoted"
    services = build(first.bench.knowledge().settings)
    try:
        model = services.tuned_models.answering()
        assert model is not None
        assert (model.run, model.status) == ("run-1", ModelStatus.PROMOTED)
        assert model.passage_characters == 1200
        assert Path(model.location).is_file()
    finally:
        services.close()


def test_what_is_asked_about_is_not_learnt(first: FirstRun) -> None:
    dataset = first.finished.report["dataset"]
    assert not any(name.startswith("rooms/") for name in dataset["documents"])
    assert {f"rooms/{room.lower()}.md" for room in ROOMS} <= set(dataset["held_out"])
    assert dataset["passage_characters"] == 1200


def test_everything_that_others_read_is_written(first: FirstRun) -> None:
    out = first.bench.out
    assert {path.name for path in out.iterdir()} == {
        "report.json",
        "report.md",
        "comparison.png",
        "runs.jsonl",
    }
    assert json.loads((out / "report.json").read_text(encoding="utf-8"))["model"] == "run-1"
    lines = (out / "report.md").read_text(encoding="utf-8").splitlines()
    assert lines[2].startswith("**Promoted.**")
    assert (out / "comparison.png").read_bytes().startswith(b"\x89PNG")
    line = json.loads((out / "runs.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert line.keys() >= {
        "id",
        "arm",
        "seed",
        "answer",
        "declined",
        "citations",
        "correct",
        "cited",
    }


def test_steps_are_shown_with_what_they_took(first: FirstRun) -> None:
    table = first.finished.table
    assert table[1].startswith("build the dataset")
    assert any(line.startswith("train seed 0") for line in table)
    assert table[-1].startswith("all")


def test_the_copy_of_the_dataset_goes_once_the_run_has_ended(first: FirstRun) -> None:
    assert not (first.bench.data / "fine-tuning" / "run-1" / "dataset").exists()


def test_the_same_command_says_the_same_again_and_trains_nothing(first: FirstRun) -> None:
    again = first.bench.run(name="run-1")
    assert again.report == first.finished.report
    assert first.bench.jobs.trained == []


def test_a_name_is_made_of_what_the_run_is(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "worse")
    one, other = bench.run(limit=20), bench.run(limit=20)
    assert one.report["run"] == other.report["run"]
    assert one.report["run"].startswith("quick-")
    bench.recipe.write_text("steps: 4\ndataset_rows: 12\n", encoding="utf-8")
    assert bench.run(limit=20).report["run"] != one.report["run"]


def test_two_runs_do_not_get_in_each_others_way(first: FirstRun) -> None:
    lock = filelock.FileLock(first.bench.data / "fine-tuning.lock")
    with lock, pytest.raises(ConflictError, match="under way"):
        first.bench.run(name="run-1")


def test_another_run_over_a_set_is_measured_against_the_base_model(first: FirstRun) -> None:
    report = first.bench.run(name="run-2").report
    assert (report["incumbent"], report["verdict"]) == ("rag", "promoted")


def test_a_knowledge_base_is_learnt_from_where_it_is(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with bench.knowledge().open() as services:
        assert services.tuned_models.list() == []
    remember(bench.data, bench.set / "docs")
    knowledge = of_data_folder(bench.data, ())
    assert (knowledge.held_out, knowledge.audiences) == (None, frozenset({"everyone"}))
    with knowledge.open() as opened:
        assert len(knowledge.fingerprint(opened)) == len(ROOMS) + len(BIRDS)


def test_without_a_set_a_share_of_the_documents_is_kept_out_and_asked_about(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    with bench.knowledge().open():
        remember(bench.data, bench.set / "docs")
    knowledge = of_data_folder(bench.data, ())

    @contextlib.contextmanager
    def opened() -> Iterator[embedded.EmbeddedServices]:
        services = build(knowledge.settings)
        yield services
        services.close()

    report = bench.run(knowledge=replace(knowledge, open=opened), seeds=2).report
    asked = report["arms"]["tuned_rag"]["questions"]
    assert 0 < asked == report["arms"]["rag"]["questions"]
    assert report["dataset"]["held_out"]
    assert not set(report["dataset"]["held_out"]) & set(report["dataset"]["documents"])
    assert report["set"] == str(bench.data)


def test_what_people_asked_and_somebody_reviewed_is_asked_too() -> None:
    citation = Citation(DocumentId("rules.md"), RevisionId("r1"), 0, 4, "Once", None, "", "Rules")
    answer = ReviewedAnswer(
        ReviewedId("1"), "How often?", (), "Once. [1]", (citation,), "Ann", 0.0, 1.0
    )
    [question] = reviewed_questions([answer], frozenset({"rules.md", "rooms.md"}))
    assert (question.id, question.answers, question.gold) == (
        "reviewed-1",
        ("Once. [1]",),
        ("rules.md",),
    )
    assert reviewed_questions([answer], frozenset({"rooms.md"})) == []


def test_a_recipe_is_found_by_name_or_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("steps: 7\nlearning_rate: 1.0e-3\n", encoding="utf-8")
    found = recipe_facts(str(path))
    assert (found.name, found.steps, found.rows, found.passage_characters) == (
        "mine",
        7,
        200,
        2400,
    )
    with pytest.raises(InvalidConfigurationError, match="no recipe 'unheard-of'"):
        recipe_facts("unheard-of")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--injection", "x"], "--injection goes with --set"),
        (["--set", "x", "--as", "hr"], "--as is of your own knowledge base"),
        (["--name", "a b"], "--name takes letters, digits and hyphens"),
        (["--seeds", "0"], "--seeds"),
        (["--stack", "wellread"], "--stack goes with --name alone"),
        (["--recipe", "unheard-of"], "no recipe"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_done(
    options: list[str], why: str, tmp_path: Path
) -> None:
    result = CliRunner().invoke(cli, ["fine-tune", "--data", str(tmp_path / "none"), *options])
    said = result.output + str(result.exception or "")
    assert why in said
    assert not isinstance(result.exception, click.exceptions.Exit)
    assert not (tmp_path / "none").exists()


@pytest.fixture
def finishing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Has the command find a run that ended in one way or the other."""

    def end(verdict: str) -> None:
        report = {"verdict": verdict, "reason": "So it was measured."}
        (tmp_path / "report.md").write_text(f"**{verdict}**", encoding="utf-8")
        finished = Finished(report, tmp_path, ["report.md"], ["step  took"])
        monkeypatch.setattr("wellread.local.tuning.command.fine_tune", lambda *_: finished)

    return end


@pytest.mark.parametrize(("verdict", "code"), [("promoted", 0), ("not promoted", 4)])
def test_the_exit_code_says_whether_it_was_promoted(
    verdict: str, code: int, finishing: Callable[[str], None], tmp_path: Path
) -> None:
    finishing(verdict)
    recipe = tmp_path / "quick.yaml"
    recipe.write_text("steps: 1\n", encoding="utf-8")
    arguments = ["fine-tune", "--data", str(tmp_path), "--recipe", str(recipe)]
    shown = CliRunner().invoke(cli, arguments)
    assert shown.exit_code == code
    assert shown.stdout.splitlines()[-1] == f"{verdict.capitalize()}. So it was measured."
    as_json = CliRunner().invoke(cli, [*arguments, "--json"])
    assert as_json.exit_code == code
    assert json.loads(as_json.stdout)["verdict"] == verdict


@pytest.mark.parametrize(("verdict", "code"), [("promoted", 0), ("not promoted", 4)])
def test_a_stack_does_the_run_where_one_is_named(
    verdict: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start_run(stack: str, name: str, *, say: Callable[[str], None]) -> dict[str, Any]:
        say(f"{name} is under way in {stack}.")
        return {"verdict": verdict, "reason": "So it was measured.", "cost": 1.0}

    monkeypatch.setattr("wellread.local.fine_tune_stack.start_run", start_run)
    result = CliRunner().invoke(cli, ["fine-tune", "--stack", "library", "--name", "run-9"])
    assert result.exit_code == code
    assert result.output.splitlines() == [
        "run-9 is under way in library.",
        f"{verdict.capitalize()}. So it was measured.",
    ]
