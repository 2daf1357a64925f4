"""What stands for AWS under the schedules, made once for many worlds."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from opensearchpy import OpenSearch

from stack_local.serverless import KeyPair, ServerlessStandIn, StandInOptions
from tests.laptop import WordEmbedder
from tests.schedules.interruptions import Switch
from tests.simulated_aws import REGION, SimulatedAws, simulated_aws
from wellread.adapters.aws.opensearch_connection import connect
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.dispatch import parse_document
from wellread.domain.knowledge.documents import ParsedText

_KEYS = KeyPair("schedules", "schedules-secret")
_BATCH_CHUNKS = 2
"""Chunks in a batch, so that most texts have several batches."""

LAG_SECONDS = 20.0
"""The longest that a write to the index stays unseen; each write has a lag of its own."""


@dataclass(slots=True)
class Calls:
    """Sees every call that the functions make to the outside, and interferes.

    Attributes:
        now: The time, which passes only when somebody waits.
        working: Whether it is a function that calls; others are left alone.
        failing: What happens to coming calls of S3 and DynamoDB: "refused" (not done) or "unheard"
            (done, and the answer an error).
        watching: Told of every call of a function before it is made.
        reading: Told of every other call before it is made.
    """

    now: float
    switch: Switch = field(default_factory=Switch)
    working: bool = False
    failing: list[str] = field(default_factory=list)
    watching: Callable[[], None] | None = None
    reading: Callable[[], None] | None = None

    def clock(self) -> float:
        """The time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait, at once."""
        self.now += seconds

    def before(self) -> None:
        """A call is about to be made."""
        if not self.working:
            if self.reading is not None:
                self.reading()
            return
        if self.watching is not None:
            self._told(self.watching)
        self.switch.call()

    def _told(self, watching: Callable[[], None]) -> None:
        self.working = False
        try:
            watching()
        finally:
            self.working = True

    def fate(self) -> str:
        """What happens to a call of S3 or DynamoDB."""
        return self.failing.pop() if self.working and self.failing else ""


class Watched:
    """A client of AWS whose every call is seen first."""

    def __init__(self, client: Any, calls: Calls) -> None:
        self._client = client
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        return lambda **request: self._seen(name, lambda: getattr(self._client, name)(**request))

    def get_paginator(self, name: str) -> Any:
        """A paginator, each of whose pages is a call."""
        return WatchedPages(self._client.get_paginator(name), lambda get: self._seen(name, get))

    def _seen(self, name: str, call: Callable[[], Any]) -> Any:
        self._calls.before()
        fate = self._calls.fate()
        if fate == "refused":
            raise failure(name)
        answer = call()
        if fate == "unheard":
            raise failure(name)
        return answer


class WatchedPages:
    """A paginator of a watched client."""

    def __init__(self, paginator: Any, seen: Callable[[Callable[[], Any]], Any]) -> None:
        self._paginator = paginator
        self._seen = seen

    def paginate(self, **request: Any) -> Iterator[Any]:
        """The pages."""
        pages = iter(self._paginator.paginate(**request))
        while (page := self._seen(lambda: next(pages, None))) is not None:
            yield page


def failure(operation: str) -> ClientError:
    """What a client raises once its own retries came to nothing."""
    return ClientError(
        {
            "Error": {"Code": "InternalError", "Message": "We encountered an internal error."},
            "ResponseMetadata": {"HTTPStatusCode": 500},
        },
        operation,
    )


class InProcessParser:
    """Reads files here: what a child process guards against is tested elsewhere."""

    def parse(self, name: str, data: bytes) -> ParsedText:
        """The text of a file."""
        return parse_document(name, data, ParseLimits())


@dataclass(frozen=True, slots=True)
class Cloud:
    """The parts that worlds share: an account, and a collection with one client of it."""

    aws: SimulatedAws
    standin: ServerlessStandIn
    index: OpenSearch
    calls: Calls


@contextlib.contextmanager
def cloud(*, seed: int, forward: str | None = None) -> Iterator[Cloud]:
    """An account and a collection, for as long as the context lasts.

    Args:
        seed: Of the lags of writes to the index.
        forward: URL of a real OpenSearch behind the stand-in; None for the stand-in alone.
    """
    calls = Calls(now=1_800_000_000.0)
    options = StandInOptions(
        key_pairs=(_KEYS,),
        lag_seconds=LAG_SECONDS,
        uneven=None if forward else random.Random(seed).getrandbits(32),
        forward=forward,
        clock=calls.clock,
    )
    with contextlib.ExitStack() as stack:
        aws = stack.enter_context(simulated_aws())
        standin = stack.enter_context(ServerlessStandIn(options))
        client = connect(
            standin.url,
            credentials=Credentials(_KEYS.access_key, _KEYS.secret_key),
            region=REGION,
        )
        stack.callback(client.close)
        perform = client.transport.perform_request

        def watched(*given: Any, **more: Any) -> Any:
            calls.before()
            return perform(*given, **more)

        embedder = WordEmbedder()
        for replaced, by in (
            ("wellread.adapters.aws.opensearch_connection.connect", lambda *_, **__: client),
            ("wellread.bootstrap.models.load_embedder", lambda _: embedder),
            ("wellread.services.ingest.staging.BATCH_CHUNKS", _BATCH_CHUNKS),
        ):
            stack.enter_context(mock.patch(replaced, by))
        stack.enter_context(mock.patch.object(client.transport, "perform_request", watched))
        yield Cloud(aws, standin, client, calls)
