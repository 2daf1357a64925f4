"""Slack's blocks, each within Slack's limits.

Source: https://docs.slack.dev/reference/block-kit/blocks
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wellread.adapters.chat.answer_text import Piece, Table
from wellread.adapters.chat.wording import in_plain

Block = dict[str, Any]

TEXT_CHARACTERS = 3000
_BUTTON_CHARACTERS, _FALLBACK_CHARACTERS = 75, 3500


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """One message.

    Attributes:
        text: What notifications and screen readers say of it; mrkdwn.
        blocks: What is seen.
    """

    text: str
    blocks: tuple[Block, ...]

    @property
    def markdown(self) -> str | None:
        """What a stream would have said of it; None where it does not begin with that alone."""
        kinds = [block["type"] for block in self.blocks]
        if kinds[:1] != ["markdown"] or {"markdown", "table"} & set(kinds[1:]):
            return None
        return str(self.blocks[0]["text"])

    @property
    def below_markdown(self) -> tuple[Block, ...]:
        """What stands below that."""
        return self.blocks[1:]


def markdown(text: str) -> Block:
    """A block of markdown."""
    return {"type": "markdown", "text": text}


def section(text: str) -> Block:
    """A block of mrkdwn that is finished already."""
    return {"type": "section", "text": mrkdwn(text)}


def mrkdwn(text: str) -> dict[str, Any]:
    """Finished mrkdwn; Slack makes no links and mentions of its own of it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def contexts(lines: Iterable[str]) -> Iterator[Block]:
    """Lines of finished mrkdwn in small print, in as few blocks as hold them."""
    for text in joined(lines):
        yield {"type": "context", "elements": [mrkdwn(text)]}


def sections(lines: Iterable[str]) -> Iterator[Block]:
    """Lines of finished mrkdwn, in as few blocks as hold them."""
    return map(section, joined(lines))


def joined(lines: Iterable[str]) -> Iterator[str]:
    """Lines in texts that a block takes; a line that alone is too long is left out."""
    text = ""
    for line in lines:
        if len(line) > TEXT_CHARACTERS:
            continue
        if text and len(text) + len(line) + 1 > TEXT_CHARACTERS:
            yield text
            text = ""
        text = f"{text}\n{line}" if text else line
    if text:
        yield text


def piece_block(piece: Piece) -> Block:
    """A piece of an answer."""
    if not isinstance(piece, Table):
        return markdown(piece)
    rows = [[{"type": "raw_text", "text": cell} for cell in row] for row in piece.rows]
    return {"type": "table", "rows": rows}


def button(label: str, action: str, value: str, *, style: str = "") -> Block:
    """A button with untrusted words on it."""
    made: Block = {
        "type": "button",
        "text": {"type": "plain_text", "text": in_plain(label, _BUTTON_CHARACTERS)},
        "action_id": action,
        "value": value,
    }
    return {**made, "style": style} if style else made


def actions(buttons: Sequence[Block]) -> Iterator[Block]:
    """A row of buttons, where there are any."""
    if buttons:
        yield {"type": "actions", "elements": list(buttons)}


def fallback(lines: Iterable[str]) -> str:
    """Lines of finished mrkdwn as the text beside blocks: as many as fit."""
    text = ""
    for line in lines:
        if len(text) + len(line) + 1 > _FALLBACK_CHARACTERS:
            return f"{text}\n…" if text else "…"
        text = f"{text}\n{line}" if text else line
    return text or "…"


def size_of(blocks: Sequence[Block]) -> int:
    """How many characters there are in blocks, as JSON."""
    return len(json.dumps(blocks, ensure_ascii=False))
