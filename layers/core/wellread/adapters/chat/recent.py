"""What was learnt of a platform lately."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from wellread.ports.operations import Clock

_Kept = TypeVar("_Kept")


class Recent(Generic[_Kept]):
    """What was learnt lately, the newest so many; used by several threads."""

    def __init__(self, most: int, seconds: float, now: Clock) -> None:
        """Nothing was learnt yet.

        Args:
            most: How much is kept.
            seconds: How long it is believed; 0 for not at all.
            now: The time.
        """
        self.now = now
        self._most = most
        self._seconds = seconds
        self._kept: dict[Hashable, tuple[_Kept, float]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, look: Callable[[], _Kept]) -> _Kept:
        """What is kept, or else is found by looking; its age counts from before the look."""
        with self._lock:
            if self._is_fresh(key):
                return self._kept[key][0]
        began = self.now()
        found = look()
        self.put(key, found, began)
        return found

    def known(self, key: Hashable) -> _Kept | None:
        """What is kept, without a look; None where that is nothing, or not to be believed."""
        with self._lock:
            return self._kept[key][0] if self._is_fresh(key) else None

    def has(self, key: Hashable) -> bool:
        """Whether something is kept, and is to be believed."""
        with self._lock:
            return self._is_fresh(key)

    def put(self, key: Hashable, found: _Kept, at: float) -> None:
        """Keep something that was looked for at that time."""
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = (found, at)
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]

    def _is_fresh(self, key: Hashable) -> bool:
        # A clock that was put back makes nothing younger than it is.
        kept = self._kept.get(key)
        return kept is not None and 0 <= self.now() - kept[1] < self._seconds
