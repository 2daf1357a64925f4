"""Receipts on an event bus."""

from __future__ import annotations

import json
from typing import Any

from wellread.adapters.aws.service_errors import Resource
from wellread.domain.ingest.receipts import FAILED, INDEXED, Receipt
from wellread.domain.knowledge.errors import PermanentError, TransientError

SOURCE = "wellread"
"""The source of every event of ours."""

_NOT_OURS_TO_REPEAT = frozenset({"InvalidArgument", "MalformedDetail", "NotAuthorizedForSource"})


class EventBridgeReceipts:
    """A `ReceiptSink`: events of the detail-types "Document Indexed" and "Document Failed".

    Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    """

    def __init__(self, client: Any, bus: str):
        """Publish on this bus, by name or ARN, through a client of EventBridge."""
        self._client = client
        self._bus = bus
        self._resource = Resource("event bus", bus, "WELLREAD_EVENT_BUS")

    def publish(self, receipt: Receipt) -> None:
        entry = {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": FAILED if receipt.failed else INDEXED,
            "Detail": _detail(receipt),
        }
        with self._resource.errors():
            answer = self._client.put_events(Entries=[entry])
        if not answer.get("FailedEntryCount"):
            return
        # EventBridge takes the call and refuses the event within.
        code = str(answer["Entries"][0].get("ErrorCode"))
        message = f"The event bus {self._bus!r} did not take a receipt ({code})."
        if code in _NOT_OURS_TO_REPEAT:
            raise PermanentError(f"{message} Report it with the correlation id in the log.")
        raise TransientError(f"{message} Try again.")


def _detail(receipt: Receipt) -> str:
    """The event; a damaged file's title may hold half a character, which is no JSON to AWS."""
    text = json.dumps(receipt.as_event(), ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")
