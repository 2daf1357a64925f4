"""How a question that the documents did not answer is kept."""

from __future__ import annotations

from wellread.domain.ask.gaps import Unanswered
from wellread.domain.ask.questions import AskerId, ThreadId
from wellread.domain.knowledge.documents import DocumentId
from wellread.wire.stored_form import pack, unpack


def pack_unanswered(asked: Unanswered) -> bytes:
    """What is kept of it."""
    return pack(
        {
            "thread": asked.thread,
            "turn": asked.turn,
            "question": asked.question,
            "asker": asked.asker,
            "viewers": sorted(sorted(viewer) for viewer in asked.viewers),
            "at": asked.at,
            "drawn_on": sorted(asked.drawn_on),
        }
    )


def unpack_unanswered(data: bytes) -> Unanswered:
    """The question that `pack_unanswered` was given."""
    values = unpack(data)
    return Unanswered(
        ThreadId(values["thread"]),
        values["turn"],
        values["question"],
        AskerId(values["asker"]),
        frozenset(map(frozenset, values["viewers"])),
        values["at"],
        frozenset(map(DocumentId, values["drawn_on"])),
    )
