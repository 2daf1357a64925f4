"""JSON as people write it."""

from __future__ import annotations

import json


class RepeatedEntryError(ValueError):
    """An object has this entry twice; JSON would silently keep the last."""


def parse_json_once(data: bytes) -> object:
    """A JSON value, with a byte order mark or without.

    Raises:
        RepeatedEntryError: An object of it has an entry twice.
        ValueError: It is not JSON, or not in UTF-8.
        RecursionError: It is nested too deeply.
    """
    value: object = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_entries_once)
    return value


def _entries_once(entries: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in entries:
        if name in found:
            raise RepeatedEntryError(name)
        found[name] = value
    return found
