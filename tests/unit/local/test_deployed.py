"""A deployed stack as commands on somebody's machine see it."""

from __future__ import annotations

import httpx
import pytest

from tests.simulated_aws import refused
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.local import deployed
from wellread.local.deployed import DeployedApi, StackOutputs, run_reconcile

ARN = "arn:aws:states:eu-central-1:000000000000:stateMachine:reconcile"
OUTPUTS = {
    "ApiUrl": "https://api.example.com",
    "DocumentsBucketName": "docs",
    "DocumentQueueUrl": "https://sqs.example.com/documents",
    "IndexEndpoint": "https://index.example.com",
    "IndexSigned": "false",
    "Embedder": "packaged",
    "ReconcileStateMachineArn": ARN,
    "SomethingNew": "of a later stack",
}


class CloudFormation:
    def __init__(self, error=None):
        self.error = error

    def describe_stacks(self, StackName):  # noqa: N803
        if self.error:
            raise self.error
        outputs = [{"OutputKey": k, "OutputValue": v} for k, v in OUTPUTS.items()]
        return {"Stacks": [{"StackName": StackName, "Outputs": outputs}]}


class StepFunctions:
    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.started = []

    def start_execution(self, *, stateMachineArn, name, input):  # noqa: N803
        self.started.append((stateMachineArn, name))
        return {"executionArn": f"{stateMachineArn}:{name}"}

    def describe_execution(self, *, executionArn):  # noqa: N803
        return {"status": self.statuses.pop(0)}


@pytest.fixture
def client(monkeypatch):
    def use(client):
        monkeypatch.setattr(deployed, "deployed_client", lambda _: client)

    return use


def test_a_stacks_outputs_are_the_settings_of_commands(client):
    client(CloudFormation())
    outputs = StackOutputs.of("wellread")
    settings = outputs.settings()

    assert (outputs.bucket, outputs.api_url) == ("docs", "https://api.example.com")
    assert settings.backend == "aws"
    assert settings.documents_bucket == "docs"
    assert settings.index_signed is False
    assert settings.reconcile_state_machine == ARN


def test_another_stack_is_refused_by_name(client):
    with pytest.raises(InvalidConfigurationError, match="not a wellread stack"):
        StackOutputs("website", {"Url": "https://example.com"}).settings()


def test_a_stack_that_may_not_be_looked_at_is_said_so(client):
    client(CloudFormation(refused("AccessDenied", 403)))

    with pytest.raises(InvalidConfigurationError, match="'wellread' cannot be looked at"):
        StackOutputs.of("wellread")


def test_reconcile_is_started_and_waited_for(client):
    machine = StepFunctions("RUNNING", "RUNNING", "SUCCEEDED")
    client(machine)
    said = []
    settings = StackOutputs("wellread", OUTPUTS).settings()
    run_reconcile(settings, "run-1", say=said.append, sleep=lambda _: None)

    assert machine.started == [(ARN, "run-1")]
    assert machine.statuses == []
    assert said == [f"Started {ARN}:run-1"]


def test_a_run_that_failed_is_no_success(client):
    client(StepFunctions("RUNNING", "FAILED"))
    settings = StackOutputs("wellread", OUTPUTS).settings()

    with pytest.raises(InvalidConfigurationError, match="ended as FAILED"):
        run_reconcile(settings, "run-1", say=lambda _: None, sleep=lambda _: None)


def api(answer, authorization="Bearer t", url="https://api.example.com/"):
    asked = []

    def handle(request):
        asked.append(request)
        return answer

    http = httpx.Client(transport=httpx.MockTransport(handle))
    return DeployedApi(url, authorization, http=http), asked


def test_a_question_carries_the_authorization(monkeypatch):
    made, asked = api(httpx.Response(200, json={"answer": "yes"}))

    assert made.ask("Why?") == {"answer": "yes"}
    assert str(asked[0].url) == "https://api.example.com/v1/ask"
    assert asked[0].headers["authorization"] == "Bearer t"


def test_without_a_header_requests_are_signed_for_the_api(monkeypatch):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    made, asked = api(httpx.Response(200, json={}), authorization=None)
    made.ask("Why?")

    assert "/eu-central-1/execute-api/aws4_request" in asked[0].headers["authorization"]


def test_an_api_of_aws_is_signed_for_in_the_region_that_its_address_names(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    url = "https://abc.execute-api.us-west-2.amazonaws.com"
    made, asked = api(httpx.Response(200, json={}), authorization=None, url=url)
    made.ask("Why?")

    assert "/us-west-2/execute-api/aws4_request" in asked[0].headers["authorization"]


def test_without_a_region_nothing_can_be_signed_and_it_is_said_so(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    for name in ("AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    with pytest.raises(InvalidConfigurationError, match="AWS_DEFAULT_REGION"):
        api(httpx.Response(200, json={}), authorization=None)[0].ask("Why?")


def test_what_is_no_address_of_an_api_is_refused_at_once():
    with pytest.raises(InvalidConfigurationError, match="no address of an API"):
        DeployedApi("abc.execute-api.eu-west-1.amazonaws.com", None)


def test_an_api_that_asks_for_patience_gives_nothing(monkeypatch):
    for status in (429, 503):
        assert api(httpx.Response(status))[0].ask("Why?") is None


def test_an_api_that_lets_nobody_in_is_said_so(monkeypatch):
    with pytest.raises(InvalidConfigurationError, match="answered 401"):
        api(httpx.Response(401))[0].ask("Why?")
