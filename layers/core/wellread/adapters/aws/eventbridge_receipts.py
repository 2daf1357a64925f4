"""Receipts on an event bus."""

from __future__ import annotations

from typing import Any

from wellread.adapters.aws.event_bus import EventBus
from wellread.domain.ingest.receipts import FAILED, INDEXED, Receipt


class EventBridgeReceipts:
    """A `ReceiptSink`: events of the detail-types "Document Indexed" and "Document Failed"."""

    def __init__(self, client: Any, bus: str):
        """Publish on this bus, by name or ARN, through a client of EventBridge."""
        self._bus = EventBus(client, bus)

    def publish(self, receipt: Receipt) -> None:
        kind = FAILED if receipt.failed else INDEXED
        self._bus.put(kind, receipt.as_event(), called="a receipt")
