"""The reconcile state machine: its definition holds together and fits what calls it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.template.cloudformation import Template
from tests.template.machines import definition_of, every_state, substitutions_of, unreached


@pytest.fixture
def definition(template: Template, repository: Path) -> dict[str, Any]:
    return definition_of(template, "ReconcileStateMachine", repository)


def test_every_substitution_is_given_and_used(
    template: Template, definition: dict[str, Any]
) -> None:
    used = substitutions_of(definition)
    given = template.properties("ReconcileStateMachine")["DefinitionSubstitutions"]
    assert used == set(given)


def test_every_state_is_reached_and_every_next_state_is_there(definition: dict[str, Any]) -> None:
    assert unreached(definition) == set()


def test_every_task_calls_the_function_again_where_lambda_says_not_now(
    definition: dict[str, Any],
) -> None:
    tasks = [s for s in every_state(definition) if s["Type"] == "Task"]
    assert len(tasks) == 3
    for task in tasks:
        assert task["Parameters"]["FunctionName"] == "${ReconcileFunctionArn}"
        retried = {error for retry in task["Retry"] for error in retry["ErrorEquals"]}
        assert "States.ALL" in retried
        assert sum(retry["MaxAttempts"] for retry in task["Retry"]) >= 5


def test_a_task_waits_longer_than_the_function_may_run(
    template: Template, definition: dict[str, Any]
) -> None:
    function = template.properties("ReconcileFunction")["Timeout"]
    for task in every_state(definition):
        if task["Type"] == "Task":
            assert task["TimeoutSeconds"] > function
    # A part of the map is an express execution, which five minutes end.
    assert function < 300


def test_the_map_goes_over_the_bucket_in_parts_that_fit_an_execution(
    definition: dict[str, Any],
) -> None:
    over = definition["States"]["CheckObjects"]
    assert over["ItemReader"]["Resource"].endswith(":s3:listObjectsV2")
    assert over["ItemReader"]["Parameters"] == {"Bucket": "${DocumentsBucket}"}
    assert over["ItemProcessor"]["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
    assert over["ItemBatcher"]["MaxItemsPerBatch"] == 500
    assert over["ItemBatcher"]["MaxInputBytesPerBatch"] <= 256 * 1024
    assert 1 <= over["MaxConcurrency"] <= 100
    assert 0 < over["ToleratedFailurePercentage"] <= 10
    # Of millions of objects, what the parts return is more than an execution can hold.
    assert over["ResultWriter"]["Parameters"]["Bucket"] == "${StateBucket}"
    assert over["ResultPath"] is None


def test_the_pages_end_when_there_is_no_next_key(definition: dict[str, Any]) -> None:
    states = definition["States"]
    page = states["ComparePage"]
    assert page["Parameters"]["Payload"]["page.$"] == "$.page"
    assert page["ResultSelector"] == {"after.$": "$.Payload.next"}
    (again,) = states[page["Next"]]["Choices"]
    assert again == {"Variable": "$.page.after", "IsString": True, "Next": "ComparePage"}
    assert states[page["Next"]]["Default"] == "Report"


def test_a_map_that_failed_is_told_to_the_report_and_ends_nothing(
    definition: dict[str, Any],
) -> None:
    states = definition["States"]
    (caught,) = states["CheckObjects"]["Catch"]
    assert caught["ErrorEquals"] == ["States.ALL"]
    assert caught["Next"] == states["CheckObjects"]["Next"]
    assert states["Report"]["Parameters"]["Payload"]["report"]["map.$"] == caught["ResultPath"]
    # It is there, empty, where nothing failed: a path to nothing fails an execution.
    first = states[definition["StartAt"]]
    assert (first["ResultPath"], first["Result"]) == (caught["ResultPath"], {})


def test_the_machine_may_do_what_its_definition_asks(template: Template) -> None:
    actions = {
        action: resource
        for statement in template.statements("ReconcileStateMachineRole")
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert actions["lambda:InvokeFunction"] == "${ReconcileFunction.Arn}"
    assert actions["s3:ListBucket"] == "${DocumentsBucket.Arn}"
    assert actions["s3:PutObject"] == "${StateBucket.Arn}/reconcile/*"
    assert actions["states:StartExecution"] == "${ReconcileStateMachine}"
