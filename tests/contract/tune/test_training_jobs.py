"""Where models are trained: what the port promises, of a child process that plays train.py.

The true one runs in tests/functional/tune, where its environment is set up.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.waiting import wait_until
from wellread.adapters.training.child_training import ChildTraining
from wellread.domain.knowledge.errors import (
    InvalidConfigurationError,
    PermanentError,
    TransientError,
)
from wellread.domain.tune.models import RunName
from wellread.ports.tune import TrainingJob, TrainingProgress

SAYS_STEPS = """
    import json
    for step in (1, 2):
        print(json.dumps({"step": step, "steps": 2, "loss": 1 / step, "held_out_loss": None}))
    print(json.dumps({"step": 2, "steps": 2, "loss": 0.5, "held_out_loss": 0.25}))
"""
WAITS = """
    import json, os, pathlib, sys, time
    pathlib.Path("pid").write_text(str(os.getpid()))
    print(json.dumps({"step": 1, "steps": 2}), flush=True)
    time.sleep(600)
"""

SERVES = """
import pathlib, sys
sys.path[0] = str(pathlib.Path(__file__).parents[1])
from training.parent import serve_parent
serve_parent(sys.argv)
"""

Playing = Callable[[str], ChildTraining]


@pytest.fixture
def playing(tmp_path: Path) -> Playing:
    """Trainings whose train.py is a few lines of a test."""

    def make(script: str) -> ChildTraining:
        (tmp_path / "training").mkdir()
        (tmp_path / "training/train.py").write_text(textwrap.dedent(script), encoding="utf-8")
        return ChildTraining(tmp_path, Path(sys.executable))

    return make


@pytest.fixture
def job(tmp_path: Path) -> TrainingJob:
    return TrainingJob(
        run=RunName("r-1"),
        dataset=tmp_path / "dataset",
        recipe=tmp_path / "recipe.yaml",
        base=tmp_path / "base.gguf",
        output=tmp_path / "out",
        seed=7,
        overrides={"steps": "2"},
    )


def ignored(_: TrainingProgress) -> None:
    """For tests that are about something else."""


def test_each_step_is_told(playing: Playing, job: TrainingJob) -> None:
    told: list[TrainingProgress] = []

    playing(SAYS_STEPS).train(job, told.append)

    assert told == [
        TrainingProgress(1, 2, 1.0),
        TrainingProgress(2, 2, 0.5),
        TrainingProgress(2, 2, 0.5, 0.25),
    ]


def test_the_job_is_given_whole_with_absolute_paths(
    playing: Playing, job: TrainingJob, tmp_path: Path
) -> None:
    playing("import pathlib, sys; pathlib.Path('given').write_text('\\n'.join(sys.argv))").train(
        job, ignored
    )

    given = (tmp_path / "given").read_text("utf-8").splitlines()[3:]
    assert given == [
        "--run=r-1",
        f"--dataset={tmp_path / 'dataset'}",
        f"--recipe={tmp_path / 'recipe.yaml'}",
        f"--base={tmp_path / 'base.gguf'}",
        f"--output={tmp_path / 'out'}",
        "--seed=7",
        "--set=steps=2",
    ]


def test_no_credentials_are_handed_on(
    playing: Playing, job: TrainingJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLREAD_SLACK_BOT_TOKEN", "secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    playing("import os, pathlib; pathlib.Path('env').write_text(repr(os.environ))").train(
        job, ignored
    )

    assert "secret" not in (tmp_path / "env").read_text("utf-8")


def test_a_failure_is_told_in_the_words_of_the_training(playing: Playing, job: TrainingJob) -> None:
    training = playing("""
        import sys
        print('{"failure": "The disk is full. Free some space."}')
        sys.exit(1)
    """)

    with pytest.raises(PermanentError, match=r"^The disk is full\. Free some space\.$"):
        training.train(job, ignored)


def test_a_training_that_says_nothing_is_told_with_its_log(
    playing: Playing, job: TrainingJob, tmp_path: Path
) -> None:
    with pytest.raises(PermanentError, match=r"said nothing\. Its log is .*training\.log"):
        playing("import torch_that_is_missing").train(job, ignored)

    assert "torch_that_is_missing" in (tmp_path / "out/training.log").read_text("utf-8")


def test_a_training_that_is_killed_is_taken_for_one_without_memory(
    playing: Playing, job: TrainingJob
) -> None:
    with pytest.raises(PermanentError, match="memory ran out"):
        playing("import os; os.kill(os.getpid(), 9)").train(job, ignored)


@pytest.mark.parametrize("end", ["sys.exit(143)", "os.kill(os.getpid(), 15)"])
def test_a_training_that_was_stopped_can_go_on(
    playing: Playing, job: TrainingJob, end: str
) -> None:
    with pytest.raises(TransientError, match="it goes on from its last checkpoint"):
        playing(f"import os, sys; {end}").train(job, ignored)


def test_who_breaks_off_leaves_no_training_behind(
    playing: Playing, job: TrainingJob, tmp_path: Path
) -> None:
    def interrupted(_: TrainingProgress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        playing(WAITS).train(job, interrupted)

    assert not lives(int((tmp_path / "pid").read_text("utf-8")))


@pytest.mark.skipif(sys.platform != "linux", reason="what ends with its parent is Linux's affair")
def test_a_training_ends_with_a_parent_that_is_killed(
    playing: Playing, job: TrainingJob, tmp_path: Path, repository: Path
) -> None:
    playing(SERVES + textwrap.dedent(WAITS))
    shutil.copy(repository / "training/parent.py", tmp_path / "training")
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)]) as parent:
        try:
            pid = tmp_path / "pid"
            wait_until(lambda: pid.exists() and pid.read_text("utf-8") != "")
            child = int(pid.read_text("utf-8"))
            assert lives(child)
        finally:
            parent.kill()

    wait_until(lambda: not lives(child))


PARENT = """
import sys
from pathlib import Path
from wellread.adapters.training.child_training import ChildTraining
from wellread.ports.tune import TrainingJob
folder = Path(sys.argv[1])
job = TrainingJob("r", folder, folder, folder, folder / "out", 0, {})
ChildTraining(folder, Path(sys.executable)).train(job, lambda _: None)
"""


def test_what_is_not_set_up_is_told_with_the_command(job: TrainingJob, tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match="training folder is not beside"):
        ChildTraining(tmp_path, Path(sys.executable)).train(job, ignored)

    (tmp_path / "training").mkdir()
    (tmp_path / "training/train.py").touch()
    with pytest.raises(InvalidConfigurationError, match="Run `make training`"):
        ChildTraining(tmp_path).train(job, ignored)


def lives(process: int) -> bool:
    """Whether a process runs; one that has ended and was not fetched yet does not."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat")
        return not state.exists() or state.read_text("utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
