"""The AWS emulator as a child process: bound to the loopback, roles enforced, state on request."""

from __future__ import annotations

import os
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from stack_local.environments import EMULATOR, python_313
from stack_local.processes import Child

REGION = "us-east-1"
ACCESS_KEY = "test"
SECRET_KEY = "test"  # noqa: S105  the emulator's root key, good for nothing else
_START_SECONDS = 90.0


class Emulator:
    """An emulator under `folder`: its temporary files always, its state where it is to be kept."""

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        index_url: str = "",
        sagemaker_url: str = "",
        keep_state: bool = False,
    ) -> None:
        """Describe the emulator; `start` starts it.

        Args:
            folder: Holds its log, temporary files and state; made where it is not there.
            port: On 127.0.0.1.
            index_url: The endpoint of the collections that CloudFormation creates.
            sagemaker_url: Where SageMaker's stand-in answers.
            keep_state: Write everything down at the end, and read it at the start.
        """
        self.folder = folder
        self.port = port
        self._index_url = index_url
        self._sagemaker_url = sagemaker_url
        self._keep_state = keep_state
        self._child: Child | None = None

    @property
    def endpoint(self) -> str:
        """What AWS_ENDPOINT_URL is to be."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it wrote."""
        return self.folder / "emulator.log"

    @property
    def pid(self) -> int | None:
        """Its process id; None while it does not run."""
        return None if self._child is None else self._child.pid

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._child is not None and self._child.running

    def last_lines(self) -> str:
        """The end of what it wrote."""
        return "" if self._child is None else self._child.last_lines()

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            StartError: It did not start.
        """
        self._forget_temporary_files()
        for name in ("tmp", "home", "state"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        program = Path(__file__).with_name("emulator_process.py")
        self._child = Child(
            "The emulator",
            # Isolated: this folder's modules must not be importable there.
            [str(EMULATOR.python), "-I", str(program)],
            self._environment(),
            self.log,
            self.folder,
        )
        try:
            self._child.wait_until(self._answers, _START_SECONDS)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it and its workers; its state is written down where it is to be kept."""
        if self._child is not None:
            self._child.stop()
            self._child = None
        self._forget_temporary_files()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def _forget_temporary_files(self) -> None:
        # A worker that was killed leaves its unpacked code behind.
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        # The functions' workers inherit all of this: nothing of the user's own gets in.
        environment = {
            "PATH": os.pathsep.join([str(python_313().parent), os.defpath]),
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
            # The defaults listen on every interface.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "STACK_INDEX_URL": self._index_url,
            "STACK_SAGEMAKER_URL": self._sagemaker_url,
            # What the emulator does not know itself, its functions ask there.
            "AWS_ENDPOINT_URL_SAGEMAKER": self._sagemaker_url,
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": self._sagemaker_url,
            "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING": self._sagemaker_url,
            # A minute of a state machine is a second here.
            "SFN_WAIT_SCALE": "0.0167",
            "NO_PROXY": "127.0.0.1,localhost",
        }
        if self._keep_state:
            environment |= {
                "PERSIST_STATE": "1",
                "STATE_DIR": str(self.folder / "state"),
                "S3_PERSIST": "1",
                "S3_DATA_DIR": str(self.folder / "state" / "s3"),
            }
        return {name: value for name, value in environment.items() if value}
