"""Workers that die, or that others overtake, at a chosen call to the outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


class Killed(BaseException):
    """Not an Exception, so that no handler can take it for an error: the process is gone."""


@dataclass(slots=True)
class Switch:
    """Interrupts a process before one of its calls to the outside, once.

    Attributes:
        countdown: How many calls it makes before; None for no interruption.
        meanwhile: What happens then; None kills the process.
        calls: Calls made since the world began.
    """

    countdown: int | None = None
    meanwhile: Callable[[], object] | None = None
    calls: int = 0

    def call(self) -> None:
        """A call is about to be made.

        Raises:
            Killed: It is not made: the process is gone.
        """
        self.calls += 1
        if self.countdown is None:
            return
        self.countdown -= 1
        if self.countdown >= 0:
            return
        meanwhile = self.meanwhile
        self.clear()
        if meanwhile is None:
            raise Killed
        meanwhile()

    def clear(self) -> None:
        """Interrupt nobody."""
        self.countdown = self.meanwhile = None
