"""Bulk and multi-search bodies, line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from stack_local.serverless.exchange import Json, Refusal, error_of
from stack_local.serverless.operations import NO_OWN_IDS

_ACTIONS = ("create", "delete", "index", "update")


@dataclass(frozen=True, slots=True)
class BulkItem:
    """One action of a bulk.

    Attributes:
        action: index, create or delete.
        id: "" where none is given.
        source: The document as sent; empty for a deletion.
    """

    action: str
    index: str
    id: str
    source: bytes = b""

    def result(self, status: int, kind: str, reason: str) -> Json:
        """This item's result where it failed."""
        found: Json = {"_index": self.index, "status": status, "error": error_of(kind, reason)}
        if self.id:
            found["_id"] = self.id
        return {self.action: found}

    def refusal(self) -> Json | None:
        """The result of an item that no collection takes; None where it may pass."""
        if self.action == "delete" or not self.id:
            return None
        return self.result(400, "illegal_argument_exception", NO_OWN_IDS)


def bulk_items(body: bytes, index: str) -> list[BulkItem]:
    """The actions of a bulk's body.

    Args:
        body: Newline-delimited JSON.
        index: That the path names.

    Raises:
        Refusal: 400, the body as a whole is not right.
    """
    if not body.endswith(b"\n"):
        raise _wrong("The bulk request must be terminated by a newline [\\n]")
    lines = iter(body.split(b"\n")[:-1])
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        action, options = _action(line, number)
        own = options.get("_id")
        if action in ("delete", "update") and not own:
            raise _wrong("Validation Failed: id is missing;")
        source = b"" if action == "delete" else next(lines, b"")
        if action != "delete" and not source.strip():
            raise _wrong("Validation Failed: source is missing;")
        found.append(BulkItem(action, index, str(own or ""), source))
    if not found:
        raise _wrong("Validation Failed: 1: no requests added;")
    return found


def _action(line: bytes, number: int) -> tuple[str, Json]:
    try:
        ((action, options),) = json.loads(line).items()
    except (ValueError, TypeError, AttributeError):
        raise _wrong(f"Malformed action/metadata line [{number}]") from None
    if action not in _ACTIONS:
        raise _wrong(
            f"Malformed action/metadata line [{number}], expected one of"
            f" [{', '.join(_ACTIONS)}] but found [{action}]"
        )
    unknown = set(options) - {"_id"} if isinstance(options, dict) else {"no object"}
    if unknown:
        raise _wrong(
            f"Action/metadata line [{number}] contains an unknown parameter {sorted(unknown)}"
        )
    return action, options


def searches(body: bytes) -> Iterator[Json]:
    """The searches of a multi-search's body; those of another index than the path's are refused.

    Raises:
        Refusal: 400, the body is not right.
    """
    if not body.endswith(b"\n"):
        raise _wrong("The msearch request must be terminated by a newline [\\n]")
    lines = body.split(b"\n")[:-1]
    if not lines or len(lines) % 2:
        raise _wrong("Validation Failed: 1: no requests added;")
    for header, request in zip(lines[::2], lines[1::2], strict=True):
        try:
            options, asked = json.loads(header or b"{}"), json.loads(request)
        except ValueError as error:
            raise Refusal.because(400, "parsing_exception", f"not JSON: {error}") from None
        if not isinstance(options, dict) or not isinstance(asked, dict):
            raise _wrong("a search is two lines, each an object")
        if options:
            raise _wrong(f"key {sorted(options)} is not supported in the metadata section")
        yield asked


def _wrong(reason: str) -> Refusal:
    return Refusal.because(400, "illegal_argument_exception", reason)
