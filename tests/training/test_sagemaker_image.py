"""What a SageMaker job runs, in a folder that looks like `/opt/ml`: the true entry point.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.conftest import Ended, ended, start, wait_for_step, write_dataset
from training import job_packages

ENTRYPOINT = ["/bin/bash", "{root}/input/data/code/training/entry.sh"]
"""ContainerEntrypoint, with `/opt/ml` in place of {root}; there are no ContainerArguments."""

GIVEN = {"recipe": "tiny-random", "seed": "3", "run": "job-1", "base_name": "Tiny"}
FOREVER = {"steps": "5000", "look_every": "5", "patience": "900"}


@pytest.fixture
def root(tmp_path: Path, base: Path) -> Path:
    """What SageMaker lays out before it starts the container."""
    folder = tmp_path / "ml"
    for name in ("input/config", "input/data/model", "input/data/code", "model", "output/data"):
        (folder / name).mkdir(parents=True)
    shutil.copy(base, folder / "input/data/model/base.gguf")
    write_dataset(folder / "input/data/train")
    here = Path(job_packages.__file__).parent
    shutil.copytree(
        here, folder / "input/data/code/training", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


Job = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def job(root: Path) -> Job:
    """Starts the container's entry point with hyperparameters, which are all text."""

    def begin(*, processes: int = 1, **given: str) -> subprocess.Popen[str]:
        values = json.dumps({**GIVEN, **given})
        (root / "input/config/hyperparameters.json").write_text(values, encoding="utf-8")
        return start(
            [],
            [part.format(root=root) for part in ENTRYPOINT],
            WELLREAD_ML_ROOT=str(root),
            WELLREAD_PYTHON=sys.executable,
            WELLREAD_PROCESSES=str(processes),
        )

    return begin


def test_a_job_that_passes_leaves_the_model_where_sagemaker_takes_it(job: Job, root: Path) -> None:
    end = ended(job())

    assert end.code == 0, end.log
    assert (root / "model/merged/model.safetensors").exists()
    assert (root / "model/adapter/adapter_config.json").exists()
    assert (root / "model/model.gguf").exists()
    assert "# job-1" in (root / "model/model-card.md").read_text("utf-8")
    assert json.loads((root / "output/data/metrics.json").read_text("utf-8"))["base"] == "Tiny"
    assert not (root / "output/failure").exists()
    assert end.steps[-1] == 4


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"recipe": "huge"}, "There is no recipe huge."),
        ({"rank": "0"}, "rank must be from 1 to 1024, not '0'"),
        ({"epochs": "3"}, "has epochs, which no recipe has"),
        ({"seed": "one"}, "The seed must be a whole number, not 'one'."),
    ],
)
def test_a_job_that_fails_says_why_where_sagemaker_reads_it(
    job: Job, root: Path, given: dict[str, str], words: str
) -> None:
    end = ended(job(**given))

    assert end.code == 1
    assert words in (root / "output/failure").read_text("utf-8")
    assert not (root / "model/metrics.json").exists()


def test_a_job_without_a_channel_says_which(job: Job, root: Path) -> None:
    shutil.rmtree(root / "input/data/train")

    assert ended(job()).code == 1
    assert "a channel `train`" in (root / "output/failure").read_text("utf-8")


def test_a_job_whose_spot_instance_is_taken_goes_on_on_another(job: Job, root: Path) -> None:
    process = job(**FOREVER)
    wait_for_step(process, 7)
    process.send_signal(signal.SIGTERM)
    taken = ended(process)
    # The next instance finds what SageMaker kept of the checkpoints, and nothing else.
    shutil.rmtree(root / "model")

    process = job(**FOREVER)
    told = wait_for_step(process, 1)
    process.send_signal(signal.SIGTERM)
    ended(process)

    assert taken.code == 143, taken.log
    assert not (root / "output/failure").exists()
    assert told[-1]["step"] > 7


def test_several_processes_share_the_rows_of_a_step(job: Job, root: Path) -> None:
    alone = ended(job(rows_at_once="1"))
    losses = losses_of(root)
    shutil.rmtree(root / "model")
    shutil.rmtree(root / "checkpoints")

    shared = ended(job(processes=2, rows_at_once="1"))

    metrics = json.loads((root / "model/metrics.json").read_text("utf-8"))
    assert (alone.code, shared.code) == (0, 0), shared.log
    assert metrics["processes"] == 2
    assert shared.steps == alone.steps
    assert losses_of(root)[0] == pytest.approx(losses[0], rel=0.5)


def losses_of(root: Path) -> list[float]:
    metrics = json.loads((root / "model/metrics.json").read_text("utf-8"))
    return [loss for _, loss in metrics["losses"]]


def test_rows_that_processes_cannot_share_are_a_failure_in_words(job: Job, root: Path) -> None:
    end = ended(job(processes=2, rows_at_once="2"))

    assert end.code != 0
    assert "cannot be shared by 2 processes" in (root / "output/failure").read_text("utf-8")


def test_an_image_without_the_packages_says_so(root: Path, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    python.chmod(0o755)

    end = run_with(root, python)

    assert end.code == 1
    assert "The image lacks packages" in (root / "output/failure").read_text("utf-8")


def run_with(root: Path, python: Path) -> Ended:
    return ended(
        start(
            [],
            [part.format(root=root) for part in ENTRYPOINT],
            WELLREAD_ML_ROOT=str(root),
            WELLREAD_PYTHON=str(python),
        )
    )


def test_a_job_installs_what_a_laptop_was_tested_with() -> None:
    pins = {
        line
        for line in job_packages.NEEDED.read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    }
    ours = (Path(__file__).parents[2] / "requirements/training.in").read_text("utf-8").splitlines()

    assert pins <= set(ours)
    assert job_packages.missing() == []


def test_the_entry_point_is_within_what_sagemaker_takes() -> None:
    assert len(ENTRYPOINT) <= 100
    assert all(len(part.format(root="/opt/ml")) <= 256 for part in ENTRYPOINT)
