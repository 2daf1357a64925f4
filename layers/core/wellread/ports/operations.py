"""What the system is run by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from wellread.domain.knowledge.metrics import Metric


class ReportStore(Protocol):
    """Where the pieces and the report of a reconcile run are kept."""

    def put(self, run: str, name: str, text: str) -> str:
        """Keep a piece of a run, in place of one of the same name.

        Returns:
            Where it is, for a person.
        """

    def get(self, run: str, name: str) -> str | None:
        """A piece of a run, None where there is none of that name."""

    def names(self, run: str) -> Sequence[str]:
        """The names of a run's pieces, sorted."""


class DeadLetter(Protocol):
    """A message that was delivered in vain."""

    @property
    def body(self) -> str:
        """The message."""

    @property
    def sent_at(self) -> float:
        """When it was first put into its queue, seconds since the epoch."""


class DeadLetters(Protocol):
    """What became of a queue's messages that were delivered too often."""

    def depth(self) -> int:
        """How many there are, as far as is known."""

    def dead(self, limit: int = 100) -> Sequence[DeadLetter]:
        """Some of them, oldest first as far as is known; they stay."""

    def redrive(self) -> int:
        """Give every dead letter a new start in its queue. Returns how many, as far as is known."""


class Secret(Protocol):
    """Words that prove who somebody is, by name, kept where they can change while all runs."""

    def part(self, name: str, refused: str | None = None) -> str:
        """One of its parts, as it was a few minutes ago at most.

        Args:
            name: Which.
            refused: What it was said to be, and what did not work: where it still is that, it is
                looked for anew, though not more often than every few seconds.

        Raises:
            InvalidConfigurationError: It is not set; the message says where to.
            TransientError: It could not be looked for.
        """


class Meter(Protocol):
    """Counts what happens, for dashboards and alarms."""

    def add(self, metric: Metric, value: float) -> None:
        """Add to a metric, in its unit."""


class Clock(Protocol):
    """The time, so that tests can set it."""

    def __call__(self) -> float:
        """Seconds since the epoch."""
