"""Events for an event loop, from an iterator that blocks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TypeVar

_Event = TypeVar("_Event")


async def begin(start: Callable[[], Iterator[_Event]]) -> AsyncGenerator[_Event, None]:
    """Start what gives events, and read them in a thread of their own.

    Whoever stops reading (a closed browser) stops the work: at its next event it ends.

    Returns:
        The events. Iterating raises what reading them raises; what `start` raises comes at once.
    """
    return _events(await asyncio.to_thread(start))


async def _events(events: Iterator[_Event]) -> AsyncGenerator[_Event, None]:
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[_Event | Exception | None] = asyncio.Queue()
    abandoned = threading.Event()

    def hand_over(item: _Event | Exception | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(items.put_nowait, item)

    def work() -> None:
        try:
            for event in events:
                if abandoned.is_set():
                    return
                hand_over(event)
        except Exception as error:
            hand_over(error)
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()
            hand_over(None)

    threading.Thread(target=work, name="wellread-answer", daemon=True).start()
    try:
        while (item := await items.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        abandoned.set()
