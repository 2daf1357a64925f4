"""What a training is given: read, checked, and refused in words before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.training.conftest import arguments
from training.failures import TrainingError
from training.job import job_from
from training.recipe import FOLDER, recipe_from, recipe_of


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_every_recipe_that_is_shipped_can_be_taken(name: str) -> None:
    recipe = recipe_from(name, {})

    assert recipe.name == name
    assert recipe.about.endswith(".")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--recipe=none"], "There is no recipe none."),
        (["--set=speed=9"], "has speed, which no recipe has"),
        (["--set=learning_rate=7"], "learning_rate must be from 1e-07 to 1, not '7'"),
        (["--set=steps=2.5"], "steps must be a whole number"),
        (["--set=layers=lower"], "layers must be all or upper-half"),
        (["--set=rows_at_once=3"], "no multiple of rows_at_once"),
        (["--set=merged=perhaps"], "merged must be true or false"),
        (["--set=steps"], "--set takes NAME=VALUE"),
        (["--base=nowhere.gguf"], "There is no base model at nowhere.gguf."),
        (["--dataset=nowhere"], "There is no train.jsonl in nowhere."),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(
    base: Path, dataset: Path, tmp_path: Path, more: list[str], words: str
) -> None:
    with pytest.raises(TrainingError) as refused:
        job_from(arguments(base, dataset, tmp_path / "out", *more))

    assert words in str(refused.value)


def test_a_recipe_that_lacks_a_value_or_is_no_yaml_is_refused(tmp_path: Path) -> None:
    values = yaml.safe_load((FOLDER / "tiny-cpu.yaml").read_text("utf-8"))
    del values["rank"]
    with pytest.raises(TrainingError, match="lacks rank"):
        recipe_of({"name": "mine", **values}, "mine.yaml")

    broken = tmp_path / "broken.yaml"
    broken.write_text("steps: [", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"broken\.yaml is no YAML"):
        recipe_from(str(broken), {})


def test_a_number_that_yaml_takes_for_text_is_a_number(tmp_path: Path) -> None:
    text = (FOLDER / "tiny-cpu.yaml").read_text("utf-8").replace("1.0e-3", "1e-3")
    mine = tmp_path / "mine.yaml"
    mine.write_text(text, encoding="utf-8")

    assert recipe_from(str(mine), {}).learning_rate == 0.001


def test_a_sagemaker_job_is_given_by_its_folders(
    base: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "ml"
    (root / "input/config").mkdir(parents=True)
    (root / "input/data/model").mkdir(parents=True)
    (root / "input/data/model/base.gguf").write_bytes(base.read_bytes())
    dataset.rename(root / "input/data/train")
    given = {"recipe": "tiny-random", "seed": "7", "run": "r-1", "steps": "9", "sagemaker_x": "1"}
    (root / "input/config/hyperparameters.json").write_text(json.dumps(given), "utf-8")
    monkeypatch.setenv("WELLREAD_ML_ROOT", str(root))

    job = job_from([])

    assert (job.run, job.seed, job.recipe.steps) == ("r-1", 7, 9)
    assert job.dataset == root / "input/data/train"
    assert job.base == root / "input/data/model/base.gguf"
    assert job.output == root / "model"
    assert job.checkpoints == root / "checkpoints"
    assert job.results == root / "output/data"


def test_where_an_image_names_the_folders_these_are_taken(
    base: Path, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no-job/input").mkdir(parents=True)
    monkeypatch.setenv("SM_CHANNEL_TRAIN", str(dataset))
    monkeypatch.setenv("SM_MODEL_DIR", str(tmp_path / "model"))

    job = job_from([f"--base={base}", "--recipe=tiny-random"])

    assert (job.dataset, job.output) == (dataset, tmp_path / "model")
