"""Receipts for the chats of a machine of one's own."""

from __future__ import annotations

import json

from wellread.adapters.embedded.sqlite_queue import SqliteQueue
from wellread.domain.ingest.receipts import FAILED, INDEXED, Receipt


class SqliteReceipts:
    """A `ReceiptSink`: a queue of what EventBridge delivers of a receipt, for the one reader."""

    def __init__(self, queue: SqliteQueue):
        self._queue = queue

    def publish(self, receipt: Receipt) -> None:
        event = {
            "source": "wellread",
            "detail-type": FAILED if receipt.failed else INDEXED,
            "detail": receipt.as_event(),
        }
        self._queue.send([json.dumps(event)])
