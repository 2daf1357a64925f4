"""How soon `wellread serve` acknowledges what chats send; what importing their functions costs."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.chat_senders import Sender, SlackSender, teams_sender
from benchmarks.measuring import ROOT, child_cpu, interleaved, median
from benchmarks.options import Options, Table
from benchmarks.startup import cost_of_code

_QUESTIONS = 1000
_AT_A_TIME = 20
_SQS = "boto3.client('sqs')"
_TEAMS_SDK = "import microsoft_teams.apps"
_NEEDED = "the same, with all that a request needs but its clients"
_IMPORTS = {
    "Slack": {
        _SQS: "import boto3; boto3.client('sqs', region_name='eu-west-1')",
        "import functions.slack.app": "import functions.slack.app",
        _NEEDED: (
            "import functions.slack.app, wellread.bootstrap.services, wellread.settings\n"
            "import wellread.adapters.chat.slack.front\n"
            "wellread.settings.load_settings()"
        ),
    },
    "Teams": {
        _TEAMS_SDK: _TEAMS_SDK,
        "import functions.teams.app": "import functions.teams.app",
        _NEEDED: (
            "import functions.teams.app, wellread.bootstrap.fronts, wellread.bootstrap.services\n"
            "import wellread.settings, wellread.adapters.chat.references\n"
            "import wellread.adapters.chat.teams.front\n"
            "wellread.settings.load_settings()"
        ),
    },
}


def run_acknowledge(options: Options) -> list[Table]:
    """Imports in fresh processes, and questions to a host that works at them meanwhile."""
    with teams_sender() as teams:
        return [
            *(_imports(options, platform) for platform in _IMPORTS),
            *(_acknowledgements(sender) for sender in (SlackSender(), teams)),
        ]


def _imports(options: Options, platform: str) -> Table:
    codes = _IMPORTS[platform]
    base = next(iter(codes))
    # Teams' SDK is no part of wellread: --peers names an environment that has it.
    pythons = dict.fromkeys(codes, options.ours) | {_TEAMS_SDK: options.peers}

    def cost(name: str) -> float:
        try:
            return cost_of_code(pythons[name], codes[name])[0]
        except RuntimeError:
            if name != _TEAMS_SDK:
                raise
            return float("nan")

    sides = [lambda name=name: cost(name) for name in codes]  # type: ignore[misc]
    medians = [median(runs) for runs in interleaved(options.rounds, *sides)]
    table = Table(f"{platform}: imports of the function", ("process", "CPU ms", f"of {base}"))
    table.rows.extend(
        (name, 1000 * cpu, cpu / medians[0]) for name, cpu in zip(codes, medians, strict=True)
    )
    return table


def _acknowledgements(sender: Sender) -> Table:
    table = Table(
        f"Acknowledging {_QUESTIONS:,} questions in {sender.platform}, {_AT_A_TIME} at a time",
        ("what", "wall p50, ms", "wall p99, ms", "longest, ms", "CPU of the host each, ms"),
        note="Each in a queue on disk by then. The host works at them meanwhile, as always.",
    )
    with _served(sender) as (port, host):
        ask(port, sender, [sender.question(number) for number in range(50)])
        for what, bodies, status in (
            ("questions", [sender.question(1000 + number) for number in range(_QUESTIONS)], 200),
            ("forged", [b"{}"] * _QUESTIONS, 401),
        ):
            before = child_cpu(host)
            walls = ask(port, sender, bodies, status=status)
            cpu = (child_cpu(host) - before) / _QUESTIONS
            table.rows.append((what, *_row(walls), 1000 * cpu))
    return table


def _row(walls: Sequence[float]) -> tuple[float, float, float]:
    ordered = sorted(1000 * wall for wall in walls)
    return median(ordered), ordered[int(0.99 * len(ordered))], ordered[-1]


@contextmanager
def _served(sender: Sender) -> Iterator[tuple[int, psutil.Process]]:
    """A host whose platform cannot be reached: its port and its process."""
    folder = Path(tempfile.mkdtemp(prefix="wellread-acknowledge-"))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "wellread", "serve", "--port", str(port)),
            *("--data", str(folder / "data")),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers" / "core")]),
            **sender.settings,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        if not any("READY" in line for line in process.stdout):
            raise RuntimeError("wellread serve did not start")
        yield port, psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)


def ask(port: int, sender: Sender, bodies: Sequence[bytes], *, status: int = 200) -> list[float]:
    """Send requests, so many at a time. Returns how long each took, in seconds."""
    walls: list[float] = []
    waiting = iter(bodies)
    taking = threading.Lock()

    def send_some() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            with taking:
                body = next(waiting, None)
            if body is None:
                connection.close()
                return
            headers = sender.headers(body, forged=status != 200)
            began = time.perf_counter()
            connection.request("POST", sender.path, body, headers)
            response = connection.getresponse()
            response.read()
            walls.append(time.perf_counter() - began)
            if response.status != status:
                raise RuntimeError(f"{response.status} in place of {status}")

    _together(send_some)
    if len(walls) != len(bodies):
        raise RuntimeError("not all requests were answered")
    return walls


def _together(work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(_AT_A_TIME)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
