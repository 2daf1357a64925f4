"""The side of AWS Lambda that a function talks to: it is given one event, and its answer is kept.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html,
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_SECONDS = 120.0  # on a busy machine; a call takes 1 to 5
_REQUEST = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
_PREFIX = "/2018-06-01/runtime/"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a call.

    Attributes:
        kind: "response"; "error" where the handler raised; "init" where it could not be imported.
        body: What the handler returned, or the error as Lambda tells it.
        output: What the process wrote: its log.
    """

    kind: str
    body: Any
    output: str


@dataclass(slots=True)
class _Call:
    event: Any
    deadline_ms: int
    kind: str = ""
    body: bytes = b""
    over: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


def merged(layers: Sequence[Path], into: Path) -> Path:
    """What Lambda makes of layers: one folder, where later ones win.

    Files are linked where they can be, not copied.
    """
    for layer in layers:
        for file in layer.rglob("*"):
            target = into / file.relative_to(layer)
            if file.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            try:
                os.link(file, target)
            except OSError:
                shutil.copy2(file, target)
    return into


def invoke(
    python: Path,
    code: Path,
    opt: Path,
    event: Any,
    *,
    home: Path,
    variables: Mapping[str, str] | None = None,
    handler: str = "app.lambda_handler",
    memory_mb: int = 2048,
) -> Outcome:
    """Call a handler once, in a new process that knows nothing of this one.

    Args:
        python: An interpreter that has what Lambda itself brings, and no more.
        code: The function's folder.
        opt: Its layers, merged.
        event: What it is given.
        home: An empty folder, for what it writes.
        variables: The function's own environment.
        handler: As the template names it.
        memory_mb: What the function is told it has.
    """
    call = _Call(event, deadline_ms=4_102_444_800_000)
    with _service(call) as address:
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(home),
            "TMPDIR": str(home),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONPATH": str(opt / "python"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LAMBDA_TASK_ROOT": str(code),
            "LAMBDA_RUNTIME_DIR": str(python.parent),
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_LAMBDA_FUNCTION_NAME": "packaged",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_SESSION_TOKEN": "none",
            "_HANDLER": handler,
            **(variables or {}),
        }
        process = subprocess.Popen(
            [str(python), "-m", "awslambdaric", handler],
            cwd=code,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        watch = threading.Thread(target=lambda: (process.wait(), call.over.set()))
        watch.start()
        call.over.wait(_SECONDS)
        process.terminate()
        output, _ = process.communicate(timeout=30)
        watch.join()
    if not call.kind:
        return Outcome("none", None, output)
    return Outcome(call.kind, json.loads(call.body or b"null"), output)


@contextmanager
def _service(call: _Call) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        given = False

        def do_GET(self) -> None:
            if type(self).given:  # there is no next event, and the process will be ended
                call.ended.wait(_SECONDS)
                self.close_connection = True
                return
            type(self).given = True
            body = json.dumps(call.event).encode()
            self.send_response(200)
            self.send_header("Lambda-Runtime-Aws-Request-Id", _REQUEST)
            self.send_header("Lambda-Runtime-Deadline-Ms", str(call.deadline_ms))
            self.send_header(
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:eu-west-1:111122223333:function:packaged",
            )
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            call.body = self.rfile.read(int(self.headers["Content-Length"]))
            what = self.path.removeprefix(_PREFIX).rpartition("/")
            call.kind = "init" if what[0] == "init" else what[2]
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()
            call.over.set()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        call.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
