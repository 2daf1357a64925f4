"""The passage indexes that the suites run on, each empty and by itself.

What is written to OpenSearch shows after a while. The suite of the port expects it at once, so
there everything is made visible after each write; the suite of `Lagging` takes the index as it is.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from opensearchpy import OpenSearch

from stack_local.serverless import KeyPair, ServerlessStandIn, StandInOptions
from wellread.adapters.aws.opensearch_connection import connect
from wellread.adapters.aws.opensearch_index import OpenSearchPassageIndex
from wellread.adapters.embedded.sqlite_database import SqliteDatabase
from wellread.adapters.embedded.sqlite_index import SqlitePassageIndex
from wellread.domain.access.rules import AccessRules
from wellread.ports.index import PassageIndex
from wellread.ports.operations import Clock

KEYS = KeyPair("AKIDCONTRACT", "contract-secret")

_numbers = itertools.count(1)


@dataclass
class SetRules:
    """Access rules that a test sets."""

    rules: AccessRules = field(default_factory=lambda: AccessRules(narrow=False))

    def load(self) -> AccessRules:
        return self.rules


@dataclass(frozen=True)
class Credentials:
    """As the signer wants them."""

    access_key: str = KEYS.access_key
    secret_key: str = KEYS.secret_key
    token: str | None = None


class SettledIndex(OpenSearchPassageIndex):
    """Shows what was written as soon as the writing is over."""

    settle: Callable[[], object]

    def add(self, chunks, model_version):
        super().add(chunks, model_version)
        self.settle()

    def delete(self, document, builds):
        deleted = super().delete(document, builds)
        self.settle()
        return deleted

    def sweep(self, document, *, keep, before):
        deleted = super().sweep(document, keep=keep, before=before)
        self.settle()
        return deleted

    def update_access(self, document, audiences, *, own):
        super().update_access(document, audiences, own=own)
        self.settle()


@dataclass
class Surroundings:
    """What an index under test is given, and what the test may do behind its back.

    Attributes:
        standin: Where the index is on one.
        settle: Makes everything visible.
        slept: How long the index waited, as often as it did.
    """

    path: Path
    clock: Clock
    rules: SetRules = field(default_factory=SetRules)
    standin: ServerlessStandIn | None = None
    settle: Callable[[], object] = lambda: None
    slept: list[float] = field(default_factory=list)


class Servers:
    """The servers of a session, each started when the first test wants it."""

    def __init__(self, real: Callable[[], str]) -> None:
        """Know how to come by the URL of a real OpenSearch."""
        self.real = real
        self._stack = ExitStack()
        self._standins: dict[bool, ServerlessStandIn] = {}

    def standin(self, *, forward: bool) -> ServerlessStandIn:
        """A stand-in that shows writes only when it is told to."""
        if forward not in self._standins:
            options = StandInOptions(
                key_pairs=(KEYS,),
                lag_seconds=math.inf,
                forward=self.real() if forward else None,
            )
            self._standins[forward] = self._stack.enter_context(ServerlessStandIn(options))
        return self._standins[forward]

    def close(self) -> None:
        """Stop them."""
        self._stack.close()


def on_sqlite(around: Surroundings, servers: Servers, *, settled: bool):
    database = SqliteDatabase(around.path / "data" / "wellread.sqlite")
    return closing_with(
        SqlitePassageIndex(database, "packaged", clock=around.clock), database.close
    )


def on_server(around: Surroundings, servers: Servers, *, settled: bool):
    return on(around, connect(servers.real(), signed=False), settled, engine="lucene")


def on_standin(around: Surroundings, servers: Servers, *, settled: bool, forward: bool = False):
    around.standin = servers.standin(forward=forward)
    around.standin.faults.clear()
    client = connect(around.standin.url, credentials=Credentials(), region="eu-central-1")
    return on(around, client, settled, engine="faiss")


def on_forwarding_standin(around: Surroundings, servers: Servers, *, settled: bool):
    return on_standin(around, servers, settled=settled, forward=True)


@contextmanager
def on(
    around: Surroundings, client: OpenSearch, settled: bool, *, engine: str
) -> Iterator[PassageIndex]:
    name = f"contract-{next(_numbers)}"
    kind = SettledIndex if settled else OpenSearchPassageIndex
    index = kind(
        client,
        name,
        engine=engine,
        rules=around.rules,
        embedder_setting="packaged",
        clock=around.clock,
        sleep=around.slept.append,
        remember_seconds=0.0,
    )

    def refresh():
        client.transport.perform_request("POST", f"/{name}/_refresh", params={"ignore": 404})

    around.settle = around.standin.settle if around.standin else refresh
    if settled:
        index.settle = around.settle
    with closing(client):
        try:
            yield index
        finally:
            client.transport.perform_request("DELETE", f"/{name}", params={"ignore": 404})


@contextmanager
def closing_with(index: PassageIndex, close: Callable[[], object]) -> Iterator[PassageIndex]:
    yield index
    close()


LAGGING = {
    "standin": on_standin,
    "opensearch": on_server,
    "standin-opensearch": on_forwarding_standin,
}
PROMPT = REEMBEDDABLE = {"sqlite": on_sqlite}
INDEXES = PROMPT | LAGGING
