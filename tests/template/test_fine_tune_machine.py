"""The fine-tuning state machine: its definition holds together and fits what calls it."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.fine_tune.app import STEPS, StepBusyError
from tests.sagemaker.test_training import ORDER, PLAN
from tests.template.cloudformation import Template
from tests.template.machines import definition_of, every_state, substitutions_of, unreached
from wellread.adapters.aws.sagemaker_training import SageMakerTraining
from wellread.services.tune.remote_judging import QUESTIONS

ENDS = {"Ended", "Broken", "Unexplained"}


@pytest.fixture
def definition(tuning: Template, repository: Path) -> dict[str, Any]:
    return definition_of(tuning, "FineTuneStateMachine", repository)


def test_every_substitution_is_given_and_used(tuning: Template, definition: dict[str, Any]) -> None:
    given = tuning.properties("FineTuneStateMachine")["DefinitionSubstitutions"]
    assert substitutions_of(definition) == set(given)


def test_every_state_is_reached_and_every_next_state_is_there(definition: dict[str, Any]) -> None:
    assert unreached(definition) == set()


def test_a_run_ends_in_three_ways_only(definition: dict[str, Any]) -> None:
    states = definition["States"]
    assert {n for n, s in states.items() if s["Type"] in ("Succeed", "Fail")} == ENDS
    assert not any(state.get("End") for state in states.values())


def test_no_failure_goes_unhandled(definition: dict[str, Any]) -> None:
    states = definition["States"]
    for name, state in states.items():
        if state["Type"] in ("Task", "Map"):
            last = state["Catch"][-1]
            assert last["ErrorEquals"] == ["States.ALL"], name
            expected = {"Train": "LookAtFailure", "Explain": "Unexplained"}.get(name, "Explain")
            assert (last["Next"], last["ResultPath"]) == (expected, "$.failure"), name
    assert states["Broken"]["CausePath"] == "$.end.reason"
    assert states["Explain"]["Parameters"]["Payload"]["failure.$"] == "$.failure"


def test_every_task_calls_the_function_again_where_it_was_busy(
    tuning: Template, definition: dict[str, Any]
) -> None:
    timeout = tuning.properties("FineTuneFunction")["Timeout"]
    for task in own_tasks(definition):
        assert task["Parameters"]["FunctionName"] == "${FineTuneFunctionArn}"
        errors = {error for retry in task["Retry"] for error in retry["ErrorEquals"]}
        assert {StepBusyError.__name__, "Lambda.TooManyRequestsException"} <= errors
        assert "TimeoutSecondsPath" in task or task["TimeoutSeconds"] > timeout


def test_every_step_is_one_of_the_functions_and_is_given_what_it_reads(
    definition: dict[str, Any],
) -> None:
    called = {}
    for task in own_tasks(definition):
        payload = task["Parameters"]["Payload"]
        called.setdefault(payload["step"], set()).update(
            key.removesuffix(".$") for key in payload if key not in ("step", "run.$")
        )
    assert called.keys() == STEPS.keys()
    for name, step in STEPS.items():
        read = set(re.findall(r'event\["(\w+)"\]|event\.get\("(\w+)"\)', inspect.getsource(step)))
        given = {one or other for one, other in read}
        # The source of a lambda is the whole table.
        assert called[name] <= given, name


def test_a_job_is_started_with_all_that_the_function_orders(definition: dict[str, Any]) -> None:
    train = definition["States"]["Train"]
    assert train["Resource"] == "arn:aws:states:::sagemaker:createTrainingJob.sync"
    request = SageMakerTraining(None, PLAN).request(ORDER)
    assert train["Parameters"] == {f"{name}.$": f"$.order.request.{name}" for name in request}


def test_what_a_choice_looks_at_is_there(definition: dict[str, Any]) -> None:
    """A path to nothing fails an execution."""
    written = {
        state["ResultPath"] for state in every_state(definition) if state.get("ResultPath")
    } | {catch["ResultPath"] for s in every_state(definition) for catch in s.get("Catch", [])}
    for state in every_state(definition):
        for choice in state.get("Choices", []):
            place, _, field = choice["Variable"].rpartition(".")
            assert place in written
            (task,) = [
                each
                for name, each in definition["States"].items()
                if each.get("ResultPath") == place and name not in ("LookAtFailure", "Promote")
            ]
            assert f"{field}.$" in task["ResultSelector"]


def test_the_map_asks_the_questions_that_were_written_down(definition: dict[str, Any]) -> None:
    asked = definition["States"]["AskQuestions"]
    reader = asked["ItemReader"]
    assert reader["Resource"].endswith(":s3:getObject")
    assert reader["Parameters"]["Key.$"] == (
        "States.Format('fine-tune/{}/{}', $.run, $.questions.name)"
    )
    assert QUESTIONS.endswith(".json")
    # A model that wakes takes longer than an express execution may.
    assert asked["ItemProcessor"]["ProcessorConfig"] == {
        "Mode": "DISTRIBUTED",
        "ExecutionType": "STANDARD",
    }
    assert 1 <= asked["MaxConcurrency"] <= 10
    assert 0 < asked["ToleratedFailurePercentage"] <= 5
    assert asked["ResultPath"] is None


def test_a_model_that_nobody_approves_of_is_refused_in_time(
    tuning: Template, definition: dict[str, Any]
) -> None:
    waits = definition["States"]["AskForApproval"]
    assert waits["Resource"].endswith(".waitForTaskToken")
    assert waits["Parameters"]["Payload"]["token.$"] == "$$.Task.Token"
    assert waits["TimeoutSecondsPath"] == "$.begin.approval_seconds"
    late = waits["Catch"][0]
    assert (late["ErrorEquals"], late["Next"]) == (["States.Timeout"], "NobodyApproved")
    longest = tuning.raw["Parameters"]["FineTuneApprovalDays"]["MaxValue"] * 86_400
    assert definition["TimeoutSeconds"] > longest + 5 * 86_400


def test_whoever_is_asked_or_refuses_gives_a_reason(definition: dict[str, Any]) -> None:
    states = definition["States"]
    for name in ("NotPassed", "NotApproved", "NobodyApproved"):
        assert states[name]["ResultPath"] == "$.refusal"
        assert states[name]["Next"] == "Refuse"
    assert states["Refuse"]["Parameters"]["Payload"]["reason.$"] == "$.refusal.reason"


def test_an_interrupted_training_goes_on_with_another_job(definition: dict[str, Any]) -> None:
    states = definition["States"]
    assert states["Trained"]["Default"] == "WaitForCapacity"
    assert states["WaitForCapacity"]["Next"] == "OrderTraining"


def test_a_promoted_model_is_watched_and_rolled_back(definition: dict[str, Any]) -> None:
    states = definition["States"]
    assert states["Promote"]["Next"] == states["Watched"]["Choices"][0]["Next"] == "WaitAndWatch"
    assert states["WaitAndWatch"]["Seconds"] == 60
    (back,) = [c for c in states["Watched"]["Choices"] if c["StringEquals"] == "roll back"]
    assert back["Next"] == "RollBack"
    assert states["RollBack"]["Parameters"]["Payload"]["reason.$"] == "$.watch.reason"


def test_the_machine_may_do_what_its_definition_asks(tuning: Template) -> None:
    place = "arn:aws:sagemaker:eu-west-1:111122223333:training-job/wellread-*"
    actions = {
        action: resource
        for statement in tuning.statements("FineTuneStateMachineRole")
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert actions["lambda:InvokeFunction"] == "${FineTuneFunction.Arn}"
    for action in ("CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", "AddTags"):
        assert actions[f"sagemaker:{action}"] == place
    assert actions["iam:PassRole"] == "${TrainingRole.Arn}"
    assert actions["events:PutRule"].endswith(
        "rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
    )
    assert actions["states:StartExecution"] == "${FineTuneStateMachine}"


def test_the_machine_has_the_name_that_its_function_starts_it_by(tuning: Template) -> None:
    name = tuning.properties("FineTuneStateMachine")["Name"]
    variables = tuning.properties("FineTuneFunction")["Environment"]["Variables"]
    arn = variables["WELLREAD_FINE_TUNE_STATE_MACHINE"]
    assert arn == f"arn:aws:states:eu-west-1:111122223333:stateMachine:{name}"
    assert "FineTuneStateMachine" not in json.dumps(tuning.properties("FineTuneFunctionRole"))


def own_tasks(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The tasks that call the function."""
    for state in every_state(definition):
        if state["Type"] == "Task" and "lambda:invoke" in state["Resource"]:
            yield state
