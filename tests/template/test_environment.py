"""Variables, settings and outputs name the same things."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.template.cloudformation import Template
from wellread.local import deployed as deployed_stack
from wellread.settings import Settings, load_settings

FUNCTION = "AWS::Serverless::Function"
PREFIX = "WELLREAD_"
# Of the stack's own settings, those that only commands on somebody's machine use.
FOR_COMMANDS = {
    "document_dead_letters_url",
    "chunk_dead_letters_url",
    "reconcile_state_machine",
}


# It reads what it is lent, and needs to know of nothing.
APART = "ParseFunction"
OF_ONE_FUNCTION = {"parse_function": "ChunkFunction", "storage_hosts": APART}


def test_every_variable_of_a_function_is_a_setting(template: Template) -> None:
    for function in template.resources(FUNCTION):
        for name in variables_of(template, function):
            if name.startswith("POWERTOOLS_"):
                continue
            assert name.startswith(PREFIX), f"{function}: {name}"
            assert name.removeprefix(PREFIX).lower() in Settings.model_fields, f"{function}: {name}"


def test_every_setting_that_services_on_aws_cannot_do_without_is_given(
    template: Template, repository: Path
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
    for function in set(template.resources(FUNCTION)) - {APART}:
        given = {n.removeprefix(PREFIX).lower() for n in variables_of(template, function)}
        assert needed - FOR_COMMANDS - set(OF_ONE_FUNCTION) - given == set(), function


def test_what_one_function_must_know_is_given_to_it_alone(template: Template) -> None:
    for setting, only in OF_ONE_FUNCTION.items():
        name = f"{PREFIX}{setting.upper()}"
        assert [f for f in template.resources(FUNCTION) if name in variables_of(template, f)] == [
            only
        ]


def test_parse_is_told_of_nothing_but_limits_and_where_documents_are_lent(
    template: Template,
) -> None:
    told = variables_of(template, APART)
    names = {n.removeprefix(PREFIX).lower() for n, value in told.items() if value != ""}
    assert names <= {
        "powertools_service_name",
        "powertools_metrics_namespace",
        "backend",
        "parse_memory_mb",
        "parse_seconds",
        "storage_hosts",
        # How an index is talked to, wherever it is.
        "index_engine",
        "index_signed",
    }


def test_every_setting_of_a_stack_is_given_to_the_api_or_is_for_commands(
    template: Template,
) -> None:
    names = list(Settings.model_fields)
    of_stacks = set(names[names.index("documents_bucket") : names.index("api_auth") + 1])
    given = {n.removeprefix(PREFIX).lower() for n in variables_of(template, "ApiFunction")}
    assert of_stacks - given == FOR_COMMANDS | set(OF_ONE_FUNCTION)


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
    ],
    ids=["defaults", "sagemaker", "bedrock", "own-index", "guardrail"],
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
        assert settings.documents_bucket == ("" if function == APART else "a-resource")


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


def test_an_output_says_what_the_functions_are_told(template: Template) -> None:
    told = variables_of(template, "ApiFunction")
    for output, setting in deployed_stack.SETTINGS_OF_OUTPUTS.items():
        if setting not in FOR_COMMANDS:
            said = template.decided(template.raw["Outputs"][output]["Value"])
            assert said == told[f"{PREFIX}{setting.upper()}"], output


def generator_of(template: Template) -> Any:
    return variables_of(template, "ApiFunction")["WELLREAD_GENERATOR"]


def embedder_of(template: Template) -> Any:
    return variables_of(template, "EmbedFunction")["WELLREAD_EMBEDDER"]


def variables_of(template: Template, function: str) -> dict[str, Any]:
    variables: dict[str, Any] = template.properties(function)["Environment"]["Variables"]
    return variables
