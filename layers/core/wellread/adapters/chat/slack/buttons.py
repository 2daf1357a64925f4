"""What the buttons of our messages carry, from who renders them to who hears of the click.

A value says which reply a button is about. Where it was clicked, and by whom, is read from Slack's
own fields, and not from here.

Sources: https://docs.slack.dev/reference/block-kit/block-elements/button-element,
https://docs.slack.dev/reference/block-kit/block-elements/feedback-buttons-element
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

VERDICT = "verdict"
"""`action_id` of `feedback_buttons`; values by `reply_value(thread, turn, UP)` and `DOWN`."""

HUMAN = "human"
"""Asks for a human; value by `reply_value(thread, turn)`."""

RESOLVED = "resolved"
"""Says that a human has answered; value by `reply_value(thread, turn)`."""

SHARE = "share"
"""Shows the place what its asker alone saw; value by `text_value(question)`."""

SUGGESTED = "suggested"
"""Asks a question; value by `text_value(question)`. In one message "suggested:0", "suggested:1"…"""

APPROVE = "approve"
REJECT = "reject"
"""Decide on a file; value by `text_value(request)`."""

MODAL = "verdict_reason"
"""`callback_id` of the modal that asks why; its `private_metadata` by `AskedWhy.packed`."""

REASON = "reason"
CORRECTION = "correction"
"""The modal's inputs: `block_id` and `action_id` alike."""

UP = "up"
DOWN = "down"

MAX_VALUE_CHARACTERS = 2000
"""Slack's limit of a button's value."""


@dataclass(frozen=True, slots=True)
class AboutReply:
    """Which reply a button is about.

    Attributes:
        verdict: `UP` or `DOWN`; empty for buttons that give none.
    """

    thread: str
    turn: int
    verdict: str = ""


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
        return _packed(asdict(self))


def reply_value(thread: str, turn: int, verdict: str = "") -> str:
    """The value of a button about a reply."""
    return _packed(asdict(AboutReply(thread, turn, verdict)))


def reply_of_value(value: object) -> AboutReply | None:
    """What `reply_value` was given; None where it did not make this value."""
    found = _unpacked(value)
    thread, turn, verdict = found.get("thread"), found.get("turn"), found.get("verdict")
    if not isinstance(thread, str) or type(turn) is not int or verdict not in ("", UP, DOWN):
        return None
    return AboutReply(thread, turn, str(verdict))


def text_value(text: str) -> str | None:
    """The value of a button that carries words; None where they are too long for one."""
    packed = _packed({"text": text})
    return packed if len(packed) <= MAX_VALUE_CHARACTERS else None


def text_of_value(value: object) -> str | None:
    """What `text_value` was given; None where it did not make this value."""
    text = _unpacked(value).get("text")
    return text if isinstance(text, str) else None


def asked_why(metadata: object) -> AskedWhy | None:
    """What `AskedWhy.packed` was asked of; None where it did not make this."""
    found = _unpacked(metadata)
    try:
        about = AskedWhy(**found)
    except TypeError:
        return None
    words = (about.thread, about.conversation, about.message_thread)
    fits = all(isinstance(word, str) for word in words) and type(about.turn) is int
    return about if fits and isinstance(about.direct, bool) else None


def _packed(fields: dict[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _unpacked(value: object) -> dict[str, Any]:
    if not isinstance(value, str) or len(value) > MAX_VALUE_CHARACTERS:
        return {}
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
