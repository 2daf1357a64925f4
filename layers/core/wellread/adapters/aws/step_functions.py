"""Runs of the fine-tuning state machine: started, and told what somebody decided."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from wellread.adapters.aws.service_errors import Resource, code_of
from wellread.domain.knowledge.errors import ConflictError
from wellread.domain.tune.models import RunName

_SETTING = "WELLREAD_FINE_TUNE_STATE_MACHINE"
_GONE = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})
_STILL, _WELL = "RUNNING", "SUCCEEDED"
_MOST_TRIES = 20


class WaitingExecutions:
    """A `HeldSteps`: steps of an execution that wait for a token.

    Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html
    """

    def __init__(self, client: Any):
        """Tell them through a client of Step Functions."""
        self._client = client
        self._resource = Resource("state machine", "of fine-tuning", _SETTING)

    def go_on(self, token: str, word: Mapping[str, Any]) -> None:
        with self._resource.errors():
            try:
                self._client.send_task_success(taskToken=token, output=json.dumps(dict(word)))
            except ClientError as error:
                if code_of(error) in _GONE:
                    raise ConflictError(
                        "This run no longer waits for a word: it was decided, or waited too long."
                    ) from None
                raise


class MachineRuns:
    """A `RunStarter`: an execution has the run's name.

    A name can be used once in 90 days, so a run that broke goes on as `<run>_2` and so forth.

    Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
    """

    def __init__(self, client: Any, machine: str):
        """Start executions of a state machine, by ARN, through a client of Step Functions."""
        self._client = client
        self._machine = machine
        self._resource = Resource("state machine", machine, _SETTING)

    def start(self, run: RunName, *, by: str) -> bool:
        for number in range(1, _MOST_TRIES + 1):
            name = _name(run, number)
            found = self._described(name)
            if found is None:
                return self._started(name, run, by)
            if found["status"] in (_STILL, _WELL):
                return False
        raise ConflictError(
            f"The run {run} was started {_MOST_TRIES} times and broke every time. Mend what its "
            "last execution says, and start a run of another name."
        )

    def execution(self, run: RunName) -> Mapping[str, Any] | None:
        """A run's newest execution, as Step Functions describes it; None where there is none."""
        newest = None
        for number in range(1, _MOST_TRIES + 1):
            found = self._described(_name(run, number))
            if found is None:
                break
            newest = found
        return newest

    def _started(self, name: str, run: RunName, by: str) -> bool:
        with self._resource.errors():
            try:
                self._client.start_execution(
                    stateMachineArn=self._machine,
                    name=name,
                    input=json.dumps({"run": run, "by": by}),
                )
            except ClientError as error:
                if code_of(error) == "ExecutionAlreadyExists":  # somebody else was quicker
                    return False
                raise
        return True

    def _described(self, name: str) -> Mapping[str, Any] | None:
        execution = f"{self._machine.replace(':stateMachine:', ':execution:')}:{name}"
        with self._resource.errors():
            try:
                found: Mapping[str, Any] = self._client.describe_execution(executionArn=execution)
            except ClientError as error:
                if code_of(error) == "ExecutionDoesNotExist":
                    return None
                raise
        return found


def _name(run: RunName, number: int) -> str:
    """An execution's; runs have no underscore, so that none is another run's first."""
    return run if number == 1 else f"{run}_{number}"
