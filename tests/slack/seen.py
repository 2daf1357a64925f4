"""What a person sees of a message: its blocks in plain text, and what can be clicked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.slack.shapes import Ephemeral, Message


def seen(said: Message | Ephemeral | dict[str, Any]) -> str:
    """A message, or a view, as text: a block a paragraph, buttons in brackets."""
    if isinstance(said, dict):
        return "\n\n".join(map(_block, said["blocks"]))
    streamed = getattr(said, "markdown", "")
    blocks = [_block(block) for block in said.blocks]
    return "\n\n".join(filter(None, (streamed, *blocks))) or said.text


def elements(said: Message | Ephemeral | dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything in it that can be clicked or filled in."""
    blocks = said["blocks"] if isinstance(said, dict) else said.blocks
    for block in blocks:
        found = block.get("elements", ()) if block["type"] != "context" else ()
        yield from (e for e in (*found, block.get("accessory"), block.get("element")) if e)


def button(said: Message | Ephemeral, label: str) -> dict[str, Any]:
    """The button whose label holds these words, whatever their case."""
    found = [
        each
        for each in elements(said)
        if each["type"] == "button" and label.lower() in each["text"]["text"].lower()
    ]
    assert len(found) == 1, f"{len(found)} buttons with {label!r} in:\n{seen(said)}"
    return found[0]


def _block(block: dict[str, Any]) -> str:
    kind = block["type"]
    if kind == "markdown":
        return str(block["text"])
    if kind == "divider":
        return "----"
    if kind == "table":
        return "\n".join(" | ".join(map(_cell, row)) for row in block["rows"])
    if kind == "context":
        return " ".join(each["text"] for each in block["elements"])
    if kind == "rich_text":
        return _rich(block)
    parts = [block["text"]["text"]] if "text" in block else []
    parts += [each["text"] for each in block.get("fields", ())]
    found = (*block.get("elements", ()), block.get("accessory"), block.get("element"))
    parts += [_element(each) for each in found if each]
    if kind == "input":
        parts.insert(0, block["label"]["text"])
    return " ".join(parts)


def _cell(cell: dict[str, Any]) -> str:
    return cell["text"] if cell["type"] == "raw_text" else _rich(cell)


def _rich(part: dict[str, Any]) -> str:
    if "elements" in part:
        return "".join(map(_rich, part["elements"]))
    return str(part.get("text") or part.get("url") or "")


def _element(element: dict[str, Any]) -> str:
    if element["type"] == "feedback_buttons":
        halves = (element["positive_button"], element["negative_button"])
        return " ".join(f"[{half['text']['text']}]" for half in halves)
    if element["type"] == "plain_text_input":
        return "[____]"
    return f"[{element['text']['text']}]"
