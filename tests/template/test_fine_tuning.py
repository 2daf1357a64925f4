"""What the template makes for fine-tuning, and what its roles may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.template.cloudformation import Template
from tests.template.conftest import TEAMS, TUNING
from tests.template.test_roles import allowed
from wellread.domain.tune.remote_runs import MOST_ATTEMPTS, job_name, run_name
from wellread.settings import load_settings

PLACE = "arn:aws:sagemaker:eu-west-1:111122223333"
OF_TUNING = ("Tun", "Train", "Serving", "Approv", "Base", "Containers")


def test_nothing_of_it_is_there_while_it_is_off(template: Template, tuning: Template) -> None:
    more = set(tuning.resources()) - set(template.resources())
    assert not [name for name in template.resources() if name.startswith(("FineTun", "Serving"))]
    assert all(any(word in name for word in OF_TUNING) for name in more), more


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({**TUNING, "TrainingImage": "none"}, "TrainingImage"),
        ({**TUNING, "TrainingBase": ""}, "TrainingBase"),
        ({**TUNING, "ServingImage": "none"}, "ServingImage"),
        ({**TUNING, "ModelEndpoint": "off"}, "TunedEndpoint"),
        ({**TUNING, "TunedEndpoint": "mine"}, "choose one"),
        ({"ModelEndpoint": "on"}, "ServingImage"),
        ({**TUNING, "TrainingSpot": "perhaps"}, "TrainingSpot"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_made(
    deployed: Callable[..., Template], parameters: dict[str, str], says: str
) -> None:
    assert any(says in sentence for sentence in deployed(**parameters).refusals())


def test_what_is_complete_is_accepted(deployed: Callable[..., Template]) -> None:
    elsewhere = {**TUNING, "ModelEndpoint": "off", "TunedEndpoint": "mine"}
    alone = {"ModelEndpoint": "on", "ServingImage": TUNING["ServingImage"]}
    for parameters in (TUNING, elsewhere, alone):
        assert deployed(**parameters).refusals() == []


def test_its_functions_settings_load(tuning: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    for function in ("FineTuneFunction", "ApprovalsFunction"):
        with monkeypatch.context() as environment:
            for name, value in variables_of(tuning, function).items():
                environment.setenv(name, value if isinstance(value, str) else "a-resource")
            settings = load_settings()
        assert settings.approval_secret == "a-resource"
    assert settings.backend == "aws"


def test_the_longest_names_that_can_be_are_names_of_jobs(tuning: Template) -> None:
    longest = tuning.raw["Parameters"]["FineTuneName"]["MaxLength"]
    assert len(job_name("w" * longest, run_name("x" * 32), MOST_ATTEMPTS)) <= 63


def test_the_training_role_writes_results_and_nothing_that_a_later_run_starts_from(
    tuning: Template,
) -> None:
    granted = set(allowed(tuning, "TrainingRole"))
    written = {r for a, r in granted if a == "s3:PutObject"}
    assert written == {
        "${StateBucket.Arn}/fine-tune/*/models/*",
        "${StateBucket.Arn}/fine-tune/*/checkpoints/*",
    }
    assert not [a for a, _ in granted if a.startswith(("iam:", "sagemaker:", "dynamodb:", "sts:"))]


def test_a_served_model_reads_weights_and_no_dataset(tuning: Template) -> None:
    read = {r for a, r in allowed(tuning, "ServingRole") if a == "s3:GetObject"}
    assert read == {
        "${StateBucket.Arn}/fine-tune/base/*",
        "${StateBucket.Arn}/fine-tune/*/models/*",
    }
    models = tuning.resources("AWS::SageMaker::Model").values()
    assert all(model["Properties"]["EnableNetworkIsolation"] for model in models)


def test_roles_are_passed_to_sagemaker_alone(everything: Template) -> None:
    passed = {}
    for role in everything.resources("AWS::IAM::Role"):
        for statement in everything.statements(role):
            if "iam:PassRole" in statement["Action"]:
                assert statement["Condition"] == {
                    "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
                }
                passed[role] = statement["Resource"]
    assert passed == {
        "FineTuneStateMachineRole": ["${TrainingRole.Arn}"],
        "FineTuneFunctionRole": ["${ServingRole.Arn}"],
    }


def test_only_sagemaker_of_this_account_takes_these_roles(tuning: Template) -> None:
    for role in ("TrainingRole", "ServingRole"):
        (trust,) = tuning.properties(role)["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
        assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_who_is_open_to_the_internet_may_tell_a_run_a_word_and_no_more(tuning: Template) -> None:
    granted = set(allowed(tuning, "ApprovalsFunctionRole"))
    assert granted == {
        ("logs:CreateLogStream", "${ApprovalsLogGroup.Arn}"),
        ("logs:PutLogEvents", "${ApprovalsLogGroup.Arn}"),
        ("secretsmanager:GetSecretValue", "${ApprovalSecret.Id}"),
        ("s3:GetObject", "${StateBucket.Arn}/fine-tune/*/note-waiting.json"),
        ("dynamodb:GetItem", "${ThreadsTable.Arn}"),
        ("dynamodb:Query", "${ThreadsTable.Arn}"),
        (
            "states:SendTaskSuccess",
            "arn:aws:states:eu-west-1:111122223333:stateMachine:wellread-fine-tune",
        ),
    }
    (reads,) = [
        s for s in tuning.statements("ApprovalsFunctionRole") if "dynamodb:Query" in s["Action"]
    ]
    # Of the table of threads it sees the models, and no thread.
    assert reads["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["models"]}}


def test_a_link_for_approval_is_the_only_thing_below_its_path(tuning: Template) -> None:
    routes = {
        one["Properties"]["RouteKey"]: one["Properties"]
        for one in tuning.resources("AWS::ApiGatewayV2::Route").values()
    }
    for key in ("GET /approvals/{token}", "POST /approvals/{token}"):
        assert routes[key]["AuthorizationType"] == "NONE"
        assert routes[key]["Target"] == "integrations/${ApprovalsIntegration}"
    assert "/approvals/" not in str(tuning.properties("HttpApiStage")["AccessLogSettings"])


@pytest.mark.parametrize("elsewhere", [False, True])
def test_tuned_models_are_asked_by_who_answers_and_by_who_judges(
    deployed: Callable[..., Template], *, elsewhere: bool
) -> None:
    place = {"ModelEndpoint": "off", "TunedEndpoint": "mine"} if elsewhere else {}
    template = deployed(Slack="on", **TEAMS, **{**TUNING, **place})
    endpoint = "mine" if elsewhere else "${ServingEndpoint.EndpointName}"
    asked = {
        role: {r for a, r in allowed(template, role) if a.startswith("sagemaker:Invoke")}
        for role in template.resources("AWS::IAM::Role")
    }
    both = {f"{PLACE}:endpoint/{endpoint}", f"{PLACE}:inference-component/wellread-*"}
    assert {role: to for role, to in asked.items() if to} == {
        "ApiFunctionRole": both,
        "AnswerFunctionRole": both,
        "FineTuneFunctionRole": both,
    }


def test_who_tunes_reads_what_questions_are_answered_from_and_changes_none_of_it(
    tuning: Template,
) -> None:
    granted = set(allowed(tuning, "FineTuneFunctionRole"))
    written = {r for a, r in granted if a == "s3:PutObject"}
    assert written == {f"${{StateBucket.Arn}}/{part}/*" for part in ("datasets", "fine-tune")}
    of_documents = {a for a, r in granted if r.startswith(("${Documents", "${Vectors"))}
    reads = {"s3:GetObject", "s3:ListBucket", "s3:ListBucketVersions"}
    assert of_documents <= reads | {f"dynamodb:{a}" for a in ("GetItem", "BatchGetItem", "Query")}


def test_a_schedule_and_corrections_start_runs_only_where_they_are_wanted(
    deployed: Callable[..., Template],
) -> None:
    assert {"FineTuneRule", "FineTuneFeedbackRule"}.isdisjoint(deployed(**TUNING).resources())
    wanted = deployed(**TUNING, FineTuneSchedule="rate(30 days)", FineTuneFeedback="20")
    due = {}
    for name in ("FineTuneRule", "FineTuneFeedbackRule"):
        (target,) = wanted.properties(name)["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": ["FineTuneFunction", "Arn"]}
        due[name] = target["Input"]
    assert due == {
        "FineTuneRule": '{"due": "schedule"}',
        "FineTuneFeedbackRule": '{"due": "feedback"}',
    }


def test_the_stacks_own_endpoint_scales_to_zero_and_wakes(tuning: Template) -> None:
    (variant,) = tuning.properties("ServingEndpointConfig")["ProductionVariants"]
    assert variant["ManagedInstanceScaling"]["MinInstanceCount"] == 0
    # Only an endpoint whose models are components can.
    assert "ModelName" not in variant
    assert tuning.properties("BaseScaling")["MinCapacity"] == 0
    wake = tuning.properties("BaseWakeAlarm")
    assert wake["MetricName"] == "NoCapacityInvocationFailures"
    assert wake["AlarmActions"] == [{"Ref": "BaseWakePolicy"}]
    assert wake["Dimensions"] == [{"Name": "InferenceComponentName", "Value": "wellread-base"}]


def test_an_endpoint_without_weights_serves_tuned_models_alone(
    deployed: Callable[..., Template],
) -> None:
    alone = deployed(ModelEndpoint="on", ServingImage=TUNING["ServingImage"]).resources()
    assert "ServingEndpoint" in alone
    assert "BaseComponent" not in alone
    assert "FineTuneFunction" not in alone


def variables_of(template: Template, function: str) -> dict[str, Any]:
    variables: dict[str, Any] = template.properties(function)["Environment"]["Variables"]
    return variables
