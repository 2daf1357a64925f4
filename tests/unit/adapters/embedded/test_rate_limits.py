"""Counting in memory, for as long as a host runs."""

from __future__ import annotations

from wellread.adapters.embedded.rate_limits import MemoryRateLimiter


def test_who_has_not_asked_for_a_minute_takes_no_memory():
    now = 1000.0
    limiter = MemoryRateLimiter(2, lambda: now)
    for number in range(100):
        limiter.admit(f"asker {number}")
    now += 61
    limiter.admit("another")

    assert list(limiter._times) == ["another"]


def test_who_still_waits_is_not_forgotten():
    now = 1000.0
    limiter = MemoryRateLimiter(1, lambda: now)
    now += 59
    limiter.admit("a")
    now += 30
    limiter.admit("b")

    assert limiter.admit("a") == 30
