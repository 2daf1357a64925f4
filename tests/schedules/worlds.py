"""What a schedule can do to a bucket, its events, and the functions that follow it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from tests.schedules.bucket import Bucket, Seen
from tests.schedules.interruptions import Switch


class World(Protocol):
    """A bucket with everything behind it, driven one step at a time.

    Only `chunk_next`, `embed_next`, `announce`, `reconcile` and `sweep` may die by the switch
    (`Killed`); after that only `restart` may be called.
    """

    @property
    def bucket(self) -> Bucket:
        """What the bucket must hold, by what was done to it."""

    @property
    def switch(self) -> Switch:
        """Kills the functions."""

    def put(self, key: str, data: bytes) -> None:
        """Write an object."""

    def delete(self, key: str) -> None:
        """Delete an object: it gets a delete marker."""

    def restore(self, key: str) -> None:
        """Remove the delete marker that is on top."""

    def roll_back(self, key: str) -> None:
        """Remove the version that is on top for good, so that the one below is current."""

    def expire(self, key: str, number: int) -> None:
        """Remove one of the versions that are not on top, as a lifecycle rule does."""

    def holds(self) -> Mapping[str, int]:
        """For each key that holds something, the version of its text: read from the bucket."""

    def announce(self) -> None:
        """The events of what happened to the bucket arrive in the document queue."""

    def tamper(self, dice: random.Random, *, lose: float) -> None:
        """Shuffle and repeat what waits in the queues; lose some of the bucket's events."""

    def disturb(self, dice: random.Random) -> None:
        """Let a coming call fail, time out after it took effect, or be throttled."""

    def chunk_next(self) -> bool:
        """Deliver from the document queue. Returns whether there was something."""

    def embed_next(self) -> bool:
        """Deliver from the chunk queue. Returns whether there was something."""

    def elapse(self, seconds: float) -> None:
        """Time passes."""

    def restart(self) -> None:
        """The functions' processes begin anew; what they had taken is delivered again."""

    def settle(self) -> None:
        """No more failures: everything that waits is worked off, whatever time it takes."""

    def reconcile(self) -> None:
        """What is scheduled now and then: compare, repair, clear up."""

    def seen(self) -> Mapping[str, Seen]:
        """What a search shows, by document."""

    def unfinished(self) -> list[str]:
        """What is not in order though everything settled: waiting, failed, left over, missing."""

    def close(self) -> None:
        """End it."""


@runtime_checkable
class Watchable(Protocol):
    """A world in which somebody can look at every step of a function."""

    def on_every_call(self, look: Callable[[], None] | None) -> None:
        """Have somebody look before every call that a function makes; None for nobody."""
