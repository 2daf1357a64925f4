from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulated_aws import refused
from wellread.adapters.aws.step_functions import MachineRuns, WaitingExecutions
from wellread.domain.knowledge.errors import ConflictError, TransientError
from wellread.domain.tune.models import RunName

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:fine-tune"
RUN = RunName("may")


class StepFunctions:
    """Executions by name, as Step Functions would have them."""

    def __init__(self, **statuses: str) -> None:
        self.statuses = dict(statuses)
        self.inputs: dict[str, Any] = {}
        self.told: list[tuple[str, Any]] = []
        self.waiting = {"token"}
        self.error: ClientError | None = None

    def describe_execution(self, **asked: str) -> dict[str, Any]:
        place, _, name = asked["executionArn"].rpartition(":")
        assert place == MACHINE.replace(":stateMachine:", ":execution:")
        if self.error:
            raise self.error
        if name not in self.statuses:
            raise refused("ExecutionDoesNotExist")
        return {**asked, "status": self.statuses[name]}

    def start_execution(self, name: str, **asked: str) -> dict[str, Any]:
        assert asked["stateMachineArn"] == MACHINE
        if name in self.statuses:
            raise refused("ExecutionAlreadyExists")
        self.statuses[name] = "RUNNING"
        self.inputs[name] = json.loads(asked["input"])
        return {}

    def send_task_success(self, output: str, **asked: str) -> None:
        token = asked["taskToken"]
        if token not in self.waiting:
            raise refused("TaskTimedOut")
        self.waiting.remove(token)
        self.told.append((token, json.loads(output)))


def test_a_run_is_started_once_under_its_name() -> None:
    client = StepFunctions()
    runs = MachineRuns(client, MACHINE)
    assert runs.start(RUN, by="person")
    assert not runs.start(RUN, by="schedule")
    assert client.inputs == {"may": {"run": "may", "by": "person"}}


@pytest.mark.parametrize("status", ["RUNNING", "SUCCEEDED"])
def test_a_run_that_goes_on_or_has_ended_well_is_not_started_again(status: str) -> None:
    client = StepFunctions(may=status)
    assert not MachineRuns(client, MACHINE).start(RUN, by="person")
    assert client.inputs == {}


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_a_run_that_broke_goes_on_under_its_name_with_a_number(status: str) -> None:
    client = StepFunctions(may=status)
    runs = MachineRuns(client, MACHINE)
    assert runs.start(RUN, by="person")
    assert client.inputs == {"may_2": {"run": "may", "by": "person"}}
    execution = runs.execution(RUN)
    assert execution is not None
    assert execution["executionArn"].endswith(":may_2")


def test_a_run_that_breaks_every_time_is_given_up_with_a_word() -> None:
    statuses = {"may": "FAILED"} | {f"may_{n}": "FAILED" for n in range(2, 21)}
    with pytest.raises(ConflictError, match="broke every time"):
        MachineRuns(StepFunctions(**statuses), MACHINE).start(RUN, by="person")


def test_a_run_that_nobody_started_has_no_execution() -> None:
    assert MachineRuns(StepFunctions(), MACHINE).execution(RUN) is None


def test_a_service_that_has_no_time_is_asked_again_later() -> None:
    client = StepFunctions()
    client.error = refused("ThrottlingException")
    with pytest.raises(TransientError):
        MachineRuns(client, MACHINE).start(RUN, by="person")


def test_a_step_that_waits_is_told_once() -> None:
    client = StepFunctions()
    waiting = WaitingExecutions(client)
    waiting.go_on("token", {"approved": True})
    assert client.told == [("token", {"approved": True})]
    with pytest.raises(ConflictError, match="no longer waits"):
        waiting.go_on("token", {"approved": False})
