"""Which replies are somebody's affair who clicks on a button below one."""

from __future__ import annotations

from wellread.domain.ask.questions import AskerId, Place, ThreadId
from wellread.domain.chat.events import ChatEvent
from wellread.ports.ask import ThreadStore


def owner_for(threads: ThreadStore, thread: str, event: ChatEvent) -> Place | AskerId | None:
    """Whose a thread is: the conversation's in which the event happened, or the person's own.

    What was answered in the open has a thread of its own in the conversation, below which its
    readers click; so the conversation decides, and not the thread there.

    Returns:
        None where it is neither, or there is no such thread.
    """
    owner = threads.owner(ThreadId(thread))
    if isinstance(owner, Place):
        return owner if _conversation(owner) == _conversation(event.place) else None
    return owner if owner == event.person.asker else None


def _conversation(place: Place) -> tuple[str, str, str]:
    return place.platform, place.team, place.conversation
