"""What a machine of one's own has no use for: a person reads its states and its log instead."""

from __future__ import annotations

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


class HostRedelivery:
    """A `Redelivery` that leaves it to the host, which delivers the messages itself."""

    def postpone(self, queue: str, delivery: str, seconds: float) -> None:
        """Leave it to the host."""
