"""Events of wellread's on an event bus."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wellread.adapters.aws.service_errors import Resource
from wellread.domain.knowledge.errors import PermanentError, TransientError
from wellread.domain.tune.remote_runs import RunNews

SOURCE = "wellread"
"""The source of every event of ours."""

_NOT_OURS_TO_REPEAT = frozenset({"InvalidArgument", "MalformedDetail", "NotAuthorizedForSource"})


class EventBus:
    """Puts events.

    Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
    """

    def __init__(self, client: Any, bus: str):
        """Put them on this bus, by name or ARN, through a client of EventBridge."""
        self._client = client
        self._bus = bus
        self._resource = Resource("event bus", bus, "WELLREAD_EVENT_BUS")

    def put(self, kind: str, detail: Mapping[str, Any], *, called: str) -> None:
        """Put an event.

        Args:
            kind: Its detail-type.
            detail: The event.
            called: What it is, for messages: "a receipt".

        Raises:
            TransientError: Try again.
            PermanentError: The bus does not take it.
        """
        entry = {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": kind,
            "Detail": _text_of(detail),
        }
        with self._resource.errors():
            answer = self._client.put_events(Entries=[entry])
        if not answer.get("FailedEntryCount"):
            return
        # EventBridge takes the call and refuses the event within.
        code = str(answer["Entries"][0].get("ErrorCode"))
        message = f"The event bus {self._bus!r} did not take {called} ({code})."
        if code in _NOT_OURS_TO_REPEAT:
            raise PermanentError(f"{message} Report it with the correlation id in the log.")
        raise TransientError(f"{message} Try again.")


class EventBridgeRunNews:
    """A `RunNewsSink`: events whose detail-type is the kind of news."""

    def __init__(self, bus: EventBus):
        """Tell them on this bus."""
        self._bus = bus

    def publish(self, news: RunNews) -> None:
        self._bus.put(news.kind, news.as_event(), called="news of a run")


def _text_of(detail: Mapping[str, Any]) -> str:
    """The event; a damaged file's title may hold half a character, which is no JSON to AWS."""
    text = json.dumps(detail, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode("utf-8")
