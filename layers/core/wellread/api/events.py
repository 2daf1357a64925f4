"""What an answer is streamed as."""

from __future__ import annotations

import json

from pydantic import BaseModel

from wellread.api.shapes import AskResponse, Problem


class StatusShape(BaseModel):
    """What is being done for an answer."""

    text: str


class DeltaShape(BaseModel):
    """More of an answer's text; the whole answer wins over it."""

    text: str


AskEvent = StatusShape | DeltaShape | AskResponse

NAMES: dict[type[AskEvent | Problem], str] = {
    StatusShape: "status",
    DeltaShape: "delta",
    AskResponse: "answer",
    Problem: "error",
}


def server_sent(shape: AskEvent | Problem) -> str:
    """A server-sent event, named by what it tells."""
    return f"event: {NAMES[type(shape)]}\ndata: {json.dumps(shape.model_dump(mode='json'))}\n\n"
