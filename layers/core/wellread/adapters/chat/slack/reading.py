"""What people said in a Slack thread.

Source: https://docs.slack.dev/reference/methods/conversations.replies
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from wellread.adapters.chat.slack.web import RefusedError, SlackWeb
from wellread.adapters.chat.slack.words import words_of
from wellread.domain.ask.questions import Place
from wellread.ports.chat import SaidInThread

_PAGE = 100
_MOST = 200
_OF_PEOPLE = frozenset({"", "thread_broadcast", "file_share"})
"""Subtypes of messages that people wrote."""


class SlackReading:
    """`ThreadReading`, with the scopes that the bot has anyhow."""

    def __init__(self, web: SlackWeb) -> None:
        """Read through these calls."""
        self._web = web

    def said_after(self, place: Place, reference: str) -> Sequence[SaidInThread]:
        own = self._web.own_ids()
        found = []
        for message in islice(self._messages(place, reference), _MOST):
            by = str(message.get("user") or "")
            ours = bool(own & {message.get("bot_id"), by})
            if by and not ours and not message.get("bot_id") and _is_said(message):
                words = words_of(str(message.get("text") or ""), own).text
                if words and float(message["ts"]) > float(reference):
                    found.append(SaidInThread(by, words))
        return found

    def _messages(self, place: Place, reference: str) -> Iterator[dict[str, Any]]:
        pages = self._web.pages(
            "conversations.replies",
            channel=place.conversation,
            ts=place.thread or reference,
            oldest=reference,
            limit=_PAGE,
        )
        try:
            for page in pages:
                yield from page.get("messages") or []
        except RefusedError as error:
            # All of it is gone.
            if error.code != "thread_not_found":
                raise


def _is_said(message: dict[str, Any]) -> bool:
    return str(message.get("subtype") or "") in _OF_PEOPLE
