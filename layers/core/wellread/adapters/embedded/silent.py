"""What a machine of one's own has no use for: a person reads its states and its log instead."""

from __future__ import annotations

from wellread.domain.ask.gaps import GapReport
from wellread.domain.ingest.receipts import Receipt
from wellread.domain.knowledge.metrics import Metric


class SilentMeter:
    """A `Meter` that keeps nothing."""

    def add(self, metric: Metric, value: float) -> None:
        """Keep nothing."""


class SilentReceipts:
    """A `ReceiptSink` that tells nobody: a receipt is what the list of documents says."""

    def publish(self, receipt: Receipt) -> None:
        """Tell nobody."""


class SilentGapNews:
    """`GapNews` that tell nobody: whoever wants the report asks for it."""

    def tell(self, report: GapReport, audience: str) -> None:
        """Tell nobody."""


class HostRedelivery:
    """A `Redelivery` that tells the host, which delivers the messages itself."""

    def __init__(self) -> None:
        """Nothing is postponed."""
        self._seconds: dict[tuple[str, str], float] = {}

    def postpone(self, queue: str, delivery: str, seconds: float) -> None:
        """Have the host know it."""
        self._seconds[queue, delivery] = seconds

    def postponed(self, queue: str, delivery: str) -> float:
        """For how long a delivery that is over was postponed, seconds; asked once."""
        return self._seconds.pop((queue, delivery), 0.0)
