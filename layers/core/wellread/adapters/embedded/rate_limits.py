"""How often askers ask, counted by one process."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from wellread.domain.ask.questions import AskerId
from wellread.ports.operations import Clock
from wellread.wire.question_rate import WINDOW_SECONDS, admitted


class MemoryRateLimiter:
    """A `RateLimiter` for a host that is one process; a restart forgets the last minute."""

    def __init__(self, per_minute: int, clock: Clock):
        """Count from now on.

        Args:
            per_minute: Questions that one asker may ask in any minute; 0 for any number.
            clock: The time.
        """
        self._per_minute = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._times: dict[AskerId, Sequence[float]] = {}
        self._forget_at = 0.0

    def admit(self, asker: AskerId) -> float:
        if not self._per_minute:
            return 0.0
        with self._lock:
            now = self._clock()
            self._forget(now)
            wait, self._times[asker] = admitted(self._times.get(asker, ()), now, self._per_minute)
        return wait

    def _forget(self, now: float) -> None:
        """Drop, once a minute, those who have not asked for a minute."""
        if self._forget_at - WINDOW_SECONDS <= now < self._forget_at:
            return
        self._forget_at = now + WINDOW_SECONDS
        self._times = {
            asker: times
            for asker, times in self._times.items()
            if times and times[-1] > now - WINDOW_SECONDS
        }
