"""What stands for time, and for those who are told, in every tier of tests."""

from __future__ import annotations

from dataclasses import dataclass, field

from wellread.domain.ingest.receipts import Receipt
from wellread.domain.knowledge.errors import TransientError
from wellread.domain.knowledge.metrics import Metric


@dataclass
class SetClock:
    """A clock that a test sets; who sleeps by it sets it forward."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class KeptReceipts:
    """A receipt sink that keeps what it is told, and may be out of order."""

    told: list[Receipt] = field(default_factory=list)
    broken: bool = False

    def publish(self, receipt: Receipt) -> None:
        if self.broken:
            raise TransientError("the event bus is away")
        self.told.append(receipt)

    def of(self, document: str) -> dict:
        (receipt,) = {receipt for receipt in self.told if receipt.document == document}
        return receipt.as_event()


@dataclass
class Counts:
    """A meter that keeps what it is told."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def add(self, metric: Metric, value: float) -> None:
        self.values.setdefault(metric, []).append(value)

    def sum(self, name: str) -> float:
        return sum(self.values.get(name, ()))
