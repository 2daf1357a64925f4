"""How what people said about replies is kept."""

from __future__ import annotations

from wellread.domain.ask.answers import Feedback, GivenFeedback, HandOver, Verdict
from wellread.domain.ask.questions import AskerId, ThreadId
from wellread.wire.stored_form import Json, pack, unpack


def pack_given(given: GivenFeedback) -> bytes:
    """What is kept of it."""
    return pack(values_of(given))


def values_of(given: GivenFeedback) -> dict[str, Json]:
    """The same, as a part of something else."""
    said = given.feedback
    return {
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


def unpack_given(data: bytes, **beside: Json) -> GivenFeedback:
    """What `pack_given` was given, also of a version that kept less.

    Args:
        data: What is kept.
        beside: What that version kept beside it.
    """
    return given_of(beside | unpack(data))


def given_of(fields: dict[str, Json]) -> GivenFeedback:
    """What `values_of` was given, also of a version that kept less."""
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
