"""SageMaker's and Bedrock's runtime endpoints on this machine, as far as wellread calls them.

They speak the services' own encoding (chunked HTTP, `application/vnd.amazon.eventstream`), so that
the real SDK stands between them and the adapters.

Sources: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Runtime.html
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import boto3
from botocore.config import Config

from stack_local.event_streams import event
from tests.chat_server import delta

Pieces = Callable[[dict[str, Any]], Sequence[str]]
"""From a request's body to the pieces of the answer."""


@dataclass(frozen=True)
class Call:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Exchange(BaseHTTPRequestHandler):
    """One request, and the means to answer it."""

    protocol_version = "HTTP/1.1"
    server: ModelServer
    call: Call

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.call = Call(unquote(self.path), headers, json.loads(raw))
        self.server.calls.append(self.call)
        self.close_connection = True
        service = "sagemaker" if self.path.startswith("/endpoints/") else "bedrock"
        if f"/{service}/aws4_request" not in headers.get("authorization", ""):
            self.refuse(403, "AccessDeniedException", "The request is not signed.")
            return
        with contextlib.suppress(ConnectionError):  # the client may give up: that is a case
            self.server.behaviour(self)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""

    def answer(self, body: object, status: int = 200, **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status: int, code: str, message: str) -> None:
        self.answer({"message": message}, status, X_Amzn_ErrorType=code)

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Connection", "close")
        self.end_headers()

    def write(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def part(self, data: bytes) -> None:
        """A `PayloadPart` of SageMaker's."""
        self.write(event("PayloadPart", data, "application/octet-stream"))

    def event(self, name: str, **fields: object) -> None:
        """An event of Bedrock's."""
        self.write(event(name, json.dumps(fields).encode()))

    def exception(self, name: str, **fields: object) -> None:
        """An error amid a stream."""
        self.write(event(name, json.dumps(fields).encode(), kind="exception"))

    def pause(self, seconds: float = 60.0) -> None:
        """Wait, but not beyond the end of the test."""
        if self.server.over.wait(seconds):
            raise ConnectionAbortedError


class ModelServer(ThreadingHTTPServer):
    """Answers every request as `behaviour` does."""

    daemon_threads = True

    def __init__(self, behaviour: Callable[[Exchange], None]) -> None:
        self.calls: list[Call] = []
        self.behaviour = behaviour
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), Exchange)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def running_models(
    service: str, behaviour: Callable[[Exchange], None], *, read_seconds: float = 10.0
) -> Iterator[tuple[ModelServer, Any]]:
    """A server, and the SDK's client of that service for it."""
    server = ModelServer(behaviour)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    client = boto3.client(
        service,
        region_name="eu-central-1",
        endpoint_url=server.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(
            read_timeout=read_seconds, connect_timeout=5, retries={"total_max_attempts": 1}
        ),
    )
    try:
        yield server, client
    finally:
        server.over.set()
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


def server_sent_events(pieces: Sequence[str]) -> bytes:
    """What a vLLM container sends."""
    lines = [delta("", role="assistant"), *map(delta, pieces), delta(finish="stop"), "[DONE]"]
    return "".join(f"data: {line}\n\n" for line in lines).encode()


def json_lines(pieces: Sequence[str]) -> bytes:
    """What an LMI container sends."""
    lines = [*map(delta, pieces), delta("", finish="eos_token")]
    return "".join(f"{line}\n" for line in lines).encode()


def container(
    pieces: Pieces, written: Callable[[Sequence[str]], bytes] = server_sent_events, cut: int = 7
) -> Callable[[Exchange], None]:
    """A chat model behind a SageMaker endpoint, its answer cut into parts of so many bytes."""

    def behave(exchange: Exchange) -> None:
        assert re.fullmatch(r"/endpoints/[\w-]+/invocations-response-stream", exchange.call.path)
        data = written(pieces(exchange.call.body))
        exchange.begin()
        for start in range(0, len(data), cut):
            exchange.part(data[start : start + cut])
        exchange.end()

    return behave


def converse(pieces: Pieces, stop_reason: str = "end_turn") -> Callable[[Exchange], None]:
    """A chat model on Bedrock."""

    def behave(exchange: Exchange) -> None:
        assert exchange.call.path.endswith("/converse-stream")
        said = pieces(exchange.call.body)
        exchange.begin()
        exchange.event("messageStart", role="assistant")
        for piece in said:
            exchange.event("contentBlockDelta", delta={"text": piece}, contentBlockIndex=0)
        exchange.event("contentBlockStop", contentBlockIndex=0)
        exchange.event("messageStop", stopReason=stop_reason)
        usage = {"inputTokens": 9, "outputTokens": 3, "totalTokens": 12}
        exchange.event("metadata", usage=usage, metrics={"latencyMs": 1})
        exchange.end()

    return behave


Embed = Callable[[Sequence[str]], list[tuple[float, ...]]]


def text_embeddings_inference(embed: Embed) -> Callable[[Exchange], None]:
    """An embedding model behind a SageMaker endpoint; as strict as the real container."""

    def behave(exchange: Exchange) -> None:
        assert re.fullmatch(r"/endpoints/[\w-]+/invocations", exchange.call.path)
        texts = exchange.call.body["inputs"]
        if not texts or not all(texts):
            exchange.refuse(424, "ModelError", "`inputs` cannot be empty")
        elif len(texts) > 32:
            exchange.refuse(424, "ModelError", "batch size > maximum allowed batch size 32")
        elif not exchange.call.body.get("truncate") and any(len(text) > 900 for text in texts):
            exchange.refuse(424, "ModelError", "`inputs` must have less than 256 tokens")
        else:
            exchange.answer([list(vector) for vector in embed(texts)])

    return behave


def bedrock_embeddings(embed: Embed, dimensions: int = 1024) -> Callable[[Exchange], None]:
    """Titan or Cohere: vectors of another length and other dimensions than the model behind."""

    def padded(vector: Sequence[float]) -> list[float]:
        return [3.0 * value for value in vector] + [0.0] * (dimensions - len(vector))

    def behave(exchange: Exchange) -> None:
        body = exchange.call.body
        if "titan" in exchange.call.path:
            if not 1 <= len(body["inputText"]) <= 50_000:
                exchange.refuse(400, "ValidationException", "Malformed input request")
                return
            exchange.answer({"embedding": padded(embed([body["inputText"]])[0])})
            return
        assert body["input_type"] in ("search_document", "search_query")
        if not all(1 <= len(text) <= 2048 for text in body["texts"]) or len(body["texts"]) > 96:
            exchange.refuse(400, "ValidationException", "Malformed input request")
            return
        exchange.answer({"embeddings": [padded(vector) for vector in embed(body["texts"])]})

    return behave
