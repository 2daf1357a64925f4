"""What only buttons in Slack carry.

Sources: https://docs.slack.dev/reference/block-kit/block-elements/button-element,
https://docs.slack.dev/reference/block-kit/block-elements/feedback-buttons-element
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from wellread.adapters.chat.buttons import packed, unpacked

VERDICT = "verdict"
"""`action_id` of `feedback_buttons`; values by `reply_value(thread, turn, UP)` and `DOWN`."""

SHARE = "share"
"""Shows the place what its asker alone saw; value by `text_value(question)`."""

MODAL = "verdict_reason"
"""`callback_id` of the modal that asks why; its `private_metadata` by `AskedWhy.packed`."""

REASON = "reason"
CORRECTION = "correction"
"""The modal's inputs: `block_id` and `action_id` alike."""


@dataclass(frozen=True, slots=True)
class AskedWhy:
    """What the modal is about that asks for a reason, for whoever hears that it was sent off.

    Attributes:
        thread, turn: Which reply.
        conversation: Slack's id of the conversation that it is in.
        message_thread: Slack's `ts` of the thread there.
        direct: Whether nobody but its asker reads along.
    """

    thread: str
    turn: int
    conversation: str
    message_thread: str
    direct: bool

    @property
    def packed(self) -> str:
        """Itself as `private_metadata`."""
        return packed(asdict(self))


def asked_why(metadata: object) -> AskedWhy | None:
    """What `AskedWhy.packed` was asked of; None where it did not make this."""
    found = unpacked(metadata)
    try:
        about = AskedWhy(**found)
    except TypeError:
        return None
    words = (about.thread, about.conversation, about.message_thread)
    fits = all(isinstance(word, str) for word in words) and type(about.turn) is int
    return about if fits and isinstance(about.direct, bool) else None
