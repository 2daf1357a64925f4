"""What a person sees of a message: its text, its card in plain words, and what can be clicked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.teams.shapes import Message


def seen(said: Message) -> str:
    """A message as text: an element a paragraph, buttons in brackets."""
    parts = [said.text]
    for card in cards(said):
        parts += [_element(each) for each in card.get("body", ())]
        parts += [f"[{each['title']}]" for each in card.get("actions", ())]
    return "\n\n".join(filter(None, parts))


def cards(said: Message) -> list[dict[str, Any]]:
    """The cards of a message."""
    return [each["content"] for each in said.activity.get("attachments") or []]


def buttons(said: Message) -> Iterator[dict[str, Any]]:
    """All actions of a message's cards."""
    for card in cards(said):
        yield from card.get("actions", ())
        for element in card.get("body", ()):
            yield from element.get("actions", ())


def button(said: Message, label: str) -> dict[str, Any]:
    """The button whose label holds these words, whatever their case."""
    found = [each for each in buttons(said) if label.lower() in each["title"].lower()]
    assert len(found) == 1, f"{len(found)} buttons with {label!r} in:\n{seen(said)}"
    return found[0]


def citations(said: Message) -> list[dict[str, Any]]:
    """The citation entities of a message."""
    entities = said.activity.get("entities") or []
    return [each for entity in entities for each in entity.get("citation") or []]


def _element(element: dict[str, Any]) -> str:
    parts = [str(element.get("text") or "")]
    parts += [f"{each['title']} {each['value']}" for each in element.get("facts", ())]
    for name in ("items", "rows", "cells"):
        parts += [_element(each) for each in element.get(name, ())]
    parts += [f"[{each['title']}]" for each in element.get("actions", ())]
    return " ".join(filter(None, parts))
