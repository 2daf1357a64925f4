"""What served models say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from stack_local.event_streams import event

Says = Callable[[list[dict[str, str]]], str]
"""From chat messages to the reply."""

_CUT = 64


class Answers:
    """Replies, by the component that is asked."""

    def __init__(self) -> None:
        self.by_component: dict[str, Says] = {}
        self.otherwise: Says = lambda _: "I don't know."

    def parts(self, component: str, body: dict[str, Any]) -> Iterator[bytes]:
        """The messages of the stream that answers a request, as a vLLM container would."""
        says = self.by_component.get(component, self.otherwise)
        lines = [
            {"choices": [{"delta": {"content": says(body["messages"])}, "finish_reason": None}]},
            {"choices": [{"delta": {}, "finish_reason": "stop"}]},
        ]
        sent = "".join(f"data: {json.dumps(line)}\n\n" for line in lines) + "data: [DONE]\n\n"
        data = sent.encode()
        for start in range(0, len(data), _CUT):
            yield event("PayloadPart", data[start : start + _CUT], "application/octet-stream")
