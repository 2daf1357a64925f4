"""A run of a deployed stack, started and followed from somebody's machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulated_aws import refused
from wellread.domain.knowledge.errors import InvalidConfigurationError, PermanentError
from wellread.local.deployed import StackOutputs
from wellread.local.fine_tune_stack import CLONE, start_run

MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:wellread-fine-tune"
OUTPUTS = {"FineTuneStateMachineArn": MACHINE, "FineTuneFolder": "s3://state/fine-tune/"}
PROMOTED = {"verdict": "promoted", "reason": "It beats it.", "cost": "0.50 hours"}


class Aws:
    """A state machine whose run ends after some looks, and a bucket."""

    def __init__(self, *ends: dict[str, Any]) -> None:
        self.ends = list(ends)
        self.started = False
        self.objects: dict[str, bytes] = {}
        self.slept: list[float] = []
        self.said: list[str] = []

    def client(self, service: str) -> Aws:
        assert service in ("s3", "stepfunctions")
        return self

    def put_object(self, **asked: Any) -> None:
        assert asked["Bucket"] == "state"
        self.objects[asked["Key"]] = asked["Body"]

    def describe_execution(self, **asked: str) -> dict[str, Any]:
        if not (self.started and asked["executionArn"].endswith(":may")):
            raise refused("ExecutionDoesNotExist")
        return self.ends[0] if len(self.ends) == 1 else self.ends.pop(0)

    def start_execution(self, **asked: str) -> None:
        assert json.loads(asked["input"]) == {"run": "may", "by": "person"}
        self.started = True

    def run(self, clone: Path, outputs: dict[str, str] | None = None) -> Any:
        return start_run(
            "mine",
            "may",
            say=self.said.append,
            clone=clone,
            client=self.client,
            outputs=lambda name: StackOutputs(name, OUTPUTS if outputs is None else outputs),
            sleep=self.slept.append,
        )


def ended(**end: Any) -> dict[str, Any]:
    return {"status": "SUCCEEDED", "output": json.dumps(end)}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("train.py", "entry.sh", "recipes/small.yaml", "__pycache__/train.pyc"):
        file = tmp_path / "training" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path


def test_a_run_gets_the_clones_code_and_is_followed_to_its_end(clone: Path) -> None:
    aws = Aws({"status": "RUNNING"}, {"status": "RUNNING"}, ended(**PROMOTED))
    assert aws.run(clone) == PROMOTED
    assert sorted(aws.objects) == [
        "fine-tune/code/training/entry.sh",
        "fine-tune/code/training/recipes/small.yaml",
        "fine-tune/code/training/train.py",
    ]
    assert len(aws.slept) == 2
    assert aws.said[-1] == "Promoted: It beats it."


def test_a_run_that_goes_on_is_followed_and_its_code_left_alone(clone: Path) -> None:
    aws = Aws({"status": "RUNNING"}, {"status": "RUNNING"}, ended(**PROMOTED))
    aws.started = True
    assert aws.run(clone) == PROMOTED
    assert aws.objects == {}
    assert "already" in aws.said[0]


def test_a_run_that_broke_says_why(clone: Path) -> None:
    aws = Aws({"status": "FAILED", "cause": "No quota. Ask for more."})
    with pytest.raises(PermanentError, match=r"broke: No quota\. Ask for more"):
        aws.run(clone)


def test_a_stack_that_does_not_tune_says_how_it_would(clone: Path) -> None:
    with pytest.raises(InvalidConfigurationError, match="FineTuning on"):
        Aws().run(clone, outputs={})


def test_without_the_code_that_trains_nothing_is_started(tmp_path: Path) -> None:
    aws = Aws(ended(**PROMOTED))
    with pytest.raises(InvalidConfigurationError, match="clone of wellread"):
        aws.run(tmp_path)
    assert not aws.started


def test_the_clone_is_where_the_code_that_trains_is() -> None:
    assert (CLONE / "training" / "train.py").is_file()
