"""JSON objects in a text: models put fences and words around what they were asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any


def objects_in(text: str) -> Iterator[dict[str, Any]]:
    """The outermost JSON objects of a text, in order."""
    decoder = json.JSONDecoder()
    position = text.find("{")
    while position >= 0:
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            if isinstance(value, dict):
                yield value
        position = text.find("{", end)
