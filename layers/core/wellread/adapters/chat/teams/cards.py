"""Adaptive Cards, and messages with them.

Sources: https://adaptivecards.io/explorer
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wellread.adapters.chat.wording import in_plain

Element = dict[str, Any]

MOST_BYTES = 25_000
"""Teams takes 28 kB, what it adds itself included."""

_TITLE_CHARACTERS = 75


@dataclass(frozen=True, slots=True)
class TeamsMessage:
    """A message before it is sent.

    Attributes:
        text: Markdown; empty where the card says it all.
        entities: What is about the text: mentions, citations, the label.
        card: An Adaptive Card; None without one.
        judged: Whether it has buttons for feedback.
        suggested: What can be chosen below it, in a personal chat; None for nothing.
    """

    text: str
    entities: tuple[Element, ...] = ()
    card: Element | None = None
    judged: bool = False
    suggested: Element | None = None

    @property
    def as_activity(self) -> Element:
        """Itself as Teams takes it."""
        made: Element = {"type": "message", "textFormat": "markdown"}
        if self.text:
            made["text"] = self.text
        if self.entities:
            made["entities"] = list(self.entities)
        if self.card is not None:
            kind = "application/vnd.microsoft.card.adaptive"
            made["attachments"] = [{"contentType": kind, "content": self.card}]
        if self.suggested is not None:
            made["suggestedActions"] = self.suggested
        if self.judged:
            made["channelData"] = {"feedbackLoop": {"type": "default"}}
        return made

    @property
    def fits(self) -> bool:
        """Whether Teams takes it."""
        said = json.dumps(self.as_activity, ensure_ascii=False)
        return len(said.encode("utf-8", "replace")) <= MOST_BYTES

    @property
    def without_mentions(self) -> TeamsMessage | None:
        """The message that calls nobody; None where it does not anyhow."""
        left = tuple(each for each in self.entities if each.get("type") != "mention")
        text = self.text.replace("<at>", "").replace("</at>", "")
        return replace(self, text=text, entities=left) if left != self.entities else None

    @property
    def parts(self) -> tuple[TeamsMessage, ...]:
        """Its text and its card as two messages; itself where it does not have both."""
        if not self.text or self.card is None:
            return (self,)
        return replace(self, card=None), TeamsMessage("", card=self.card)

    def with_card(self, card: Element | None) -> TeamsMessage:
        """The message with a card."""
        return replace(self, card=card)


def card(body: Iterable[Element], actions: Sequence[Element] = ()) -> Element | None:
    """A card; None of nothing."""
    held = list(body)
    if not held and not actions:
        return None
    made: Element = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "body": held,
    }
    return {**made, "actions": list(actions)} if actions else made


def line(text: str, *, strong: bool = False, subtle: bool = False) -> Element:
    """A paragraph of finished markdown."""
    made: Element = {"type": "TextBlock", "text": text, "wrap": True}
    if strong:
        made["weight"] = "Bolder"
    if subtle:
        made |= {"isSubtle": True, "size": "Small", "spacing": "Small"}
    return made


def lines(texts: Iterable[str], *, subtle: bool = False) -> Iterator[Element]:
    """Several of them, without empty ones."""
    yield from (line(text, subtle=subtle) for text in texts if text.strip())


def button(label: str, action: str, value: str, style: str = "") -> Element:
    """A button with untrusted words on it; what it carries is read by `clicks`."""
    made: Element = {
        "type": "Action.Execute",
        "title": in_plain(label, _TITLE_CHARACTERS),
        "verb": action,
        "data": {"action": action, "value": value},
    }
    return {**made, "style": style} if style else made
