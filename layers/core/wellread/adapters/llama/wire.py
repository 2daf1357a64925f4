"""What goes between wellread and the process that holds a model: a line of JSON each way."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import IO

_LINE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Order:
    """Which model to serve, and how.

    Attributes:
        path: The GGUF file.
        key: Whoever asks has to send it as a bearer token.
        parent: Id of the process that this one must not outlive.
        context_tokens: Prompt and answer together; a longer prompt is refused.
        answer_tokens: After so many an answer is cut off.
        threads: For prompts and for answers.
    """

    path: str
    key: str
    parent: int
    context_tokens: int
    answer_tokens: int
    threads: int


@dataclass(frozen=True, slots=True)
class Report:
    """What became of it.

    Attributes:
        address: Where the server listens, as `http://127.0.0.1:PORT`; empty where it does not.
        problem: Why it does not: "missing" (a package), "refused" (the file), or empty.
    """

    address: str = ""
    problem: str = ""


def write_line(stream: IO[bytes], said: Order | Report) -> None:
    """Send it.

    Raises:
        OSError: Nobody reads any more.
    """
    stream.write(json.dumps(asdict(said)).encode("utf-8") + b"\n")
    stream.flush()


def read_order(stream: IO[bytes]) -> Order:
    """What to serve.

    Raises:
        ValueError: It is no order.
        TypeError: The same.
    """
    return Order(**json.loads(stream.readline(_LINE_BYTES)))


def read_report(stream: IO[bytes]) -> Report:
    """What became of an order.

    Raises:
        ValueError: It is no report, for example because the process has ended.
        TypeError: The same.
    """
    return Report(**json.loads(stream.readline(_LINE_BYTES)))
