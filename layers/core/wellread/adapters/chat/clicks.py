"""Clicks on buttons that mean the same on every platform."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wellread.adapters.chat import buttons
from wellread.domain.chat.events import ChatEvent, FileDecided, HandOverResolved, HumanAsked


def event_of_click(
    name: str,
    value: str,
    happened: Callable[[str], dict[str, Any]],
    *,
    message: str,
    click: str,
    reply_url: str = "",
) -> ChatEvent | None:
    """What a click says; None where its button is no such one, or its value none of ours.

    Args:
        name: The button's, of `buttons`.
        value: What it carries.
        happened: Gives the fields that every event has, of what the event is about.
        message: The platform's id of the message with the button.
        click: What no other click has.
        reply_url: Where a word goes that the person alone sees; empty where there is no way.
    """
    if name in (buttons.APPROVE, buttons.REJECT):
        request = buttons.text_of_value(value)
        if not request:
            return None
        # Each click counts: who may decide can come after somebody who may not.
        return FileDecided(
            **happened(click),
            approved=name == buttons.APPROVE,
            request=request,
            reference=message,
            reply_url=reply_url,
        )
    about = buttons.reply_of_value(value)
    if about is None or name not in (buttons.HUMAN, buttons.RESOLVED):
        return None
    fields = happened(f"{name}:{message}") | {"thread": about.thread, "turn": about.turn}
    if name == buttons.HUMAN:
        return HumanAsked(**fields, reply_url=reply_url)
    return HandOverResolved(**fields, reference=message, reply_url=reply_url)
