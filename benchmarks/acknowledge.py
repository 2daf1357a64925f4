"""How soon `wellread serve` acknowledges what Slack sends; what importing the function costs."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
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

from benchmarks.measuring import ROOT, child_cpu, interleaved, median
from benchmarks.options import Options, Table
from benchmarks.startup import cost_of_code

_QUESTIONS = 1000
_AT_A_TIME = 20
_SECRET = "0123456789abcdef0123456789abcdef"
_TEAM, _BOT, _CONVERSATION = "T0LAB00001", "U0BOT00001", "C0LAB00001"
_SQS = "boto3.client('sqs')"
_IMPORTS = {
    _SQS: "import boto3; boto3.client('sqs', region_name='eu-west-1')",
    "import functions.slack.app": "import functions.slack.app",
    "the same, with all that a request needs but its clients": (
        "import functions.slack.app, wellread.bootstrap.services, wellread.settings\n"
        "import wellread.adapters.chat.slack.front\n"
        "wellread.settings.load_settings()"
    ),
}


def run_acknowledge(options: Options) -> list[Table]:
    """Imports in fresh processes, and questions to a host that works at them meanwhile."""
    return [_imports(options), _acknowledgements()]


def _imports(options: Options) -> Table:
    sides = [
        lambda code=code: cost_of_code(options.ours, code)[0]  # type: ignore[misc]
        for code in _IMPORTS.values()
    ]
    medians = [median(runs) for runs in interleaved(options.rounds, *sides)]
    table = Table("Slack's function: imports", ("process", "CPU ms", f"of {_SQS}"))
    table.rows.extend(
        (name, 1000 * cpu, cpu / medians[0]) for name, cpu in zip(_IMPORTS, medians, strict=True)
    )
    return table


def _acknowledgements() -> Table:
    table = Table(
        f"Acknowledging {_QUESTIONS:,} questions, {_AT_A_TIME} at a time",
        ("what", "wall p50, ms", "wall p99, ms", "longest, ms", "CPU of the host each, ms"),
        note="Each in a queue on disk by then. The host works at them meanwhile, as always.",
    )
    with _served() as (port, host):
        ask(port, [_question(number) for number in range(50)])
        before = child_cpu(host)
        walls = ask(port, [_question(1000 + number) for number in range(_QUESTIONS)])
        cpu = (child_cpu(host) - before) / _QUESTIONS
        table.rows.append(("signed mentions", *_row(walls), 1000 * cpu))
        before = child_cpu(host)
        walls = ask(port, [b"{}"] * _QUESTIONS, status=401, secret="another")
        cpu = (child_cpu(host) - before) / _QUESTIONS
        table.rows.append(("forged", *_row(walls), 1000 * cpu))
    return table


def _row(walls: Sequence[float]) -> tuple[float, float, float]:
    ordered = sorted(1000 * wall for wall in walls)
    return median(ordered), ordered[int(0.99 * len(ordered))], ordered[-1]


@contextmanager
def _served() -> Iterator[tuple[int, psutil.Process]]:
    """A host whose Slack cannot be reached: its port and its process."""
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
            "WELLREAD_SLACK_SIGNING_SECRET": _SECRET,
            "WELLREAD_SLACK_BOT_TOKEN": "xoxb-0",
            "WELLREAD_SLACK_API_URL": "http://127.0.0.1:9/api/",
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


def ask(
    port: int, bodies: Sequence[bytes], *, status: int = 200, secret: str = _SECRET
) -> list[float]:
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
            headers = _headers(body, secret)
            began = time.perf_counter()
            connection.request("POST", "/slack/events", body, headers)
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


def _question(number: int) -> bytes:
    at = f"17733960{number // 100:02d}.{number:06d}"
    event = {
        "type": "app_mention",
        "user": "U0ANN00001",
        "text": f"<@{_BOT}> How long may book {number} be borrowed?",
        "ts": at,
        "channel": _CONVERSATION,
        "event_ts": at,
        "team": _TEAM,
    }
    bot = {"team_id": _TEAM, "user_id": _BOT, "is_bot": True}
    return json.dumps(
        {
            "type": "event_callback",
            "team_id": _TEAM,
            "api_app_id": "A0WELL0001",
            "event": event,
            "authorizations": [bot],
        }
    ).encode()


def _headers(body: bytes, secret: str) -> dict[str, str]:
    now = str(int(time.time()))
    signed = hmac.new(secret.encode(), b"v0:%s:%s" % (now.encode(), body), hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": now,
        "X-Slack-Signature": f"v0={signed.hexdigest()}",
    }
