"""Variables, settings and outputs name the same things."""

from __future__ import annotations

import ast
import json
import shlex
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.template.cloudformation import Template
from tests.template.conftest import TEAMS
from wellread.local import deployed as deployed_stack
from wellread.local.cli import cli
from wellread.settings import Settings, load_settings

FUNCTION = "AWS::Serverless::Function"
PREFIX = "WELLREAD_"
# Of the stack's own settings, those that only commands on somebody's machine use.
FOR_COMMANDS = {
    "document_dead_letters_url",
    "chunk_dead_letters_url",
    "receipt_dead_letters_url",
    "reconcile_state_machine",
}


# It reads what it is lent, and needs to know of nothing.
APART = "ParseFunction"
# They are open to the internet, and pass on what comes.
FRONT, TEAMS_FRONT = "SlackFunction", "TeamsFunction"
IN_CHATS = {"AnswerFunction", "ReceiptsFunction"}
OF_SOME_FUNCTIONS = {
    "parse_function": {"ChunkFunction"},
    "storage_hosts": {APART},
    "slack_secret": {FRONT, *IN_CHATS},
    "teams_secret": IN_CHATS,
    "question_queue_url": {FRONT, TEAMS_FRONT, "AnswerFunction"},
    "question_dead_letters_url": {"AnswerFunction"},
    "receipt_queue_url": {"ReceiptsFunction"},
    "replies_table": {TEAMS_FRONT, *IN_CHATS},
}


def test_every_variable_of_a_function_is_a_setting(in_chats: Template) -> None:
    for function in in_chats.resources(FUNCTION):
        for name in variables_of(in_chats, function):
            if name.startswith("POWERTOOLS_"):
                continue
            assert name.startswith(PREFIX), f"{function}: {name}"
            assert name.removeprefix(PREFIX).lower() in Settings.model_fields, f"{function}: {name}"


def test_every_setting_that_services_on_aws_cannot_do_without_is_given(
    in_chats: Template, repository: Path
) -> None:
    source = (repository / "layers/core/wellread/bootstrap/aws.py").read_text("utf-8")
    needed = {
        node.args[0].value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "_named"
        and isinstance(node.args[0], ast.Constant)
    }
    assert {"documents_bucket", "chunk_queue_url", "index_url"} <= needed
    for function in set(in_chats.resources(FUNCTION)) - {APART, FRONT, TEAMS_FRONT}:
        given = {n.removeprefix(PREFIX).lower() for n in variables_of(in_chats, function)}
        assert needed - FOR_COMMANDS - set(OF_SOME_FUNCTIONS) - given == set(), function


def test_what_some_functions_must_know_is_given_to_them_alone(in_chats: Template) -> None:
    for setting, only in OF_SOME_FUNCTIONS.items():
        name = f"{PREFIX}{setting.upper()}"
        told = {f for f in in_chats.resources(FUNCTION) if name in variables_of(in_chats, f)}
        assert told == only, setting


def test_parse_is_told_of_nothing_but_limits_and_where_documents_are_lent(
    in_chats: Template,
) -> None:
    assert said_to(in_chats, APART) == {
        "backend",
        "parse_memory_mb",
        "parse_seconds",
        "storage_hosts",
        # How an index is talked to, wherever it is.
        "index_engine",
        "index_signed",
    }


def test_slacks_front_is_told_of_nothing_but_slack_and_the_queue(in_chats: Template) -> None:
    assert said_to(in_chats, FRONT) == {
        "backend",
        "stack",
        "slack_secret",
        "slack_api_url",
        "question_queue_url",
        "index_engine",
        "index_signed",
    }


def test_teams_front_is_told_of_no_secret_and_of_nothing_that_others_keep(
    in_chats: Template,
) -> None:
    assert said_to(in_chats, TEAMS_FRONT) == {
        "backend",
        "stack",
        "teams_client_id",
        "teams_tenant_id",
        "teams_openid_url",
        "question_queue_url",
        "replies_table",
        "index_engine",
        "index_signed",
    }


def test_a_platform_that_is_off_has_no_bot(deployed: Callable[..., Template]) -> None:
    for parameters, off in (({"Slack": "on"}, "TEAMS"), (TEAMS, "SLACK")):
        for function in IN_CHATS:
            told = variables_of(deployed(**parameters), function)
            names = [n for n in told if n.startswith(f"{PREFIX}{off}") and not n.endswith("_URL")]
            assert {told[name] for name in names} == {""}


def test_where_the_app_is_installed_is_known_to_those_who_talk_to_slack(
    in_chats: Template, installing: Template
) -> None:
    for function in installing.resources(FUNCTION):
        before, more = (set(said_to(one, function)) for one in (in_chats, installing))
        told = {"slack_installations"} if function in {FRONT, *IN_CHATS} else set()
        assert more - before == told | ({"replies_table"} if function == FRONT else set()), function


def test_every_setting_of_a_stack_is_given_to_the_api_to_some_or_is_for_commands(
    in_chats: Template,
) -> None:
    names = list(Settings.model_fields)
    of_stacks = set(names[names.index("documents_bucket") : names.index("api_auth") + 1])
    given = {n.removeprefix(PREFIX).lower() for n in variables_of(in_chats, "ApiFunction")}
    assert of_stacks - given == FOR_COMMANDS | set(OF_SOME_FUNCTIONS) | {"slack_installations"}


def test_links_in_chats_are_signed_unless_a_sign_in_stands_before_the_api(
    deployed: Callable[..., Template],
) -> None:
    def told(function: str, **parameters: str) -> tuple[Any, Any]:
        variables = variables_of(deployed(**parameters), function)
        return variables.get("WELLREAD_PUBLIC_URL"), variables["WELLREAD_LINK_SECRET"]

    secret, api = {"Fn::GetAtt": ["LinkSecret", "Id"]}, {"Fn::GetAtt": ["HttpApi", "ApiEndpoint"]}
    mine = {"Slack": "on", "PublicUrl": "https://docs.example.com"}
    assert told("AnswerFunction", Slack="on") == (api, secret)
    assert told("ApiFunction", Slack="on") == (None, secret)
    assert told("AnswerFunction", **mine) == ("https://docs.example.com", "")
    assert told("ApiFunction", **mine) == told("ApiFunction") == (None, "")
    assert "LinkSecret" not in deployed(**mine).resources()
    assert "SignedLinkRoute" not in deployed(**mine).resources()


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"Generator": "sagemaker", "GeneratorModel": "llm", "GeneratorComponent": "adapter"},
        {
            "Generator": "bedrock",
            "GeneratorModel": "some.model-v1:0",
            "Embedder": "bedrock",
            "EmbedderModel": "some.embedder-v2:0",
            "ApiAuth": "jwt",
            "JwtIssuer": "https://login.example.com",
            "JwtAudience": "wellread",
        },
        {"IndexEndpoint": "http://127.0.0.1:9200", "IndexSigned": "false", "IndexEngine": "lucene"},
        {"GuardrailId": "abc123", "GuardrailVersion": "2"},
        {"Slack": "on"},
        {"Slack": "on", "PublicUrl": "https://docs.example.com"},
    ],
    ids=["defaults", "sagemaker", "bedrock", "own-index", "guardrail", "slack", "own-links"],
)
def test_the_variables_of_every_function_are_settings_that_load(
    deployed: Callable[..., Template],
    monkeypatch: pytest.MonkeyPatch,
    parameters: dict[str, str],
) -> None:
    template = deployed(**parameters)
    assert template.refusals() == []
    for function in template.resources(FUNCTION):
        with monkeypatch.context() as environment:
            for name, value in variables_of(template, function).items():
                environment.setenv(name, value if isinstance(value, str) else "a-resource")
            settings = load_settings()
        assert settings.backend == "aws"
        knows = function not in (APART, FRONT)
        assert settings.documents_bucket == ("a-resource" if knows else "")


def test_a_component_of_an_endpoint_is_named_after_it(deployed: Callable[..., Template]) -> None:
    on = {"Generator": "sagemaker", "GeneratorModel": "llm"}
    assert generator_of(deployed(**on)) == "sagemaker:llm"
    assert generator_of(deployed(**on, GeneratorComponent="adapter")) == "sagemaker:llm/adapter"
    assert generator_of(deployed()) == "extractive"
    on = {"Embedder": "sagemaker", "EmbedderModel": "vectors"}
    assert embedder_of(deployed(**on)) == "sagemaker:vectors"
    assert embedder_of(deployed(**on, EmbedderComponent="small")) == "sagemaker:vectors/small"
    assert embedder_of(deployed()) == "packaged"


def test_a_guardrail_is_named_with_its_version(deployed: Callable[..., Template]) -> None:
    def verifier_of(**parameters: str) -> Any:
        return variables_of(deployed(**parameters), "ApiFunction")["WELLREAD_VERIFIER"]

    assert verifier_of() == ""
    assert verifier_of(GuardrailId="abc123") == "guardrail:abc123:DRAFT"
    assert verifier_of(GuardrailId="abc123", GuardrailVersion="4") == "guardrail:abc123:4"


def test_commands_find_every_output_that_they_read(template: Template) -> None:
    wanted = {*deployed_stack.SETTINGS_OF_OUTPUTS, "ApiUrl", "DocumentsBucketName"}
    assert wanted - set(template.raw["Outputs"]) == set()


def test_every_setting_that_only_commands_use_is_an_output() -> None:
    assert set(deployed_stack.SETTINGS_OF_OUTPUTS.values()) >= FOR_COMMANDS


def test_an_output_says_what_the_functions_are_told(installing: Template) -> None:
    told = {
        **variables_of(installing, TEAMS_FRONT),
        **variables_of(installing, "ReceiptsFunction"),
        **variables_of(installing, "AnswerFunction"),
        **variables_of(installing, "ApiFunction"),
    }
    for output, setting in deployed_stack.SETTINGS_OF_OUTPUTS.items():
        if setting not in FOR_COMMANDS:
            said = installing.decided(installing.raw["Outputs"][output]["Value"])
            assert said == told[f"{PREFIX}{setting.upper()}"], output


def test_a_stack_says_how_teams_package_is_made(
    deployed: Callable[..., Template], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command that it says makes a package for the endpoint that it says."""
    bot = "5f6e7d8c-0000-4000-8000-0000000000b0"
    template = deployed(**{**TEAMS, "TeamsClientId": bot})

    def said(output: str) -> str:
        value: str = template.decided(template.raw["Outputs"][output]["Value"])
        return value.replace("${HttpApi.ApiEndpoint}", "https://abc.execute-api.example.com")

    setting, *command = shlex.split(said("TeamsPackageCommand"))
    name, _, value = setting.partition("=")
    monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    assert command[0] == "wellread"
    done = CliRunner().invoke(cli, command[1:])
    assert done.exit_code == 0, done.output
    assert said("TeamsMessagesUrl") in done.output
    with zipfile.ZipFile(tmp_path / "wellread.zip") as package:
        assert json.loads(package.read("manifest.json"))["bots"][0]["botId"] == bot


def generator_of(template: Template) -> Any:
    return variables_of(template, "ApiFunction")["WELLREAD_GENERATOR"]


def embedder_of(template: Template) -> Any:
    return variables_of(template, "EmbedFunction")["WELLREAD_EMBEDDER"]


def said_to(template: Template, function: str) -> set[str]:
    """The settings that a function is told, those that are blank for it left out."""
    told = variables_of(template, function)
    return {
        name.removeprefix(PREFIX).lower()
        for name, value in told.items()
        if name.startswith(PREFIX) and value != ""
    }


def variables_of(template: Template, function: str) -> dict[str, Any]:
    variables: dict[str, Any] = template.properties(function)["Environment"]["Variables"]
    return variables
