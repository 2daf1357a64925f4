"""The services on AWS as a world makes them: with its clients, its time, and nobody who counts."""

from __future__ import annotations

import json
from typing import Any

from tests.schedules.cloud import Calls, InProcessParser
from wellread.bootstrap import Services
from wellread.bootstrap.aws import AwsAdapters
from wellread.domain.knowledge.metrics import Metric
from wellread.services.ingest.parsing import StoreReader
from wellread.settings import Settings


class SilentMeter:
    """Counts nothing."""

    def add(self, metric: Metric, value: float) -> None:
        """Nothing."""


class MemoryBus:
    """An event bus: of a client of EventBridge, what the adapter calls."""

    def __init__(self) -> None:
        self.details: list[dict[str, Any]] = []

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Take events in."""
        self.details += [json.loads(entry["Detail"]) for entry in Entries]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "0"} for _ in Entries]}


def world_services(settings: Settings, clients: dict[str, Any], calls: Calls) -> Services:
    """The services on AWS with the world's clients."""
    adapters = AwsAdapters(settings, clock=calls.clock, sleep=calls.sleep, clients=clients)
    adapters.meter = SilentMeter()
    adapters.parser = StoreReader(adapters.store, InProcessParser())
    return Services(adapters, settings)
