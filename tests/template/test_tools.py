"""What the tools of AWS say of the template. Without `make validate` these tests are skipped."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stack_local.builder import sam_environment
from stack_local.environments import SAM


@pytest.fixture(autouse=True)
def _tools() -> None:
    if not SAM.ready:
        pytest.skip("needs the SAM CLI in .venv-sam: run `make validate` once")


@pytest.mark.parametrize(
    "command",
    [["sam", "validate", "--lint"], ["cfn-lint", "--format", "parseable", "--", "template.yaml"]],
    ids=["sam", "cfn-lint"],
)
def test_the_template_is_valid_and_clean(repository: Path, command: list[str]) -> None:
    done = run(repository, command)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["reconcile", "fine_tune"])
def test_a_state_machines_definition_is_valid(repository: Path, tmp_path: Path, name: str) -> None:
    definition = json.loads((repository / f"statemachines/{name}.asl.json").read_text("utf-8"))
    assert lint_of(repository, tmp_path, definition) == []


def test_a_state_machine_with_a_mistake_is_not_valid(repository: Path, tmp_path: Path) -> None:
    definition = json.loads((repository / "statemachines/reconcile.asl.json").read_text("utf-8"))
    definition["States"]["ComparePage"]["Retry"][0]["MaxAttempts"] = "often"
    (finding,) = lint_of(repository, tmp_path, definition)
    assert "often" in finding["Message"]


def lint_of(repository: Path, folder: Path, definition: dict[str, Any]) -> list[dict[str, Any]]:
    """What cfn-lint says of a definition: it looks into those that a template holds itself."""
    name = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/machine"}
    properties = {"RoleArn": name, "Definition": definition}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    template = folder / "machine.json"
    template.write_text(json.dumps({"Resources": {"Machine": machine}}), encoding="utf-8")
    done = run(repository, ["cfn-lint", "--format", "json", "--", str(template)])
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def run(repository: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SAM.program(command[0])), *command[1:]],
        cwd=repository,
        env=sam_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
