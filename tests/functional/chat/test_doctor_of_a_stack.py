"""`wellread doctor --stack` says what of a deployed stack works."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from tests.aws_tables import REPLIES
from tests.simulated_aws import SimulatedAws, simulated_aws
from tests.slack.state import BOT_TOKEN
from tests.slack.workspace import running_workspace
from tests.teams.state import CLIENT_ID, CLIENT_SECRET, TENANT
from tests.teams.tenant import running_tenant
from wellread.bootstrap import Services
from wellread.bootstrap.aws import AwsAdapters
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.local.deployed import SETTINGS_OF_OUTPUTS, StackOutputs
from wellread.local.doctor import command
from wellread.settings import Settings

SERVICES = ("s3", "sqs", "dynamodb", "secretsmanager")


@pytest.fixture(scope="module")
def aws() -> Iterator[SimulatedAws]:
    with simulated_aws() as account:
        yield account


@pytest.fixture
def outputs(aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What a stack says of itself, in which all is well."""
    secrets = [
        aws.client("secretsmanager").create_secret(
            Name=f"secret-{uuid.uuid4()}", SecretString=json.dumps(secret)
        )["ARN"]
        for secret in (
            {"signing_secret": "s", "bot_token": BOT_TOKEN},
            {"client_secret": CLIENT_SECRET},
        )
    ]
    said = dict.fromkeys(SETTINGS_OF_OUTPUTS, "some-value") | {
        "DocumentsBucketName": aws.bucket(versioned=True),
        "StateBucketName": aws.bucket(versioned=True),
        "IndexEngine": "faiss",
        "IndexSigned": "true",
        "SlackSecretArn": secrets[0],
        "TeamsSecretArn": secrets[1],
        "TeamsClientId": CLIENT_ID,
        "TeamsTenantId": TENANT,
        "RepliesTableName": aws.table(REPLIES),
    }
    said |= {output: aws.queue() for output in said if output.endswith("QueueUrl")}
    clients = {service: aws.client(service) for service in SERVICES}

    def services(settings: Settings) -> Services:
        return Services(AwsAdapters(settings, clients=clients), settings)

    monkeypatch.setattr(command, "deployed_services", services)
    monkeypatch.setattr(StackOutputs, "of", classmethod(lambda cls, name: cls(name, said)))
    with running_workspace() as workspace, running_tenant() as tenant:
        said |= {
            "SlackApiUrl": workspace.api_url,
            "TeamsOpenidUrl": tenant.openid_url,
            "TeamsLoginUrl": tenant.login_url,
            "TeamsGraphUrl": tenant.graph_url,
        }
        yield said


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command.doctor, ["--stack", "wellread", *arguments])


def failed() -> dict[str, str]:
    found = json.loads(run("--json").output)["checks"]
    return {each["check"]: f"{each['says']} {each['fix']}" for each in found if not each["ok"]}


def test_a_stack_in_which_all_is_well(outputs: dict[str, str]) -> None:
    found = run()

    assert found.exit_code == 0, found.output
    checks = ("parameters", "settings document", "dead letters", "Slack", "Slack scopes", "Teams")
    for check in (*checks, "Teams sign-in", "Teams keys"):
        assert f"ok        {check}: " in found.output


def test_outputs_that_an_older_stack_lacks_are_named(outputs: dict[str, str]) -> None:
    del outputs["IndexEndpoint"]

    assert "IndexEndpoint" in failed()["parameters"]
    assert "deploy" in failed()["parameters"]


def test_dead_letters_are_counted_and_the_command_names_the_stack(
    outputs: dict[str, str], aws: SimulatedAws
) -> None:
    aws.client("sqs").send_message(QueueUrl=outputs["DocumentDeadLetterQueueUrl"], MessageBody="{}")

    assert "1 of the queue document" in failed()["dead letters"]
    assert "wellread documents redrive --stack wellread" in failed()["dead letters"]


def test_a_settings_document_that_is_not_understood_is_told(
    outputs: dict[str, str], aws: SimulatedAws
) -> None:
    aws.client("s3").put_object(
        Bucket=outputs["StateBucketName"], Key="settings.json", Body=b'{"acess": {}}'
    )

    assert '"access"' in failed()["settings document"]


def test_a_secret_that_is_not_filled_is_told(outputs: dict[str, str], aws: SimulatedAws) -> None:
    aws.client("secretsmanager").put_secret_value(
        SecretId=outputs["SlackSecretArn"], SecretString="{}"
    )

    found = failed()
    assert "put-secret-value" in found["Slack"]
    assert "has no bot_token" in found["Slack bot token"]


def test_a_bots_secret_that_is_as_the_stack_made_it_is_told(
    outputs: dict[str, str], aws: SimulatedAws
) -> None:
    aws.client("secretsmanager").put_secret_value(
        SecretId=outputs["TeamsSecretArn"], SecretString='{"client_secret": "made up"}'
    )

    assert "the stack's secret" in failed()["Teams sign-in"]


def test_a_messaging_endpoint_at_which_nobody_answers_is_told(outputs: dict[str, str]) -> None:
    outputs["TeamsMessagesUrl"] = "http://127.0.0.1:9/api/messages"

    assert "http://127.0.0.1:9/api/messages does not answer" in failed()["Teams endpoint"]
    assert "function teams" in failed()["Teams endpoint"]


def test_a_conversation_that_the_stack_has_not_heard_of_is_told(
    outputs: dict[str, str], aws: SimulatedAws
) -> None:
    aws.client("s3").put_object(
        Bucket=outputs["StateBucketName"],
        Key="settings.json",
        Body=b'{"access": {}, "chat": {"teams": {"places": [{"place": "19:lab@thread.v2"}]}}}',
    )

    assert "Say something to it" in failed()["Teams places"]


def test_a_stack_without_chats_has_nothing_wrong(outputs: dict[str, str]) -> None:
    for name in [name for name in outputs if name.startswith(("Slack", "Teams", "Repl"))]:
        del outputs[name]
    found = run()

    assert found.exit_code == 0, found.output
    assert "Slack: It is off" in found.output
    assert "Teams: It is off" in found.output


def test_a_stack_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(_cls: type[StackOutputs], name: str) -> StackOutputs:
        raise InvalidConfigurationError(f"There is no stack {name!r}. Check its name.")

    monkeypatch.setattr(StackOutputs, "of", classmethod(nowhere))
    found = run()

    assert found.exit_code == 1
    assert "FAILED    stack: There is no stack 'wellread'." in found.output
    assert "Check its name." in found.output


def test_stack_and_data_folder_together_are_wrong_usage() -> None:
    assert run("--data", "x").exit_code == 2
