"""How what people said about replies is kept."""

from __future__ import annotations

from wellread.domain.ask.answers import Feedback, GivenFeedback, HandOver, Verdict
from wellread.domain.ask.questions import AskerId, ThreadId
from wellread.wire.stored_form import Json, pack, unpack


def pack_given(given: GivenFeedback) -> bytes:
    """What is kept of it."""
    said = given.feedback
    return pack(
        {
            "thread": said.thread,
            "turn": said.turn,
            "kind": said.kind,
            "verdict": said.verdict.value,
            "reason": said.reason,
            "correction": said.correction,
            "asker": given.asker,
            "platform": given.platform,
            "at": given.at,
        }
    )


def unpack_given(data: bytes, **beside: Json) -> GivenFeedback:
    """What `pack_given` was given, also of a version that kept less.

    Args:
        data: What is kept.
        beside: What that version kept beside it.
    """
    fields = beside | unpack(data)
    values = Verdict if fields.get("kind", "verdict") == "verdict" else HandOver
    said = Feedback(
        ThreadId(fields["thread"]),
        fields["turn"],
        values(fields["verdict"]),
        fields["reason"],
        fields["correction"],
    )
    return GivenFeedback(
        said, AskerId(fields["asker"]), fields.get("platform", "web"), fields["at"]
    )


def without_words(data: bytes) -> bytes:
    """What is left of what is kept once its words are erased."""
    return pack(unpack(data) | {"reason": None, "correction": None})
