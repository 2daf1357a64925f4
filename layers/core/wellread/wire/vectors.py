"""Vectors as models give them, made fit for comparison."""

from __future__ import annotations

import math
from collections.abc import Sequence

MAX_CHARACTERS = 8_000
"""Far more than any model reads of a chunk or a question; the rest is not sent."""


def unit_vector(values: object, dimensions: int | None = None) -> tuple[float, ...]:
    """A vector of unit length in the same direction.

    Args:
        values: What the model gave.
        dimensions: How long it must be; None for any length.

    Raises:
        ValueError: That is no vector with a direction, or has other dimensions.
    """
    if (
        not isinstance(values, Sequence)
        or isinstance(values, str | bytes)
        or not all(isinstance(value, int | float) for value in values)
    ):
        raise ValueError("it gives what are no vectors")
    if dimensions is not None and len(values) != dimensions:
        raise ValueError(f"it gives {len(values)} dimensions where it gave {dimensions} before")
    length = math.hypot(*values)
    if not length or not math.isfinite(length):
        raise ValueError("it gives a vector without a direction")
    return tuple(value / length for value in values)


def sendable(text: str) -> str:
    """A text as embedding services take it: not empty, not endless, encodable as UTF-8."""
    cut = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
    return cut if any(not c.isspace() and c.isprintable() for c in cut) else "-"
