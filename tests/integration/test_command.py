"""`make stack-local`: its lines, and that nothing is left when it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from stack_local.builder import ROOT
from stack_local.environments import EnvironmentUnavailableError, python_313

NAMES = {
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "WELLREAD_BUCKET",
    "WELLREAD_API_URL",
    "WELLREAD_API_AUTHORIZATION",
}


@pytest.fixture(autouse=True)
def _python_313() -> None:
    try:
        python_313()
    except EnvironmentUnavailableError as error:
        pytest.skip(str(error))


def test_the_command_prints_how_to_reach_the_stack_and_cleans_up(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    environment.pop("OPENSEARCH_URL", None)
    with subprocess.Popen(
        [sys.executable, "-m", "stack_local", "--port", "0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as command:
        assert command.stdout is not None
        said = {}
        for line in command.stdout:
            if line.strip() == "READY":
                break
            name, _, value = line.strip().partition("=")
            said[name] = value
        assert said.keys() >= NAMES
        request = urllib.request.Request(
            said["WELLREAD_API_URL"] + "/v1/health",
            headers={"Authorization": said["WELLREAD_API_AUTHORIZATION"]},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert json.loads(answer.read())["version"]
        started = psutil.Process(command.pid).children(recursive=True)
        assert started
        command.send_signal(signal.SIGTERM)
        assert command.wait(60) == 0
    _gone, alive = psutil.wait_procs(started, timeout=20)
    assert not alive
    assert list(tmp_path.iterdir()) == []
