"""How often one asker may ask: at most so many questions in any minute."""

from __future__ import annotations

from collections.abc import Sequence

WINDOW_SECONDS = 60.0
"""Over how long questions are counted."""


def admitted(times: Sequence[float], now: float, per_minute: int) -> tuple[float, Sequence[float]]:
    """Whether a question may be asked now.

    Args:
        times: When the asker's last questions were admitted, oldest first, seconds since the epoch.
        now: The time.
        per_minute: How many may be asked in any minute, at least one.

    Returns:
        0, and the times with this question's; or the seconds after which one may be asked, and the
        times that still count.
    """
    # Times to come are of a clock that was ahead, or that was put back since.
    counting = [at for at in times if now - WINDOW_SECONDS < at <= now + WINDOW_SECONDS]
    if len(counting) < per_minute:
        return 0.0, [*counting, now]
    wait = counting[-per_minute] + WINDOW_SECONDS - now
    return min(wait, WINDOW_SECONDS), counting
