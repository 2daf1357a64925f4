"""A stand-in for each test."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from stack_local.serverless import ServerlessStandIn, StandInOptions
from tests import opensearch
from tests.doubles import SetClock
from tests.serverless.collection import KEYS, Collection, client_of

real_opensearch = opensearch.real_opensearch


@pytest.fixture
def clock() -> SetClock:
    return SetClock(1000.0)


@pytest.fixture
def start() -> Iterator[Callable[..., Collection]]:
    """Starts a stand-in with these options."""
    with ExitStack() as stack:

        def started(**options: Any) -> Collection:
            chosen = {"key_pairs": (KEYS,), "lag_seconds": 0.0, **options}
            standin = stack.enter_context(ServerlessStandIn(StandInOptions(**chosen)))
            client = stack.enter_context(closing(client_of(standin.url)))
            found = Collection(standin, client)
            if options.get("forward"):  # the server may be somebody's own
                stack.callback(clear, found)
            return found

        yield started


def clear(collection: Collection) -> None:
    """Leave nothing behind, whatever the test did."""
    collection.standin.faults.clear()
    collection.client.indices.delete(index=collection.index, ignore=404)


@pytest.fixture(params=["alone", pytest.param("forwarding", marks=pytest.mark.shared)])
def collection(
    request: pytest.FixtureRequest,
    start: Callable[..., Collection],
    real_opensearch: Callable[[], str],
) -> Collection:
    """An empty index that shows what was written only when it is told to, on either engine."""
    forward = real_opensearch() if request.param == "forwarding" else None
    found = start(lag_seconds=math.inf, forward=forward)
    found.create()
    return found


@pytest.fixture
def front(start: Callable[..., Collection]) -> Collection:
    """An empty index, where what is behind the front makes no difference."""
    found = start(lag_seconds=math.inf)
    found.create()
    return found
