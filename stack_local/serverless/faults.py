"""Faults on demand."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from stack_local.serverless.operations import Operation


@dataclass(frozen=True, slots=True)
class ThrottledItems:
    """Which items of one bulk are told to come back later.

    Attributes:
        places: Counted from 0.
        every: Also every n-th item: 3 throttles the items 0, 3, 6.
    """

    places: frozenset[int] = frozenset()
    every: int = 0

    def has(self, place: int) -> bool:
        """Whether the item at a place is throttled."""
        return place in self.places or (self.every > 0 and place % self.every == 0)


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """A bulk whose sender never learns what became of it.

    Attributes:
        applied: The share of its items, from the first on, that are written all the same.
        hold_seconds: How long the connection stays open and silent before it closes.
    """

    applied: float = 1.0
    hold_seconds: float = 0.0


@dataclass(slots=True)
class _Answers:
    status: int
    left: int
    operations: frozenset[str]


class Faults:
    """Faults that were ordered; each is used up by the requests that it hits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: list[_Answers] = []
        self._items: deque[ThrottledItems] = deque()
        self._lost: deque[LostAnswer] = deque()
        self._forbidden_seconds = 0.0
        self._asleep = False

    def answer(self, status: int, requests: float = 1, *, operations: Collection[str] = ()) -> None:
        """Answer the next requests with a status, undone: 429, 502, 503, 504.

        Args:
            status: Which.
            requests: How many; `math.inf` until `clear`.
            operations: Only these (the names of `Operation`); none for any.
        """
        left = 2**62 if math.isinf(requests) else int(requests)
        if left < 1:
            raise ValueError("a status is for one request at least")
        wanted = frozenset(str(Operation(each)) for each in operations)
        with self._lock:
            self._answers.append(_Answers(status, left, wanted))

    def throttle_items(
        self, places: Collection[int] = (), *, every: int = 0, bulks: int = 1
    ) -> None:
        """Answer some items of the next bulks with 429 and write the others."""
        with self._lock:
            self._items.extend([ThrottledItems(frozenset(places), every)] * bulks)

    def lose_answers(
        self, bulks: int = 1, *, applied: float = 1.0, hold_seconds: float = 0.0
    ) -> None:
        """Write the next bulks (or a share of them), and close the connection unanswered."""
        with self._lock:
            self._lost.extend([LostAnswer(applied, hold_seconds)] * bulks)

    def change_policy(self, seconds: float) -> None:
        """Answer everything with 403 for so long, as after a change of the access policy."""
        with self._lock:
            self._forbidden_seconds = seconds

    def fall_asleep(self) -> None:
        """Make the next request wait for the cold start, as after an idle time."""
        with self._lock:
            self._asleep = True

    def clear(self) -> None:
        """Take back every order that is not used up."""
        with self._lock:
            self._answers.clear()
            self._items.clear()
            self._lost.clear()
            self._forbidden_seconds = 0.0
            self._asleep = False

    def next_status(self, operation: str) -> int | None:
        """The status that a request meets instead of being done."""
        with self._lock:
            for order in self._answers:
                if not order.operations or operation in order.operations:
                    order.left -= 1
                    if not order.left:
                        self._answers.remove(order)
                    return order.status
        return None

    def next_items(self) -> ThrottledItems:
        """Which items of a bulk are throttled."""
        with self._lock:
            return self._items.popleft() if self._items else ThrottledItems()

    def next_lost(self) -> LostAnswer | None:
        """Whether a bulk's answer is lost."""
        with self._lock:
            return self._lost.popleft() if self._lost else None

    def take_forbidden(self) -> float:
        """For how long everything is forbidden from now on; 0 where nobody asked for it."""
        with self._lock:
            seconds, self._forbidden_seconds = self._forbidden_seconds, 0.0
            return seconds

    def take_sleep(self) -> bool:
        """Whether the collection was put to sleep."""
        with self._lock:
            asleep, self._asleep = self._asleep, False
            return asleep
