"""How often a queue's messages are delivered, and what that means for the work they ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at what a message asks for.

    Attributes:
        number: Counted from 1.
        last: There will be no other: whatever happens, also to this worker, the work has to end.
        again: It is wanted even where it was done before.
    """

    number: int = 1
    last: bool = False
    again: bool = False


FIRST_ATTEMPT = Attempt()


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How a queue goes on with a message whose handling failed.

    Attributes:
        max_deliveries: After so many the message is a dead letter.
        delivered_again_seconds: How long it then waits, by deliveries so far, where something was
            away.
    """

    max_deliveries: int
    delivered_again_seconds: tuple[float, ...]

    def is_last(self, delivery: int) -> bool:
        """Whether a delivery, counted from 1, is the last one."""
        return delivery >= self.max_deliveries

    def pause_after(self, delivery: int) -> float | None:
        """Seconds until the next delivery; None where the queue's own time-out decides."""
        pauses = self.delivered_again_seconds
        return pauses[delivery - 1] if delivery <= len(pauses) else None
