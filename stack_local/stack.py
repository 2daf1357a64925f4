"""The whole stack on one machine: emulator, token issuer, index, and the true template deployed."""

from __future__ import annotations

import json
import shutil
import tempfile
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config

from stack_local.builder import build
from stack_local.deployer import deploy
from stack_local.emulator import ACCESS_KEY, REGION, SECRET_KEY, Emulator
from stack_local.environments import EMULATOR
from stack_local.function_keys import keys_at_the_index
from stack_local.issuer import AUDIENCE, TokenIssuer
from stack_local.processes import StartError, free_port, is_free
from stack_local.sagemaker import SageMakerStandIn
from stack_local.serverless import KeyPair, ServerlessStandIn, StandInOptions

STACK = "wellread-local"
_USUAL_PORT = 4566
_NOTED = "stack.json"
# The layer for Bedrock is large and has nobody to talk to here.
_UNUSED = frozenset({"AsksBedrock"})


@dataclass(frozen=True, slots=True)
class StackOptions:
    """How the stack is to run.

    Attributes:
        folder: Where its state is kept; None for a folder that is deleted at the end.
        port: Of the emulator, on 127.0.0.1; None for the usual one where it is free, 0 for any.
        index_url: A real OpenSearch server to keep the passages in; None for none.
        workers: Batches of one queue that run at once.
        parameters: Of the template, on top of what the stack itself gives.
    """

    folder: Path | None = None
    port: int | None = None
    index_url: str | None = None
    workers: int = 2
    parameters: Mapping[str, str] = field(default_factory=dict)


class LocalStack:
    """A running stack; `with LocalStack(options) as stack:`."""

    def __init__(
        self, options: StackOptions | None = None, say: Callable[[str], object] = print
    ) -> None:
        self._options = options or StackOptions()
        self._say = say
        self._open = ExitStack()
        self._index_name = ""
        self._clients: dict[str, Any] = {}
        self.outputs: dict[str, str] = {}
        self.emulator: Emulator
        self.issuer: TokenIssuer
        self.index: ServerlessStandIn
        self.sagemaker: SageMakerStandIn

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start everything and deploy.

        Raises:
            EnvironmentUnavailableError: A tool cannot be set up.
            BuildError: `sam build` failed.
            StartError: A server did not start.
            DeployError: The stack could not be deployed.
        """
        options = self._options
        EMULATOR.make(self._say)
        built = build(self._say)
        folder = self._folder()
        noted = self._noted(folder)
        ports, self._index_name = noted["ports"], noted["index"]
        self.issuer = self._open.enter_context(
            TokenIssuer(ports["issuer"], folder / "issuer-key.pem")
        )
        self.index = self._open.enter_context(ServerlessStandIn(self._standin(folder, ports)))
        self.sagemaker = self._open.enter_context(SageMakerStandIn(port=ports["sagemaker"]))
        self.emulator = Emulator(
            folder,
            ports["emulator"],
            index_url=self.index.url,
            sagemaker_url=self.sagemaker.url,
            keep_state=options.folder is not None,
        )
        self._open.callback(self.emulator.stop)
        self._say("Starting the emulator ...")
        self.emulator.start()
        self._say("Deploying ...")
        self.outputs = deploy(
            self.client("cloudformation"),
            self.client("s3"),
            built,
            STACK,
            self._parameters(),
            skipped=_UNUSED,
        )
        self.index.admit(keys_at_the_index(self.client("lambda"), built))
        self._await_api()

    def close(self) -> None:
        """Stop everything; delete what is not to be kept."""
        self._open.close()

    def restart_emulator(self) -> None:
        """Stop the emulator and start it again, as after an outage; wants its state kept."""
        self.emulator.stop()
        self.emulator.start()

    @property
    def bucket(self) -> str:
        """The bucket to drop documents into."""
        return self.outputs["DocumentsBucketName"]

    @property
    def api_url(self) -> str:
        """The deployed API."""
        return self.outputs["ApiUrl"]

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator with its root key, closed when the stack is."""
        if service not in self._clients:
            root = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
            self._clients[service] = client = self.client_of(service, root)
            self._open.callback(client.close)
        return self._clients[service]

    def client_of(self, service: str, keys: Mapping[str, str], config: Config | None = None) -> Any:
        """A boto3 client of the emulator with other keys (in boto3's names); the caller's own."""
        usual = Config(retries={"total_max_attempts": 3}, proxies={})
        return boto3.client(
            service,
            endpoint_url=self.emulator.endpoint,
            region_name=REGION,
            config=usual.merge(config) if config else usual,
            **keys,
        )

    def lines(self) -> dict[str, str]:
        """What somebody needs to use the stack, by the names of environment variables."""
        return {
            "AWS_ENDPOINT_URL": self.emulator.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": REGION,
            # boto3 and version 1 of the AWS command line know this name alone.
            "AWS_DEFAULT_REGION": REGION,
            "WELLREAD_STACK": STACK,
            "WELLREAD_BUCKET": self.bucket,
            "WELLREAD_API_URL": self.api_url,
            "WELLREAD_API_AUTHORIZATION": f"Bearer {self.issuer.token('local-person')}",
        }

    def _folder(self) -> Path:
        kept = self._options.folder
        if kept is not None:
            kept.mkdir(parents=True, exist_ok=True)
            return kept.resolve()
        folder = Path(tempfile.mkdtemp(prefix="wellread-stack-"))
        self._open.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def _standin(self, folder: Path, ports: Mapping[str, int]) -> StandInOptions:
        options = self._options
        if options.index_url is not None and options.folder is None:
            self._open.callback(_forget_index, options.index_url, self._index_name)
        return StandInOptions(
            key_pairs=[KeyPair(ACCESS_KEY, SECRET_KEY)],
            region=REGION,
            forward=options.index_url,
            data=None if options.index_url is not None else folder / "index.sqlite",
            port=ports["index"],
        )

    def _noted(self, folder: Path) -> dict[str, Any]:
        # Queue addresses, the issuer and the index are written into the deployed functions: a
        # stack whose state was kept must come back on the same ports.
        file = folder / _NOTED
        noted: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        if not noted:
            usual = self._options.port is None and is_free(_USUAL_PORT)
            first = _USUAL_PORT if usual else free_port()
            ports = {"emulator": first, "issuer": free_port(), "index": free_port()}
            # A real server may hold other people's indexes.
            noted = {"ports": ports, "index": f"wellread-local-{uuid.uuid4().hex[:12]}"}
        ports = noted["ports"]
        # A folder of an older version has none for it.
        ports.setdefault("sagemaker", free_port())
        if self._options.port:
            ports["emulator"] = self._options.port
        for name, port in ports.items():
            if not is_free(port):
                raise StartError(
                    f"Port {port} on 127.0.0.1, for the {name}, is taken by another program. "
                    "Stop that one, or name another port with --port."
                )
        file.write_text(json.dumps(noted))
        return noted

    def _parameters(self) -> dict[str, str]:
        options = self._options
        return {
            "IndexEndpoint": self.index.url,
            "IndexName": self._index_name,
            "ApiAuth": "jwt",
            "JwtIssuer": self.issuer.url,
            "JwtAudience": AUDIENCE,
            "IngestConcurrency": str(options.workers),
            # Somebody tries things out here, or a test does.
            "QuestionsPerMinute": "600",
            **options.parameters,
        }

    def _await_api(self) -> None:
        request = urllib.request.Request(  # noqa: S310
            f"{self.api_url}/v1/health",
            headers={"Authorization": f"Bearer {self.issuer.token('stack-local')}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:  # noqa: S310
                answer.read()
        except urllib.error.HTTPError as error:
            with error:
                raise StartError(
                    f"The deployed API answered {error.code}: "
                    f"{error.read()[:2000].decode(errors='replace')}"
                ) from None


def _forget_index(server: str, index: str) -> None:
    request = urllib.request.Request(f"{server.rstrip('/')}/{index}", method="DELETE")  # noqa: S310
    # It may never have been made, and the server may be gone.
    with suppress(OSError), urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        answer.read()
