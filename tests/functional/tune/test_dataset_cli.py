"""`wellread dataset` makes datasets, shows them, and says what a document entered."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chat_server import ChatServer, Exchange, running_chat_server, stream
from tests.harbours import documents
from tests.laptop import Laptop
from tests.tuned import tuned_model
from wellread import bootstrap
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.tune.manifests import MANIFEST, TRAIN, VALIDATION
from wellread.domain.tune.models import RunName
from wellread.local.cli import main


@dataclass
class Ended:
    """How the command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def harbours(laptop: Laptop) -> Laptop:
    for key, text in documents():
        laptop.write(key, text)
    laptop.work()
    return laptop


@pytest.fixture
def run(
    harbours: Laptop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    # The command opens the folder by itself; the real embedder would look for other vectors.
    monkeypatch.setattr("wellread.bootstrap.models.load_embedder", harbours.adapters.load_embedder)

    def ended(*arguments: str) -> Ended:
        where = ["--data", str(harbours.settings.data)]
        monkeypatch.setattr(sys, "argv", ["wellread", "dataset", *arguments, *where])
        code = 0
        try:
            main()
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        bootstrap.install(harbours.services)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return ended


def test_a_dataset_is_built_shown_and_traced(harbours: Laptop, run: Run, tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    asked = {"id": "1", "question": "How many boats?", "answers": ["18"], "gold": ["delft.md"]}
    questions.write_text(json.dumps(asked) + "\n")
    folder = tmp_path / "rows"

    built = run(
        "build", "--rows", "12", "--questions", str(questions), "--out", str(folder), "--seed", "4"
    )
    assert built.code == 0, built.err
    plan, teacher, *_ = built.out.splitlines()
    assert plan.startswith("Making a dataset of up to 12 rows out of what everyone may read")
    assert "nothing is sent anywhere" in teacher
    assert {path.name for path in folder.iterdir()} == {TRAIN, VALIDATION, MANIFEST}
    manifest = json.loads((folder / MANIFEST).read_text())
    assert manifest["held_out"] == ["delft.md"]

    shown = run("show", manifest["dataset"])
    assert "12 rows of" in shown.out
    assert "held-out documents" in shown.out
    assert manifest["dataset"] in run("show").out
    assert json.loads(run("show", "--json").out)[0] == manifest

    seen = sorted(manifest["documents"])[0]
    harbours.services.tuned_models.register(
        tuned_model(RunName("run-1"), dataset=manifest["dataset"])
    )
    traced = json.loads(run("trace", seen, "--json").out)
    assert [each["dataset"] for each in traced["datasets"]] == [manifest["dataset"]]
    assert [(each["run"], each["saw_erased"]) for each in traced["models"]] == [("run-1", False)]
    assert "entered no dataset" in run("trace", "delft.md").out
    assert "run-1  candidate" in run("trace", seen).out


def test_a_program_reads_but_the_manifest(run: Run) -> None:
    built = run("build", "--rows", "6", "--json")

    assert json.loads(built.out)["counts"]["train"] == 6
    assert "Making a dataset" in built.err


def test_what_a_deleted_document_said_goes_out_of_datasets_and_its_models_are_marked(
    harbours: Laptop, run: Run
) -> None:
    manifest = json.loads(run("build", "--rows", "24", "--json").out)
    counts: dict[str, int] = {}
    stored = harbours.services.stored_datasets
    for line in stored.lines(manifest["dataset"], TRAIN):
        for name in json.loads(line)["sources"]:
            counts[name] = counts.get(name, 0) + 1
    gone = DocumentId(max(counts, key=lambda name: (counts[name], name)))
    models = harbours.services.tuned_models
    models.register(tuned_model(RunName("saw-it"), dataset=manifest["dataset"]))
    models.register(tuned_model(RunName("another"), dataset="dataset-other"))

    harbours.delete(gone)
    harbours.work()
    harbours.services.sweeping.sweep(grace_seconds=-1.0)

    after = stored.get(manifest["dataset"])
    assert gone not in after.documents
    assert after.erased == {gone}
    assert after.counts["erased"] >= counts[gone]
    left = [json.loads(line) for line in stored.lines(manifest["dataset"], TRAIN)]
    assert left
    assert all(gone not in {row["document"], *row["sources"]} for row in left)
    assert models.get(RunName("saw-it")).saw_erased == {gone}
    assert models.get(RunName("another")).saw_erased == frozenset()
    traced = json.loads(run("trace", gone, "--json").out)
    assert traced["datasets"] == [{"dataset": manifest["dataset"], "erased": True}]
    assert traced["models"][0]["saw_erased"] is True
    assert "learnt from the document before that was deleted" in run("trace", gone).out
    assert gone not in json.loads(run("build", "--rows", "24", "--json").out)["documents"]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with running_chat_server() as running:
        monkeypatch.setenv("WELLREAD_TEACHER", running.url)
        monkeypatch.setenv("WELLREAD_TEACHER_MODEL", "master")
        monkeypatch.setenv("WELLREAD_TEACHER_REQUESTS", "9")
        yield running


def test_a_teacher_behind_an_address_is_asked_within_its_budget(
    run: Run, server: ChatServer
) -> None:
    def teach(exchange: Exchange) -> None:
        told = json.loads(exchange.server.requests[-1][2]["messages"][-1]["content"])
        sentence = next((line for line in told["passage"].splitlines() if line.endswith(".")), "")
        name = told["title"].rpartition(" ")[2]
        question = f"What about the {' and the '.join(sentence.split()[-3:])} in {name}?"
        entry = {"question": question, "answer": sentence, "span": sentence}
        stream(json.dumps({"questions": [entry]}))(exchange)

    server.behaviour = teach

    built = run("build", "--rows", "20", "--json")

    assert built.code == 0, built.err
    assert "which is sent passages of these documents: at most 9 requests" in built.err
    manifest = json.loads(built.out)
    assert manifest["made_by"] == "teacher:master"
    assert manifest["cost"]["requests"] == 9.0 == len(server.requests)
    assert manifest["cost"]["budget_spent"] == 1.0
    assert 0 < manifest["counts"]["train"] <= 9


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"TEACHER": "somebody"}, 'WELLREAD_TEACHER is "somebody"'),
        ({"TEACHER": "model"}, "no model is configured to ask"),
        ({"TEACHER": "http://127.0.0.1:9/v1"}, "WELLREAD_TEACHER_MODEL is not set"),
        (
            {"TEACHER": "http://127.0.0.1:9", "TEACHER_MODEL": "m", "TEACHER_DOLLARS": "2"},
            "there are no prices",
        ),
    ],
)
def test_a_teacher_that_is_not_one_is_told_of_before_anything_is_made(
    run: Run, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], said: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"WELLREAD_{name}", value)

    ended = run("build")

    assert ended.code == 2
    assert said in ended.err


def test_questions_that_cannot_be_read_are_told_of(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(b"\xff\xfe\x00")

    ended = run("build", "--questions", str(path))

    assert ended.code == 2
    assert "cannot be read as UTF-8 text" in ended.err
    assert run("show", "dataset-none").code == 2
