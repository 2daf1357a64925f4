"""What Slack refuses of messages and views.

Sources: https://docs.slack.dev/reference/block-kit/blocks
https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.slack.shapes import RefusedError

MARKDOWN = 12_000
_MOST_IN_ALL = 13_100  # not documented: https://github.com/slackapi/bolt-js/issues/2509
_MOST_IN_A_TABLE = 10_000
_PLAIN, _MRKDWN = "plain_text", "mrkdwn"
_ELEMENTS = {
    "button": {
        "type", "text", "action_id", "value", "url", "style", "confirm", "accessibility_label",
    },
    "feedback_buttons": {"type", "action_id", "positive_button", "negative_button"},
    "icon_button": {
        "type", "icon", "text", "action_id", "value", "confirm", "accessibility_label",
        "visible_to_user_ids",
    },
    "plain_text_input": {
        "type", "action_id", "initial_value", "multiline", "min_length", "max_length",
        "dispatch_action_config", "focus_on_load", "placeholder",
    },
}  # fmt: skip
_BLOCKS = {
    "markdown": {"type", "text", "block_id"},
    "section": {"type", "text", "block_id", "fields", "accessory", "expand"},
    "context": {"type", "elements", "block_id"},
    "context_actions": {"type", "elements", "block_id"},
    "actions": {"type", "elements", "block_id"},
    "header": {"type", "text", "block_id", "level"},
    "divider": {"type", "block_id"},
    "table": {"type", "rows", "column_settings", "block_id"},
    "rich_text": {"type", "elements", "block_id"},
    "input": {
        "type", "label", "element", "dispatch_action", "block_id", "hint", "optional",
    },
}  # fmt: skip


def check_blocks(blocks: Any, *, most: int = 50, in_all: int = _MOST_IN_ALL) -> None:
    """See that blocks are as Slack takes them.

    Raises:
        RefusedError: `invalid_blocks`, saying which and why, `msg_blocks_too_long`, or
            `only_one_table_allowed`.
    """
    _hold(isinstance(blocks, list), "blocks must be a list")
    _hold(len(blocks) <= most, f"no more than {most} items allowed [json-pointer:/blocks]")
    for block in blocks:
        _check_block(block)
    if sum(block["type"] == "table" for block in blocks) > 1:
        raise RefusedError("only_one_table_allowed")
    if sum(len(b["text"]) for b in blocks if b["type"] == "markdown") > MARKDOWN:
        raise RefusedError("msg_blocks_too_long")
    if sum(map(len, _strings(blocks))) > in_all:
        raise RefusedError("msg_blocks_too_long")
    _unique([block["block_id"] for block in blocks if "block_id" in block], "block_id")
    elements = [e for b in blocks for e in (b.get("elements") or [b.get("accessory")]) if e]
    _unique([e["action_id"] for e in elements if "action_id" in e], "action_id")


def check_view(view: Any) -> None:
    """See that a modal or a home is as Slack takes it."""
    _hold(isinstance(view, dict) and view.get("type") in ("modal", "home"), "view.type")
    known = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
    if view["type"] == "modal":
        known |= {"title", "submit", "close", "clear_on_close", "notify_on_close"}
        _text(view.get("title"), 24, (_PLAIN,))
        for name in ("submit", "close"):
            if name in view:
                _text(view[name], 24, (_PLAIN,))
    _hold(set(view) <= known, f"unknown fields of the view: {set(view) - known}")
    _hold(len(view.get("private_metadata", "")) <= 3000, "private_metadata over 3,000")
    _hold(len(view.get("callback_id", "")) <= 255, "callback_id over 255")
    check_blocks(view.get("blocks"), most=100, in_all=250_000)
    has_input = any(block["type"] == "input" for block in view["blocks"])
    _hold(view["type"] == "home" or not has_input or "submit" in view, "submit is missing")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def _hold(holds: object, reason: str) -> None:
    if not holds:
        raise RefusedError("invalid_blocks", response_metadata={"messages": [f"[ERROR] {reason}"]})


def _unique(ids: list[str], name: str) -> None:
    _hold(len(set(ids)) == len(ids), f"{name} must be unique")


def _text(text: Any, most: int, kinds: tuple[str, ...] = (_PLAIN, _MRKDWN), least: int = 1) -> None:
    _hold(isinstance(text, dict) and text.get("type") in kinds, f"not a text of {kinds}: {text}")
    known = {"type", "text", "emoji"} if text["type"] == _PLAIN else {"type", "text", "verbatim"}
    _hold(set(text) <= known, f"unknown fields of a text: {set(text) - known}")
    _hold(isinstance(text.get("text"), str), "text is missing")
    _hold(least <= len(text["text"]) <= most, f"must be {least} to {most} characters")
    _hold(text["text"].strip(), "a text is blank")


def _check_block(block: Any) -> None:
    _hold(isinstance(block, dict) and block.get("type") in _BLOCKS, f"unsupported type: {block}")
    kind = block["type"]
    unknown = set(block) - _BLOCKS[kind]
    _hold(not unknown, f"unknown fields of a {kind}: {unknown}")
    _hold(len(block.get("block_id", "")) <= 255, "block_id over 255")
    check = _CHECKS.get(kind)
    if check is not None:
        check(block)


def _markdown(block: dict[str, Any]) -> None:
    _hold(isinstance(block.get("text"), str) and block["text"].strip(), "markdown without text")
    if len(block["text"]) > MARKDOWN:
        raise RefusedError("msg_blocks_too_long")


def _section(block: dict[str, Any]) -> None:
    _hold("text" in block or "fields" in block, "a section needs text or fields")
    if "text" in block:
        _text(block["text"], 3000)
    _hold(len(block.get("fields", ())) <= 10, "more than 10 fields")
    for each in block.get("fields", ()):
        _text(each, 2000)
    if "accessory" in block:
        _element(block["accessory"])


def _context(block: dict[str, Any]) -> None:
    elements = block.get("elements")
    _hold(isinstance(elements, list) and 1 <= len(elements) <= 10, "1 to 10 elements")
    for element in elements:
        _text(element, 3000)


def _actions(block: dict[str, Any]) -> None:
    elements = block.get("elements")
    _hold(isinstance(elements, list) and 1 <= len(elements) <= 25, "1 to 25 elements")
    for element in elements:
        _hold(element.get("type") != "feedback_buttons", "feedback_buttons in actions")
        _element(element)


def _context_actions(block: dict[str, Any]) -> None:
    elements = block.get("elements")
    _hold(isinstance(elements, list) and 1 <= len(elements) <= 5, "1 to 5 elements")
    for element in elements:
        _hold(element.get("type") in ("feedback_buttons", "icon_button"), "not in context_actions")
        _element(element)


def _header(block: dict[str, Any]) -> None:
    _text(block.get("text"), 150, (_PLAIN,))


def _input(block: dict[str, Any]) -> None:
    _text(block.get("label"), 2000, (_PLAIN,))
    if "hint" in block:
        _text(block["hint"], 2000, (_PLAIN,))
    _element(block.get("element"))


def _table(block: dict[str, Any]) -> None:
    rows = block.get("rows")
    _hold(isinstance(rows, list) and 1 <= len(rows) <= 100, "1 to 100 rows")
    _hold(
        sum(len(cell.get("text", "")) for row in rows for cell in row) <= _MOST_IN_A_TABLE, "table"
    )
    for row in rows:
        _hold(isinstance(row, list) and 1 <= len(row) <= 20, "1 to 20 cells")
        for cell in row:
            _hold(cell.get("type") in ("raw_text", "rich_text"), "a cell is raw or rich text")
            if cell["type"] == "raw_text":
                _hold(set(cell) == {"type", "text"} and cell["text"].strip(), "an empty cell")


def _element(element: Any) -> None:
    _hold(isinstance(element, dict) and element.get("type") in _ELEMENTS, f"element: {element}")
    kind = element["type"]
    unknown = set(element) - _ELEMENTS[kind]
    _hold(not unknown, f"unknown fields of a {kind}: {unknown}")
    _hold(len(element.get("action_id", "")) <= 255, "action_id over 255")
    _hold(len(element.get("value", "x")) <= 2000, "value over 2,000")
    _hold(len(element.get("url", "")) <= 3000, "url over 3,000")
    if kind == "button":
        _text(element.get("text"), 75, (_PLAIN,))
        _hold(element.get("style", "primary") in ("primary", "danger"), "style")
        _hold(len(element.get("accessibility_label", "")) <= 75, "accessibility_label over 75")
    elif kind == "feedback_buttons":
        for name in ("positive_button", "negative_button"):
            half = element.get(name)
            _hold(isinstance(half, dict), f"{name} is missing")
            known = {"text", "value", "accessibility_label"}
            _hold(set(half) <= known, f"unknown fields of {name}")
            _text(half.get("text"), 75, (_PLAIN,))
            _hold(0 < len(half.get("value", "")) <= 2000, f"value of {name}")
    elif kind == "plain_text_input":
        _hold(element.get("max_length", 1) <= 3000, "max_length over 3,000")
        if "placeholder" in element:
            _text(element["placeholder"], 150, (_PLAIN,))


_CHECKS = {
    "markdown": _markdown,
    "section": _section,
    "context": _context,
    "context_actions": _context_actions,
    "actions": _actions,
    "header": _header,
    "table": _table,
    "input": _input,
}
