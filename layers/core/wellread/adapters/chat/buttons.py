"""What the buttons of our messages carry, from who renders them to who hears of the click.

A value says which reply a button is about. Where it was clicked, and by whom, is read from the
platform's own fields, and not from here.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

HUMAN = "human"
"""Asks for a human; value by `reply_value(thread, turn)`."""

RESOLVED = "resolved"
"""Says that a human has answered; value by `reply_value(thread, turn)`."""

SUGGESTED = "suggested"
"""Asks a question; value by `text_value(question)`. In one message of Slack's "suggested:0", …"""

APPROVE = "approve"
REJECT = "reject"
"""Decide on a file; value by `text_value(request)`."""

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


def reply_value(thread: str, turn: int, verdict: str = "") -> str:
    """The value of a button about a reply."""
    return packed(asdict(AboutReply(thread, turn, verdict)))


def reply_of_value(value: object) -> AboutReply | None:
    """What `reply_value` was given; None where it did not make this value."""
    found = unpacked(value)
    thread, turn, verdict = found.get("thread"), found.get("turn"), found.get("verdict")
    if not isinstance(thread, str) or type(turn) is not int or verdict not in ("", UP, DOWN):
        return None
    return AboutReply(thread, turn, str(verdict))


def text_value(text: str) -> str | None:
    """The value of a button that carries words; None where they are too long for one."""
    value = packed({"text": text})
    return value if len(value) <= MAX_VALUE_CHARACTERS else None


def text_of_value(value: object) -> str | None:
    """What `text_value` was given; None where it did not make this value."""
    text = unpacked(value).get("text")
    return text if isinstance(text, str) else None


def packed(fields: dict[str, object]) -> str:
    """Fields as text."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def unpacked(value: object) -> dict[str, Any]:
    """What `packed` was given; nothing where it did not make this."""
    if not isinstance(value, str) or len(value) > MAX_VALUE_CHARACTERS:
        return {}
    try:
        found = json.loads(value)
        packed(found).encode()  # half of a surrogate pair is valid JSON, and no text
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
