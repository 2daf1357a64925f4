"""What the template says of functions and layers agrees with the code."""

from __future__ import annotations

import importlib
import inspect
import re
import tomllib
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.template.cloudformation import Template
from tests.template.conftest import TEAMS, TUNING
from wellread.adapters.aws.lambda_parser import FUNCTION_EXTRA_SECONDS, answer_seconds
from wellread.domain.chat.replies import LEASE_SECONDS

FUNCTION, LAYER = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion"
KINDS = {
    "Generator": ["extractive", "sagemaker", "bedrock"],
    "Embedder": ["packaged", "sagemaker", "bedrock"],
}


def test_every_handler_is_a_function_of_two_arguments_in_its_folder(everything: Template) -> None:
    for name in everything.resources(FUNCTION):
        properties = everything.properties(name)
        module, _, handler = properties["Handler"].rpartition(".")
        found = getattr(
            importlib.import_module(f"{properties['CodeUri'].replace('/', '.')}.{module}"), handler
        )
        assert list(inspect.signature(found).parameters) == ["event", "context"], name


def test_every_folder_of_functions_is_deployed_once(everything: Template, repository: Path) -> None:
    folders = sorted(f"functions/{p.parent.name}" for p in repository.glob("functions/*/app.py"))
    deployed = sorted(everything.properties(n)["CodeUri"] for n in everything.resources(FUNCTION))
    assert deployed == folders


def test_everything_runs_on_the_same_python_and_processor(everything: Template) -> None:
    for name in everything.resources(FUNCTION):
        properties = everything.properties(name)
        assert (properties["Runtime"], properties["Architectures"]) == ("python3.13", ["x86_64"])
    for name, layer in everything.resources(LAYER).items():
        built = (layer["Metadata"]["BuildMethod"], layer["Metadata"]["BuildArchitecture"])
        assert built == ("python3.13", "x86_64"), name
        assert layer["Properties"]["CompatibleRuntimes"] == ["python3.13"], name
        assert layer["Properties"]["CompatibleArchitectures"] == ["x86_64"], name


def test_every_function_has_the_package_and_what_it_always_needs(everything: Template) -> None:
    for name in everything.resources(FUNCTION):
        assert layers_of(everything, name)[:2] == ["CoreLayer", "DependenciesLayer"], name


@pytest.mark.parametrize(("generator", "embedder"), list(product(*KINDS.values())))
def test_a_function_has_what_embeds_or_what_talks_to_bedrock_and_never_both(
    deployed: Callable[..., Template], generator: str, embedder: str
) -> None:
    template = deployed(
        Generator=generator,
        GeneratorModel="m",
        Embedder=embedder,
        EmbedderModel="e",
        Slack="on",
        **TEAMS,
        **TUNING,
    )
    if template.refusals():
        assert (generator, embedder) == ("bedrock", "packaged")
        return
    if embedder == "packaged":
        heavy = ["EmbeddingLayer"]
    else:
        heavy = ["ModelsLayer"] if "bedrock" in (generator, embedder) else []
    for name in ("ApiFunction", "EmbedFunction", "FineTuneFunction"):
        assert layers_of(template, name)[2:] == heavy
    assert layers_of(template, "AnswerFunction")[2:] == ["SlackLayer", *heavy]
    assert {"EmbeddingLayer", "ModelsLayer"} & set(template.resources(LAYER)) == set(heavy)


def test_no_function_may_run_longer_than_those_who_wait_for_it(template: Template) -> None:
    gateway = template.properties("HttpApiIntegration")["TimeoutInMillis"] / 1000
    api = template.properties("ApiFunction")
    assert api["Timeout"] < gateway <= 30
    variables = api["Environment"]["Variables"]
    assert (
        float(variables["WELLREAD_MODEL_FIRST_TOKEN_SECONDS"])
        < float(variables["WELLREAD_MODEL_SECONDS"])
        <= api["Timeout"] - 5
    )


def test_reading_a_file_leaves_parse_and_chunk_time_and_memory(template: Template) -> None:
    parse, chunk = (template.properties(name) for name in ("ParseFunction", "ChunkFunction"))
    told = parse["Environment"]["Variables"]
    seconds = float(told["WELLREAD_PARSE_SECONDS"])
    assert chunk["Environment"]["Variables"]["WELLREAD_PARSE_SECONDS"] == str(int(seconds))
    assert parse["Timeout"] == seconds + FUNCTION_EXTRA_SECONDS
    assert parse["Timeout"] < answer_seconds(seconds) <= chunk["Timeout"] - 180
    assert int(told["WELLREAD_PARSE_MEMORY_MB"]) <= parse["MemorySize"] / 2
    assert parse["MemorySize"] == chunk["MemorySize"] == 2048


def test_a_worker_that_answers_has_its_question_for_as_long_as_it_may_run(
    in_chats: Template,
) -> None:
    answer = in_chats.properties("AnswerFunction")
    variables = answer["Environment"]["Variables"]
    assert answer["Timeout"] <= LEASE_SECONDS
    assert float(variables["WELLREAD_MODEL_SECONDS"]) <= answer["Timeout"] / 2


def test_slacks_front_waits_for_nothing_long_and_has_nothing_heavy(in_chats: Template) -> None:
    front = in_chats.properties("SlackFunction")
    assert front["Timeout"] <= 10
    assert in_chats.properties("SlackIntegration")["TimeoutInMillis"] / 1000 > front["Timeout"]
    for name in ("SlackFunction", "ReceiptsFunction"):
        assert layers_of(in_chats, name) == ["CoreLayer", "DependenciesLayer", "SlackLayer"]


def test_teams_front_waits_for_nothing_long_and_has_nothing_heavy(in_chats: Template) -> None:
    front = in_chats.properties("TeamsFunction")
    assert front["Timeout"] <= 10
    assert in_chats.properties("TeamsIntegration")["TimeoutInMillis"] / 1000 > front["Timeout"]
    assert layers_of(in_chats, "TeamsFunction") == ["CoreLayer", "DependenciesLayer", "TeamsLayer"]


def test_who_answers_in_teams_alone_has_nothing_of_slack(
    deployed: Callable[..., Template],
) -> None:
    for name in ("AnswerFunction", "ReceiptsFunction"):
        assert "SlackLayer" not in layers_of(deployed(**TEAMS), name)


def test_only_functions_of_slack_have_what_talks_to_it(in_chats: Template) -> None:
    having = {n for n in in_chats.resources(FUNCTION) if "SlackLayer" in layers_of(in_chats, n)}
    assert having == {"SlackFunction", "AnswerFunction", "ReceiptsFunction"}


def test_only_parse_has_what_reads_files(in_chats: Template) -> None:
    readers = [n for n in in_chats.resources(FUNCTION) if "ParsingLayer" in layers_of(in_chats, n)]
    assert readers == ["ParseFunction"]


def test_what_layers_ask_for_is_what_the_project_pins(repository: Path) -> None:
    pins = set(map(str, project_requirements(repository)))
    for file in repository.glob("layers/*/requirements.in"):
        lines = file.read_text("utf-8").splitlines()
        assert lines[0] == "-c ../../requirements/constraints.txt", file
        loose = [line for line in lines[1:] if str(Requirement(line)) not in pins]
        assert loose == [], file


def test_everything_that_functions_may_need_is_in_one_layer(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    layered = [
        Requirement(line).name
        for file in repository.glob("layers/*/requirements.in")
        for line in file.read_text("utf-8").splitlines()[1:]
    ]
    assert len(layered) == len(set(layered))
    wanted = [*project["dependencies"], *project["optional-dependencies"]["aws"]]
    assert {Requirement(line).name for line in wanted} - set(layered) == set()


def layers_of(template: Template, function: str) -> list[str]:
    return [layer["Ref"] for layer in template.properties(function)["Layers"]]


def project_requirements(repository: Path) -> list[Requirement]:
    project: dict[str, Any] = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))[
        "project"
    ]
    lines = [*project["dependencies"]]
    for extra in ("local", "aws"):
        lines += project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines]


def test_the_tools_are_pinned_and_lambda_has_the_boto3_that_is_tested_with(
    repository: Path,
) -> None:
    lines = [
        line
        for name in ("sam.in", "lambda.in")
        for line in (repository / "requirements" / name).read_text("utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert len(lines) == 4
    assert [line for line in lines if not re.fullmatch(r"[\w-]+==[\w.]+", line)] == []
    assert {line for line in lines if line.startswith("boto3")} <= set(
        map(str, project_requirements(repository))
    )
