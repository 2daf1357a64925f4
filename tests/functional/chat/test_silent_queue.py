"""A question queue that does not answer keeps no platform waiting."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from tests.chat_desk import Spot, person
from wellread.bootstrap.aws import AwsAdapters
from wellread.domain.chat.events import QuestionAsked
from wellread.domain.knowledge.errors import TransientError
from wellread.settings import Settings

SPOT = Spot()
EVENT = QuestionAsked(SPOT.key(), SPOT.place, person(), False, False, "c1", 1.0, "Who?")


@pytest.fixture
def silent_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Of a service that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "simulated")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "simulated")
        yield f"{address}/000000000000/questions.fifo"


def test_an_event_that_cannot_be_enqueued_is_refused_in_time(silent_url: str) -> None:
    adapters = AwsAdapters(Settings(backend="aws", question_queue_url=silent_url))
    began = time.monotonic()

    with pytest.raises(TransientError, match="did not answer"):
        adapters.questions.put(EVENT)
    assert time.monotonic() - began < 2.7
