"""The modal that asks what was wrong with a reply.

Sources: https://docs.slack.dev/reference/methods/views.open, https://docs.slack.dev/surfaces/modals
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_sdk import WebClient

from wellread.adapters.chat.slack.buttons import CORRECTION, MODAL, REASON, AskedWhy

if TYPE_CHECKING:
    from wellread.adapters.chat.slack.arrivals import Modal

OPEN_SECONDS = 2
"""What a click set off dies after three."""

_MOST_CHARACTERS = 3000
"""Slack's limit of an input."""


def open_modal(modal: Modal, token: str, api_url: str) -> None:
    """Open a modal. It is tried once: a second try would come too late.

    Raises:
        Exception: Slack was not reached, or refused; the SDK has many for that.
    """
    client = WebClient(token, base_url=api_url, timeout=OPEN_SECONDS, retry_handlers=[])
    client.views_open(trigger_id=modal.trigger, view=view_of(modal.about))


def view_of(about: AskedWhy) -> dict[str, Any]:
    """The modal's view."""
    return {
        "type": "modal",
        "callback_id": MODAL,
        "private_metadata": about.packed,
        "title": _plain("What was wrong?"),
        "submit": _plain("Send"),
        "close": _plain("Cancel"),
        "blocks": [
            _input(REASON, "What was wrong with this answer?"),
            _input(CORRECTION, "What would have been right?"),
        ],
    }


def _input(name: str, label: str) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": name,
        "optional": True,
        "label": _plain(label),
        "element": {
            "type": "plain_text_input",
            "action_id": name,
            "multiline": True,
            "max_length": _MOST_CHARACTERS,
        },
    }


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}
