"""A deployed stack as commands on somebody's machine see it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import httpx

from wellread.bootstrap import Services
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.settings import Settings, load_settings

if TYPE_CHECKING:
    pass

SETTINGS_OF_OUTPUTS = {
    "DocumentsBucketName": "documents_bucket",
    "StateBucketName": "state_bucket",
    "DocumentsTableName": "documents_table",
    "ThreadsTableName": "threads_table",
    "VectorsTableName": "vectors_table",
    "DocumentQueueUrl": "document_queue_url",
    "ChunkQueueUrl": "chunk_queue_url",
    "DocumentDeadLetterQueueUrl": "document_dead_letters_url",
    "ChunkDeadLetterQueueUrl": "chunk_dead_letters_url",
    "ReceiptQueueUrl": "receipt_queue_url",
    "ReceiptDeadLetterQueueUrl": "receipt_dead_letters_url",
    "SlackApiUrl": "slack_api_url",
    "SlackSecretArn": "slack_secret",
    "SlackInstallations": "slack_installations",
    "TeamsClientId": "teams_client_id",
    "TeamsTenantId": "teams_tenant_id",
    "TeamsSecretArn": "teams_secret",
    "TeamsOpenidUrl": "teams_openid_url",
    "TeamsLoginUrl": "teams_login_url",
    "TeamsGraphUrl": "teams_graph_url",
    "RepliesTableName": "replies_table",
    "EventBusName": "event_bus",
    "ReconcileStateMachineArn": "reconcile_state_machine",
    "IndexEndpoint": "index_url",
    "IndexName": "index_name",
    "IndexEngine": "index_engine",
    "IndexSigned": "index_signed",
    "Embedder": "embedder",
    "Generator": "generator",
}
_ASK_SECONDS = 35.0
_LOOK_SECONDS = 2.0
_NOT_NOW = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class StackOutputs:
    """What a CloudFormation stack says about itself."""

    name: str
    values: Mapping[str, str]

    @classmethod
    def of(cls, name: str) -> StackOutputs:
        """Ask CloudFormation, with this machine's AWS credentials.

        Raises:
            InvalidConfigurationError: There is no such stack, or it may not be looked at.
        """
        refused = _botocore()
        try:
            stacks = deployed_client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        except refused as exc:
            raise InvalidConfigurationError(
                f"The stack {name!r} cannot be looked at ({exc}). Check its name, the region and "
                "your credentials (`aws sts get-caller-identity`)."
            ) from exc
        outputs = stacks[0].get("Outputs", [])
        return cls(name, {each["OutputKey"]: each["OutputValue"] for each in outputs})

    @property
    def bucket(self) -> str | None:
        """The documents bucket."""
        return self.values.get("DocumentsBucketName")

    @property
    def api_url(self) -> str | None:
        """The HTTP API."""
        return self.values.get("ApiUrl")

    def settings(self) -> Settings:
        """The settings with which this machine works on the stack.

        Raises:
            InvalidConfigurationError: The stack is not wellread's, or an older one.
        """
        found = {
            setting: self.values[output]
            for output, setting in SETTINGS_OF_OUTPUTS.items()
            if self.values.get(output)
        }
        if "documents_bucket" not in found:
            raise InvalidConfigurationError(
                f"The stack {self.name!r} has no output DocumentsBucketName: it is not a wellread "
                "stack. Name the one that `sam deploy` made."
            )
        return load_settings(backend="aws", stack=self.name, **found)


class DeployedApi:
    """The HTTP API of a deployed stack."""

    def __init__(
        self, url: str, authorization: str | None, *, http: httpx.Client | None = None
    ) -> None:
        """Ask at this URL.

        Args:
            url: Without a path.
            authorization: The Authorization header; None signs each request with this machine's
                AWS credentials, empty sends none.
            http: Sends the requests; None for one that waits as long as an answer may take.

        Raises:
            InvalidConfigurationError: The URL is none.
        """
        if not url.startswith(("https://", "http://")):
            raise InvalidConfigurationError(
                f"{url!r} is no address of an API. It looks like "
                "https://<id>.execute-api.<region>.amazonaws.com."
            )
        self._url = url.rstrip("/")
        self._authorization = authorization
        self._http = http or httpx.Client(timeout=_ASK_SECONDS)

    def ask(self, question: str) -> Mapping[str, Any] | None:
        """Ask a question; None where the API asks for patience.

        Raises:
            InvalidConfigurationError: It does not let this caller in, or is not wellread's.
        """
        body = json.dumps({"question": question}).encode()
        return self._answer("POST", "/v1/ask", body)

    def status(self, document: str) -> str | None:
        """Where a document stands; None where there is none, or the API asks for patience.

        Raises:
            InvalidConfigurationError: As `ask`.
        """
        found = self._answer("GET", f"/v1/receipts/{quote(document)}")
        return str(found["status"]) if found else None

    def _answer(self, method: str, path: str, body: bytes = b"") -> Mapping[str, Any] | None:
        url = self._url + path
        headers = self._headers(method, url, body)
        try:
            response = self._http.request(method, url, content=body, headers=headers)
        except httpx.TransportError:
            return None
        if response.status_code in _NOT_NOW or _is_missing_document(response):
            return None
        if response.status_code != httpx.codes.OK:
            raise InvalidConfigurationError(
                f"{url} answered {response.status_code}. Check the URL, and that the caller is let "
                "in (--authorization, or credentials that may invoke the API)."
            )
        answer: Mapping[str, Any] = response.json()
        return answer

    def _headers(self, method: str, url: str, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._authorization is not None:
            return headers | ({"Authorization": self._authorization} if self._authorization else {})
        _botocore()
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.session import Session

        session = Session()
        credentials = session.get_credentials()
        region = _region_of(url) or session.get_config_variable("region")
        if credentials is None:
            raise InvalidConfigurationError(
                "This machine has no AWS credentials to sign with. Configure some, or say "
                "--authorization 'Bearer ...'."
            )
        request = AWSRequest(method, url, headers=headers, data=body)
        if not region:
            raise InvalidConfigurationError(
                "It is not known which region the API is in. Set AWS_DEFAULT_REGION."
            )
        SigV4Auth(credentials, "execute-api", region).add_auth(request)
        return dict(request.headers.items())


def _region_of(url: str) -> str | None:
    """`https://abc.execute-api.eu-west-1.amazonaws.com` names its region."""
    labels = (urlsplit(url).hostname or "").split(".")
    return labels[2] if labels[1:2] == ["execute-api"] and len(labels) > 3 else None


def _is_missing_document(response: httpx.Response) -> bool:
    """Whether it is wellread that says 404, and not whatever else stands at the URL."""
    return response.status_code == httpx.codes.NOT_FOUND and '"not_found"' in response.text


def deployed_client(service: str) -> Any:
    """A client of an AWS service, with this machine's credentials.

    Raises:
        InvalidConfigurationError: The extra `aws` is not installed, or there is no region.
    """
    _botocore()
    from wellread.adapters.aws.clients import aws_client

    return aws_client(service)


def told_in_words(kind: str, name: str, setting: str) -> AbstractContextManager[None]:
    """What AWS refuses meanwhile is raised as wellread's own errors.

    Args:
        kind: What is worked on: "bucket".
        name: Its name.
        setting: The environment variable that names it.
    """
    from wellread.adapters.aws.service_errors import Resource

    return Resource(kind, name, setting).errors()


def deployed_services(settings: Settings) -> Services:
    """The services of a deployed stack, to be called from this machine.

    Raises:
        InvalidConfigurationError: The extra `aws` is not installed.
    """
    _botocore()
    from wellread.bootstrap.aws import AwsAdapters

    return Services(AwsAdapters(settings), settings)


def run_reconcile(
    settings: Settings,
    run: str,
    *,
    say: Callable[[str], object],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Start a deployed stack's reconcile state machine, and wait until it is over.

    Args:
        settings: Of the stack.
        run: A name for the run; the report is kept under it.
        say: Told how it goes on.
        sleep: Between looks.

    Raises:
        InvalidConfigurationError: It may not be started, or it failed.
    """
    arn = settings.reconcile_state_machine
    if not arn:
        raise InvalidConfigurationError("The stack names no reconcile state machine.")
    step_functions = deployed_client("stepfunctions")
    refused = _botocore()
    try:
        started = step_functions.start_execution(stateMachineArn=arn, name=run, input="{}")
        say(f"Started {started['executionArn']}")
        while True:
            execution = step_functions.describe_execution(executionArn=started["executionArn"])
            if execution["status"] != "RUNNING":
                break
            sleep(_LOOK_SECONDS)
    except refused as exc:
        raise InvalidConfigurationError(
            f"Reconcile cannot be started or followed ({exc}). Your credentials need "
            "states:StartExecution and states:DescribeExecution on it."
        ) from exc
    if execution["status"] != "SUCCEEDED":
        raise InvalidConfigurationError(
            f"Reconcile ended as {execution['status']}. What it saw was repaired; the execution's "
            "history in Step Functions names the step that failed. Start it again."
        )


def _botocore() -> tuple[type[Exception], ...]:
    """What botocore raises; checks that it is there."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError as exc:
        raise InvalidConfigurationError(
            "Commands on a deployed stack need the extra `aws`: "
            "python3 scripts/setup.py --extra aws"
        ) from exc
    return (BotoCoreError, ClientError)
