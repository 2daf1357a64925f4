"""What `sam build` built runs as Lambda runs it: alone, with its layers and nothing else.

Each call is a new process of Lambda's own runtime client, so that what a function forgot to bring
is missed. Without `make build` these tests are skipped.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stack_local.builder import BUILD, build
from stack_local.environments import LAMBDA, SAM
from tests.packaging import probes
from tests.packaging.events import http_event, sqs_event
from tests.packaging.lambda_service import Outcome, invoke, merged
from tests.teams.activities import message, posted
from tests.teams.state import CLIENT_ID, TENANT
from tests.teams.tenant import running_tenant
from tests.template.cloudformation import Template
from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import MessageKey, Person, QuestionAsked
from wellread.domain.ingest.lending import LentDocument

pytestmark = pytest.mark.slow

FUNCTION, LAYER = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion"
LARGEST_BYTES = 262_144_000
"""Of a function and its layers, unzipped.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
BEDROCK = {
    "Generator": "bedrock",
    "GeneratorModel": "some.model-v1:0",
    "Embedder": "bedrock",
    "EmbedderModel": "some.embedder-v2:0",
}
SLACK = {"Slack": "on"}
TEAMS = {"Teams": "on", "TeamsClientId": CLIENT_ID, "TeamsTenantId": TENANT}
TUNING = {
    "FineTuning": "on",
    "TrainingImage": "registry.example/training:1",
    "TrainingBase": "small",
    "ServingImage": "registry.example/serving:1",
    "ModelEndpoint": "on",
}
OF_WHAT_ANSWERS = {
    *("numpy", "onnxruntime", "langchain_core", "opensearchpy", "boto3"),
    *("slack_sdk", "microsoft_teams"),
}
READERS = ["psutil", "pypdfium2", "selectolax", "undoc"]
"""Packages of the layer that reads files."""
Caller = Callable[..., Outcome]


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder of what is built from the code as it is now."""
    if not (SAM.ready and LAMBDA.ready):
        pytest.skip("needs the SAM CLI and Lambda's runtime client: run `make build` once")
    build(lambda _: None)
    return BUILD


@pytest.fixture(scope="session")
def closed_port() -> Iterator[int]:
    """A port of this machine at which nobody answers, and nobody else will."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture(scope="session")
def opt(built: Path) -> Iterator[Callable[..., Path]]:
    """The folder that Lambda makes of these layers; not kept, since it has 200 MB."""
    made: dict[tuple[str, ...], Path] = {}
    with tempfile.TemporaryDirectory(prefix="wellread-opt-") as folder:

        def of(*layers: str) -> Path:
            if layers not in made:
                into = Path(folder) / str(len(made))
                made[layers] = merged([built / layer for layer in layers], into)
            return made[layers]

        yield of


@pytest.fixture
def call(
    built: Path, opt: Callable[..., Path], closed_port: int, tmp_path: Path, repository: Path
) -> Caller:
    """Call a built function with the template's own variables; everything of AWS is down."""

    def of(
        name: str,
        event: Any,
        *,
        probe: str = "",
        without: str = "",
        **parameters: str,
    ) -> Outcome:
        template = Template(repository / "template.yaml", **parameters)
        properties = template.properties(name)
        code = Path(tempfile.mkdtemp(prefix="task-", dir=tmp_path))
        shutil.copytree(built / name, code, dirs_exist_ok=True)
        if probe:
            (code / "probe.py").write_text(probe, encoding="utf-8")
        home = Path(tempfile.mkdtemp(prefix="home-", dir=tmp_path))
        return invoke(
            LAMBDA.python,
            code,
            opt(*(layer for layer in layers_of(template, name) if layer != without)),
            event,
            home=home,
            variables={
                **variables_of(properties, closed_port),
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{closed_port}",
                # Once is enough to learn that nobody answers.
                "AWS_MAX_ATTEMPTS": "1",
            },
            handler="probe.lambda_handler" if probe else properties["Handler"],
            memory_mb=properties["MemorySize"],
        )

    return of


@pytest.mark.parametrize("path", ["/v1/health", "/openapi.json"])
def test_the_built_api_answers_what_needs_no_service(
    call: Caller, repository: Path, path: str
) -> None:
    outcome = call("ApiFunction", http_event(repository, "GET", path))
    assert outcome.kind == "response", outcome.output
    assert outcome.body["statusCode"] == 200
    body = json.loads(outcome.body["body"])
    assert body["status"] == "ok" if path == "/v1/health" else "/v1/ask" in body["paths"]


def test_the_built_api_says_try_again_while_its_services_are_down(
    call: Caller, repository: Path
) -> None:
    event = http_event(repository, "POST", "/v1/ask", {"question": "How many days of leave?"})
    outcome = call("ApiFunction", event)
    assert outcome.kind == "response", outcome.output
    assert outcome.body["statusCode"] == 503, outcome.output
    problem = json.loads(outcome.body["body"])
    assert problem["code"]
    assert problem["correlation_id"]


@pytest.mark.parametrize(
    ("function", "message"),
    [("ChunkFunction", "document_changed.json"), ("EmbedFunction", "batch_staged.json")],
)
def test_a_built_queue_function_gives_back_what_it_could_not_do(
    call: Caller, repository: Path, function: str, message: str
) -> None:
    body = (repository / "tests" / "events" / message).read_text("utf-8")
    outcome = call(function, sqs_event(body))
    assert outcome.kind == "response", outcome.output
    assert outcome.body == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}, outcome.output
    assert "Traceback" not in outcome.output, outcome.output


def test_the_built_answer_gives_back_what_it_could_not_do(call: Caller) -> None:
    question = QuestionAsked(
        key=MessageKey("slack", "T1", "C1", "1.1"),
        place=Place("slack", "T1", "C1", "1.1"),
        person=Person("slack", "T1", "U1"),
        direct=False,
        external=False,
        correlation="c",
        at=0.0,
        text="How long?",
    )
    outcome = call("AnswerFunction", sqs_event(json.dumps(question.as_message())), **SLACK)
    assert outcome.kind == "response", outcome.output
    assert outcome.body == {"batchItemFailures": [{"itemIdentifier": "message-1"}]}, outcome.output
    assert "How long?" not in outcome.output


def test_built_slack_loads_nothing_of_what_answers(call: Caller, repository: Path) -> None:
    event = http_event(repository, "POST", "/slack/events", {"type": "url_verification"})
    outcome = call("SlackFunction", event, probe=probes.LOADS, **SLACK)
    assert outcome.kind == "response", outcome.output + str(outcome.body)
    loaded = set(outcome.body)
    assert "wellread.adapters.chat.slack.front" in loaded
    assert OF_WHAT_ANSWERS & loaded == set()
    assert not [name for name in loaded if name.startswith("wellread.services.ask.")]


def test_built_teams_knows_microsofts_tokens_and_loads_nothing_of_what_answers(
    call: Caller, repository: Path
) -> None:
    with running_tenant() as tenant:
        tenant.add_personal("ann")
        headers, body = posted(message(tenant, "ann", "a:ann", "How long?"))
        event = http_event(repository, "POST", "/api/messages", json.loads(body))
        event["headers"] = headers
        given = TEAMS | {"TeamsOpenidUrl": tenant.openid_url}
        outcome = call("TeamsFunction", event, **given)
        # It is Microsoft's, and there is nowhere to put it.
        assert outcome.body["statusCode"] == 503, outcome.output
        assert "How long?" not in outcome.output
        outcome = call("TeamsFunction", event, probe=probes.LOADS, **given)
        loaded = set(outcome.body)
        assert {"wellread.adapters.chat.teams.front", "jwt"} <= loaded
        assert OF_WHAT_ANSWERS & loaded == set()
        assert not [name for name in loaded if name.startswith("wellread.services.ask.")]
        event["headers"] = headers | {"authorization": headers["authorization"][:-8] + "AAAAAAAA"}
        assert call("TeamsFunction", event, **given).body["statusCode"] == 401


def test_built_teams_has_neither_slack_nor_the_sdk_of_teams(call: Caller) -> None:
    packages = ["jwt", "cryptography", "slack_sdk", "microsoft_teams", "msal", "httpx", "numpy"]
    outcome = call("TeamsFunction", packages, probe=probes.FINDS, **TEAMS)
    assert outcome.kind == "response", outcome.output + str(outcome.body)
    assert {name for name, found in outcome.body.items() if found} == {"jwt", "cryptography"}


def test_the_built_reconcile_fails_so_that_its_state_machine_tries_again(call: Caller) -> None:
    outcome = call("ReconcileFunction", {"page": {"after": ""}, "run": "run-1"})
    assert outcome.kind == "error", outcome.output
    assert outcome.body["errorType"].endswith("Error"), outcome.body
    assert "Import" not in outcome.body["errorType"], outcome.body


def test_a_step_of_the_built_fine_tune_that_was_busy_is_told_by_its_name(call: Caller) -> None:
    outcome = call("FineTuneFunction", {"step": "begin", "run": "may"}, **TUNING)
    assert (outcome.kind, outcome.body["errorType"]) == ("error", "StepBusyError"), outcome.output
    assert "Try again" in json.loads(outcome.body["errorMessage"])["reason"]
    outcome = call("FineTuneFunction", {"step": "begin", "run": "../may"}, **TUNING)
    assert outcome.body["errorType"] == "StepRefusedError"


def test_the_built_approvals_decides_nothing_while_its_services_are_down(
    call: Caller, repository: Path
) -> None:
    # As long as a signature and something signed: whether it fits, only the key would tell.
    path = f"/approvals/{'A' * 54}"
    event = http_event(repository, "POST", path, {"decision": "approve"})
    outcome = call("ApprovalsFunction", event, **TUNING)
    assert outcome.kind == "response", outcome.output
    assert outcome.body["statusCode"] == 503, outcome.body
    assert "Nothing was decided" in outcome.body["body"]
    # Whoever has the path may decide: no log has it.
    assert "/approvals/" not in outcome.output


def test_a_function_whose_layer_is_missing_cannot_be_imported(
    call: Caller, repository: Path
) -> None:
    event = http_event(repository, "GET", "/v1/health")
    outcome = call("ApiFunction", event, without="DependenciesLayer")
    assert (outcome.kind, outcome.body["errorType"]) == ("init", "Runtime.ImportModuleError")


def test_the_built_parse_says_that_it_could_not_fetch_what_it_was_lent(
    call: Caller, closed_port: int
) -> None:
    place = f"http://127.0.0.1:{closed_port}"
    lent = LentDocument("a.md", 5, f"{place}/documents/a.md?v=1", f"{place}/state/staged/a")
    outcome = call("ParseFunction", lent.as_event())
    assert outcome.kind == "response", outcome.output
    assert outcome.body == {"status": 0, "code": "ConnectionRefusedError"}, outcome.output
    elsewhere = replace(lent, source="http://127.0.0.1:1/documents/a.md")
    outcome = call("ParseFunction", elsewhere.as_event())
    assert outcome.body == {"status": 0, "code": "OtherPlace"}, outcome.output


def test_built_chunk_has_nothing_that_reads_files(call: Caller) -> None:
    outcome = call("ChunkFunction", READERS, probe=probes.FINDS)
    assert outcome.kind == "response", outcome.output + str(outcome.body)
    assert outcome.body == dict.fromkeys(READERS, False)
    outcome = call("ParseFunction", READERS, probe=probes.FINDS)
    assert outcome.body == dict.fromkeys(READERS, True)


def test_built_parse_loads_no_sdk(call: Caller) -> None:
    lent = LentDocument("a.md", 5, "https://none-such/a.md", "https://none-such/b")
    outcome = call("ParseFunction", lent.as_event(), probe=probes.LOADS)
    assert outcome.kind == "response", outcome.output + str(outcome.body)
    assert "wellread.services.ingest.parsing" in outcome.body
    # The name alone is loaded, by the logger, which looks whether there is an SDK.
    assert not {"botocore.client", "boto3", "opensearchpy"} & set(outcome.body)


def test_built_parse_reads_every_kind_of_document(call: Caller, repository: Path) -> None:
    samples = repository / "examples" / "sample-documents"
    files = sorted(samples.iterdir())
    assert len(files) == 9
    outcome = call("ParseFunction", [str(file) for file in files], probe=probes.PARSES)
    assert outcome.kind == "response", outcome.output + str(outcome.body)
    assert set(outcome.body) == {str(file) for file in files}
    assert all(characters > 100 for characters in outcome.body.values()), outcome.body


@pytest.mark.parametrize("function", ["EmbedFunction", "ApiFunction"])
def test_the_built_embedder_embeds_alike_in_both_functions_that_use_it(
    call: Caller, function: str
) -> None:
    outcome = call(function, "How long may a book be borrowed?", probe=probes.EMBEDS)
    assert outcome.kind == "response", outcome.output + str(outcome.body)
    assert outcome.body["length"] == pytest.approx(1.0, abs=1e-3)
    assert outcome.body["dimensions"] == 384


@pytest.mark.parametrize(
    ("function", "parameters", "services"),
    [
        ("ApiFunction", {}, ["answering", "documents", "feedback", "callers"]),
        ("ApiFunction", BEDROCK, ["answering", "documents", "feedback", "callers"]),
        ("ChunkFunction", {}, ["ingestion", "sweeping"]),
        ("EmbedFunction", {}, ["embedding"]),
        ("EmbedFunction", BEDROCK, ["embedding"]),
        ("ReconcileFunction", {}, ["reconciliation"]),
        ("AnswerFunction", SLACK, ["chat", "answering", "signed_links"]),
        ("AnswerFunction", {**BEDROCK, **SLACK}, ["chat", "answering", "signed_links"]),
        ("ReceiptsFunction", SLACK, ["chat"]),
        ("SlackFunction", SLACK, ["slack_front"]),
        ("AnswerFunction", TEAMS, ["chat", "answering", "signed_links"]),
        ("ReceiptsFunction", TEAMS, ["chat"]),
        ("TeamsFunction", TEAMS, ["teams_front"]),
        ("FineTuneFunction", TUNING, ["remote", "datasets", "retrieval", "generators"]),
        ("FineTuneFunction", {**BEDROCK, **TUNING}, ["remote", "datasets", "generators"]),
        ("ApprovalsFunction", TUNING, ["remote", "tuned_models"]),
    ],
    ids=[
        *("api", "api-bedrock", "chunk", "embed", "embed-bedrock", "reconcile"),
        *("answer", "answer-bedrock", "receipts", "slack"),
        *("answer-teams", "receipts-teams", "teams"),
        *("fine-tune", "fine-tune-bedrock", "approvals"),
    ],
)
def test_every_service_that_a_function_calls_can_be_built_from_its_layers(
    call: Caller, function: str, parameters: dict[str, str], services: list[str]
) -> None:
    outcome = call(function, services, probe=probes.BUILDS, **parameters)
    assert outcome.kind == "response", outcome.output + str(outcome.body)
    assert set(outcome.body["built"]) == set(services)
    assert not {"onnxruntime", "langchain_aws"} <= set(outcome.body["loaded"])


def test_bedrock_is_reached_through_the_models_layer(call: Caller) -> None:
    outcome = call("EmbedFunction", "text", probe=probes.ASKS_BEDROCK, **BEDROCK)
    assert outcome.kind == "response", outcome.output + str(outcome.body)
    assert outcome.body == "ModelUnavailableError"


@pytest.mark.parametrize(
    "parameters",
    [{}, BEDROCK, SLACK, TEAMS, {**BEDROCK, **SLACK, **TEAMS}, TUNING, {**BEDROCK, **TUNING}],
    ids=["packaged", "bedrock", "slack", "teams", "chats-bedrock", "tuning", "tuning-bedrock"],
)
def test_every_function_and_its_layers_are_small_enough_for_lambda(
    built: Path, repository: Path, parameters: dict[str, str]
) -> None:
    template = Template(repository / "template.yaml", **parameters)
    for name in template.resources(FUNCTION):
        layers = layers_of(template, name)
        assert len(layers) <= 5
        size = sum(weight(built / part) for part in [name, *layers])
        assert size <= LARGEST_BYTES, f"{name}: {size:,} bytes"


def test_what_is_built_is_for_the_python_and_the_processor_of_lambda(built: Path) -> None:
    wrong = set()
    for wheel in built.glob("*/python/*.dist-info/WHEEL"):
        tags = re.findall(r"^Tag: (\S+)$", wheel.read_text("utf-8"), re.MULTILINE)
        if not any(fits(tag) for tag in tags):
            wrong.add(f"{wheel.parent.name}: {tags}")
    assert wrong == set()
    native = {p.name for p in built.rglob("*.cpython-*.so")}
    assert native
    assert {n for n in native if ".cpython-313-x86_64-linux-gnu." not in n} == set()


def test_no_two_layers_bring_different_versions_of_the_same(built: Path) -> None:
    versions: dict[str, set[str]] = {}
    for info in built.glob("*/python/*.dist-info"):
        name, _, version = info.name.removesuffix(".dist-info").partition("-")
        versions.setdefault(name.lower(), set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_only_the_layer_for_bedrock_brings_what_lambda_has(built: Path) -> None:
    bringing = {path.parts[-4] for path in built.glob("*/python/botocore/session.py")}
    assert bringing == {"ModelsLayer"}
    for heavy in ("torch", "sagemaker", "moto", "pytest", "nicegui"):
        assert list(built.glob(f"*/python/{heavy}")) == []


def test_the_core_layer_is_the_package_and_nothing_that_was_left_lying_about(
    built: Path, repository: Path
) -> None:
    package = repository / "layers" / "core" / "wellread"
    ours = {p.relative_to(package) for p in package.rglob("*") if p.is_file()}
    layer = built / "CoreLayer" / "python"
    theirs = {p.relative_to(layer / "wellread") for p in layer.rglob("*") if p.is_file()}
    assert theirs == {path for path in ours if "__pycache__" not in path.parts}


def layers_of(template: Template, function: str) -> list[str]:
    return [layer["Ref"] for layer in template.properties(function)["Layers"]]


def variables_of(properties: dict[str, Any], port: int) -> dict[str, str]:
    """A function's variables, where what the stack would name is somewhere at a closed port."""
    variables = properties["Environment"]["Variables"]
    return {
        name: value
        if isinstance(value, str)
        else f"http://127.0.0.1:{port}/none"
        if name.endswith("_URL")
        else "none-such"
        for name, value in variables.items()
    }


def weight(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def fits(tag: str) -> bool:
    """Whether a wheel's tag is one that Python 3.13 on Lambda's x86_64 loads."""
    python, abi, platform = tag.split("-")
    if platform == "any":
        return python.startswith("py")
    interpreter = abi == "cp313" or (abi in {"abi3", "none"} and python.startswith(("cp", "py")))
    return interpreter and re.fullmatch(r"manylinux\w*_x86_64|linux_x86_64", platform) is not None
