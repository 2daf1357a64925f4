"""Answers from a tuned model, for a SageMaker endpoint whose container is one's own.

    python training/inference.py --model /opt/ml/model

`GET /ping` says 200 once the model is loaded, 503 before. `POST /invocations` takes OpenAI's chat
messages, `{"messages", "max_tokens", "temperature", "stream"}`, and answers with one JSON object,
or with server-sent events where `stream` is true. Mistakes are answered with OpenAI's error object.
A container of vLLM does the same faster for many askers at a time; this one needs nothing but what
training needs, and answers one asker after another.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from training.serving import BusyError, Model, RequestError, Wish, load_model, wish_from

_LARGEST_BODY = 6 * 1024 * 1024
"""What SageMaker hands on at most."""

log = logging.getLogger("training")


@dataclass
class State:
    """What the server serves.

    Attributes:
        model: None while it is loading.
        problem: Why it could not be loaded; "" where it could, or may yet.
    """

    model: Model | None = None
    problem: str = ""

    def load(self, folder: Path, base: Path | None) -> None:
        """Load the model; to be called in a thread of its own."""
        try:
            self.model = load_model(folder, base)
        except Exception as error:
            log.exception("The model could not be loaded")
            self.problem = str(error)


class Server(ThreadingHTTPServer):
    """The server, with the model that it serves."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], state: State) -> None:
        """Listen at an address."""
        super().__init__(address, Handler)
        self.state = state


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    server: Server

    def do_GET(self) -> None:
        """Answer `/ping`."""
        if self.path.split("?")[0] != "/ping":
            self._refuse(404, "There is /ping and /invocations here.")
        elif self.server.state.model is None:
            self._refuse(503, self.server.state.problem or "The model is being loaded.")
        else:
            self._send(200, {"model": self.server.state.model.name})

    def do_POST(self) -> None:
        """Answer `/invocations`."""
        body = self._body()
        if body is None:
            return
        model = self.server.state.model
        if self.path.split("?")[0] != "/invocations":
            self._refuse(404, "There is /ping and /invocations here.")
        elif model is None:
            self._refuse(503, self.server.state.problem or "The model is being loaded.")
        else:
            self._answer(model, body)

    def _answer(self, model: Model, body: bytes) -> None:
        try:
            wish = wish_from(body, model)
            with model.turn(), contextlib.closing(model.speak(wish)) as pieces:
                if wish.stream:
                    self._stream(model, pieces)
                else:
                    text = "".join(pieces)
                    self._send(200, _completion(model, wish, text))
        except RequestError as error:
            self._refuse(error.status, str(error))
        except BusyError as error:
            self._refuse(429, str(error))
        except OSError:
            # Whoever asked has gone.
            self.close_connection = True
        except Exception:
            log.exception("An answer failed")
            self._refuse(500, "The model failed at this question. The log says why.")

    def _stream(self, model: Model, pieces: Iterator[str]) -> None:
        """Send events in chunks; a failure after the first one breaks the stream off."""
        first = next(pieces, None)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            if first is not None:
                self._event(_delta(model, {"role": "assistant", "content": first}))
            for piece in pieces:
                self._event(_delta(model, {"content": piece}))
            self._event(_delta(model, {}, model.finish_reason))
            self._chunk(b"data: [DONE]\n\n")
        except OSError:
            raise
        except Exception:
            log.exception("An answer failed amid its stream")
            self._event(_error(500, "The model failed at this question. The log says why."))
        self._chunk(b"")

    def _event(self, values: Mapping[str, Any]) -> None:
        self._chunk(f"data: {json.dumps(values)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _body(self) -> bytes | None:
        """What was sent; None where it was refused."""
        try:
            size = int(self.headers.get("Content-Length", ""))
        except ValueError:
            size = -1
        if 0 <= size <= _LARGEST_BODY:
            return self.rfile.read(size)
        self.close_connection = True
        if size < 0:
            self._refuse(411, "The request has to say its Content-Length.")
        else:
            self._refuse(413, f"The request is larger than {_LARGEST_BODY} bytes.")
        return None

    def _refuse(self, status: int, message: str) -> None:
        self._send(status, _error(status, message))

    def _send(self, status: int, values: Mapping[str, Any]) -> None:
        data = json.dumps(values).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of each request: SageMaker pings every few seconds."""


def _error(status: int, message: str) -> dict[str, Any]:
    """OpenAI's error object.

    Source: https://platform.openai.com/docs/guides/error-codes
    """
    kind = "invalid_request_error" if status < 429 else "server_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": status}}


def _completion(model: Model, wish: Wish, text: str) -> dict[str, Any]:
    said = {"role": "assistant", "content": text}
    asked, spoken = len(wish.prompt), model.spoken_tokens
    return {
        "object": "chat.completion",
        "model": model.name,
        "choices": [{"index": 0, "message": said, "finish_reason": model.finish_reason}],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": spoken,
            "total_tokens": asked + spoken,
        },
    }


def _delta(model: Model, delta: Mapping[str, str], reason: str | None = None) -> dict[str, Any]:
    return {
        "object": "chat.completion.chunk",
        "model": model.name,
        "choices": [{"index": 0, "delta": dict(delta), "finish_reason": reason}],
    }


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="inference.py", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("/opt/ml/model"))
    parser.add_argument("--base", type=Path, help="where the model is an adapter alone: its base")
    parser.add_argument("--host", default="0.0.0.0")  # noqa: S104 - the container's own network
    parser.add_argument(
        "--port", type=int, default=int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    state = State()
    server = Server((options.host, options.port), state)
    threading.Thread(target=state.load, args=(options.model, options.base), daemon=True).start()
    signal.signal(
        signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown, daemon=True).start()
    )
    print(f"Listening on port {server.server_address[1]}", file=sys.stderr, flush=True)  # noqa: T201
    server.serve_forever(poll_interval=0.2)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
