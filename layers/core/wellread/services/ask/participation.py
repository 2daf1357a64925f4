"""Who may take part in a thread."""

from __future__ import annotations

from wellread.domain.ask.questions import AskerId, Place, ThreadId
from wellread.ports.ask import ThreadStore


def takes_part(threads: ThreadStore, thread: ThreadId, asker: AskerId, place: Place | None) -> bool:
    """Whether an asker may go on with a thread, and judge its replies.

    A place's thread is open to all who ask from that place. An asker's own is open to them alone,
    and in no place: others would read along.

    Args:
        threads: Know whose the thread is.
        thread: The thread, if there is one of that id.
        asker: Who asks.
        place: Where from; None for an asker alone, as over HTTP.
    """
    return threads.owner(thread) == (place or asker)
