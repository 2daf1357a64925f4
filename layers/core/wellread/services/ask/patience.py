"""How long there is to wait for what comes bit by bit."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wellread.domain.knowledge.errors import ModelLateError

_Items = queue.SimpleQueue[str | Exception | None]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for an answer, in seconds.

    Attributes:
        first_seconds: For its first piece.
        idle_seconds: For each piece after that.
        total_seconds: For the whole, however steadily it drips.
    """

    first_seconds: float
    idle_seconds: float
    total_seconds: float

    @classmethod
    def until_the_end(cls, seconds: float) -> Patience:
        """Wait for the whole only."""
        return cls(seconds, seconds, seconds)


def in_time(
    pieces: Iterator[str],
    patience: Patience,
    *,
    tick: float | None = None,
    worded: Callable[[str], str] = str,
) -> Iterator[str]:
    """The same pieces, read by a thread of their own, so that waiting can end at any time.

    A source that is given up is stopped, if it has a method `stop`, and closed once it comes back
    from where it is stuck; an empty piece is a sign of life like any other.

    Args:
        pieces: The source.
        patience: How long to wait for it.
        tick: After so many seconds without a piece an empty one is given, so that a reader can look
            after other things meanwhile.
        worded: From what took too long to the error's message.

    Raises:
        ModelLateError: There is no more waiting.
    """
    items: _Items = queue.SimpleQueue()
    abandoned = threading.Event()
    now = time.monotonic()
    end, following = now + patience.total_seconds, now + patience.first_seconds
    began = False
    try:
        if patience.total_seconds > 0:
            reading = (pieces, items, abandoned)
            threading.Thread(target=_read, args=reading, name="wellread-model", daemon=True).start()
        while True:
            left = max(min(end, following) - time.monotonic(), 0.0)
            try:
                item = items.get(timeout=left if tick is None else min(left, tick))
            except queue.Empty:
                if tick is not None and tick < left:
                    yield ""
                    continue
                raise ModelLateError(worded(_words(began, patience))) from None
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            began = True
            yield item
            # After the yield: how long a reader takes is not the source's fault.
            following = time.monotonic() + patience.idle_seconds
    finally:
        abandoned.set()
        stop = getattr(pieces, "stop", None)
        if stop is not None:
            stop()


def _read(pieces: Iterator[str], items: _Items, abandoned: threading.Event) -> None:
    try:
        for piece in pieces:
            if abandoned.is_set():
                break
            items.put(piece)
        items.put(None)
    except Exception as exc:  # raised again where it is waited for
        items.put(exc)
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            with contextlib.suppress(Exception):  # no one is there to be told
                close()


def _words(began: bool, patience: Patience) -> str:
    if began:
        return (
            f"it took longer than {patience.idle_seconds:.3g} s for the next words, or than "
            f"{patience.total_seconds:.3g} s for the answer"
        )
    return f"it did not begin within {min(patience.first_seconds, patience.total_seconds):.3g} s"
