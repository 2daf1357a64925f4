"""The template refuses what cannot work, before anything is made."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.template.cloudformation import Template
from tests.template.conftest import TEAMS
from wellread.bootstrap.host_words import STACK

JWT = {"JwtIssuer": "https://login.example.com", "JwtAudience": "wellread"}


def test_the_defaults_are_accepted_and_close_the_api(template: Template) -> None:
    assert template.refusals() == []
    assert template.properties("HttpApiRoute")["AuthorizationType"] == "AWS_IAM"
    assert "HttpApiAuthorizer" not in template.resources()


def test_the_parameters_that_people_are_told_of_exist(template: Template) -> None:
    named = set(re.findall(r"\bGenerator\w*", STACK.no_model))
    assert named == {"Generator", "GeneratorModel"}
    assert named <= template.raw["Parameters"].keys()


def test_tokens_of_the_named_issuer_open_the_api(deployed: Callable[..., Template]) -> None:
    template = deployed(ApiAuth="jwt", **JWT)
    assert template.refusals() == []
    route = template.properties("HttpApiRoute")
    assert route["AuthorizationType"] == "JWT"
    assert route["AuthorizerId"] == {"Ref": "HttpApiAuthorizer"}
    assert template.properties("HttpApiAuthorizer")["JwtConfiguration"] == {
        "Issuer": JWT["JwtIssuer"],
        "Audience": [JWT["JwtAudience"]],
    }


def test_slack_is_off_unless_it_is_switched_on(deployed: Callable[..., Template]) -> None:
    assert not deployed().condition("AnswersInSlack")
    assert deployed(Slack="on").condition("AnswersInSlack")
    assert any("Slack" in said for said in deployed(Slack="yes").refusals())


def test_teams_is_off_unless_it_is_switched_on_with_its_bot(
    deployed: Callable[..., Template],
) -> None:
    assert not deployed().condition("AnswersInTeams")
    assert deployed(**TEAMS).condition("AnswersInTeams")
    assert deployed(**TEAMS).refusals() == []
    for missing in ("TeamsClientId", "TeamsTenantId"):
        said = deployed(**{**TEAMS, missing: ""}).refusals()
        assert any(missing in each for each in said)
    assert any("Teams" in said for said in deployed(Teams="yes").refusals())


def test_only_an_explicit_choice_opens_the_api_to_everybody(
    deployed: Callable[..., Template],
) -> None:
    route = deployed(ApiAuth="open").properties("HttpApiRoute")
    assert route["AuthorizationType"] == "NONE"
    assert "AuthorizerId" not in route


def test_every_path_of_the_api_goes_through_the_one_route(template: Template) -> None:
    (route,) = template.resources("AWS::ApiGatewayV2::Route").values()
    assert route["Properties"]["RouteKey"] == "$default"


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"ApiAuth": "jwt"}, "JwtIssuer"),
        ({"ApiAuth": "jwt", "JwtIssuer": "https://login.example.com"}, "JwtAudience"),
        ({"ApiAuth": "none"}, "ApiAuth"),
        ({"Generator": "sagemaker"}, "GeneratorModel"),
        ({"Embedder": "bedrock"}, "EmbedderModel"),
        ({"Generator": "bedrock", "GeneratorModel": "m"}, "not packaged"),
        ({"GeneratorComponent": "adapter"}, "GeneratorComponent"),
        ({"EmbedderComponent": "small"}, "EmbedderComponent"),
        ({"IndexSigned": "false"}, "IndexSigned"),
        ({"IndexEngine": "lucene"}, "IndexEngine"),
        ({"IndexCollectionId": "abc"}, "IndexCollectionId"),
    ],
)
def test_a_contradiction_is_refused_with_a_sentence_that_names_it(
    deployed: Callable[..., Template], parameters: dict[str, str], says: str
) -> None:
    assert any(says in sentence for sentence in deployed(**parameters).refusals())


@pytest.mark.parametrize(
    "parameters",
    [
        {"ApiAuth": "open"},
        {"Generator": "sagemaker", "GeneratorModel": "llm", "GeneratorComponent": "adapter"},
        {"Embedder": "bedrock", "EmbedderModel": "e"},
        {
            "Generator": "bedrock",
            "GeneratorModel": "m",
            "Embedder": "sagemaker",
            "EmbedderModel": "e",
        },
        {"IndexEndpoint": "http://127.0.0.1:9200", "IndexSigned": "false", "IndexEngine": "lucene"},
        {"IndexEndpoint": "https://x.aoss.amazonaws.com", "IndexCollectionId": "x"},
    ],
)
def test_what_can_work_is_accepted(
    deployed: Callable[..., Template], parameters: dict[str, str]
) -> None:
    assert deployed(**parameters).refusals() == []


def test_rules_use_only_functions_that_rules_may_use(template: Template) -> None:
    allowed = {"Fn::Equals", "Fn::Not", "Fn::And", "Fn::Or", "Ref"}

    def functions(value: object) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(functions, value))
        if isinstance(value, dict):
            return set(value).union(*map(functions, value.values()))
        return set()

    for rule in template.raw["Rules"].values():
        used = functions([rule["RuleCondition"], [a["Assert"] for a in rule["Assertions"]]])
        assert used <= allowed


def test_every_parameter_is_described_grouped_and_used(template: Template) -> None:
    grouped = [
        name
        for group in template.raw["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        for name in group["Parameters"]
    ]
    assert sorted(grouped) == sorted(template.raw["Parameters"])
    assert all(one["Description"] for one in template.raw["Parameters"].values())


def test_with_a_schedule_of_never_only_people_start_a_reconcile(
    deployed: Callable[..., Template],
) -> None:
    assert "ReconcileRule" in deployed().resources()
    never = deployed(ReconcileSchedule="never").resources()
    assert "ReconcileRule" not in never
    assert "ReconcileStateMachine" in never


def test_every_parameter_is_explained_where_deploying_is(
    template: Template, repository: Path
) -> None:
    manual = (repository / "docs" / "deploying.md").read_text("utf-8")
    rows = [line for line in manual.splitlines() if line.startswith("| `")]
    explained = re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in rows))
    assert sorted(explained) == sorted(template.raw["Parameters"])


def test_the_defaults_that_are_explained_are_those_of_the_template(
    template: Template, repository: Path
) -> None:
    manual = (repository / "docs" / "deploying.md").read_text("utf-8")
    for line in manual.splitlines():
        if line.startswith("| `"):
            names, said = (
                re.findall(r"[\w():/.=-]+(?: \w+\))?", cell) for cell in line.split("|")[1:3]
            )
            defaults = [str(template.raw["Parameters"][name]["Default"]) for name in names]
            assert [d for d in defaults if d] == said, line
