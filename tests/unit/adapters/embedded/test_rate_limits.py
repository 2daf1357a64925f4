"""Counting in memory, for as long as a host runs."""

from __future__ import annotations

import gc
import weakref

from wellread.adapters.embedded.rate_limits import MemoryRateLimiter


class Asker(str):
    """An id of which can be told whether anybody still holds it."""

    __slots__ = ("__weakref__",)


def test_who_has_not_asked_for_a_minute_takes_no_memory():
    now = 1000.0
    limiter = MemoryRateLimiter(2, lambda: now)
    held = weakref.WeakSet()
    for number in range(100):
        asker = Asker(f"asker {number}")
        held.add(asker)
        limiter.admit(asker)
    del asker
    gc.collect()
    assert len(held) == 100
    now += 61
    limiter.admit("another")
    gc.collect()

    assert len(held) == 0


def test_who_still_waits_is_not_forgotten():
    now = 1000.0
    limiter = MemoryRateLimiter(1, lambda: now)
    now += 59
    limiter.admit("a")
    now += 30
    limiter.admit("b")

    assert limiter.admit("a") == 30
