"""What Teams refuses of activities and cards.

Sources: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/bot-messages-ai-generated-content
https://adaptivecards.io/explorer https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from tests.teams.shapes import RefusedError

CARD = "application/vnd.microsoft.card.adaptive"
MOST_BYTES = 28 * 1024
MOST_CITATIONS = 10
_FIELDS = {
    "type", "id", "text", "textFormat", "summary", "from", "recipient", "conversation", "entities",
    "replyToId", "channelData", "attachments", "attachmentLayout", "suggestedActions", "locale",
    "importance", "inputHint", "channelId", "serviceUrl",
}  # fmt: skip
_ELEMENTS = {
    "TextBlock": {"text", "wrap", "weight", "size", "color", "isSubtle", "maxLines", "style"},
    "Container": {"items", "style", "bleed", "selectAction"},
    "FactSet": {"facts"},
    "RichTextBlock": {"inlines"},
    "ActionSet": {"actions"},
    "Table": {"columns", "rows", "firstRowAsHeaders", "firstRowAsHeader", "showGridLines"},
    "TableRow": {"cells"},
    "TableCell": {"items"},
}
_COMMON = {"type", "id", "spacing", "separator", "isVisible", "horizontalAlignment"}
_ACTIONS = {
    "Action.Execute": {"verb", "data", "associatedInputs"},
    "Action.Submit": {"data", "associatedInputs"},
    "Action.OpenUrl": {"url"},
    "Action.ShowCard": {"card"},
    "Action.ToggleVisibility": {"targetElements"},
}
_ACTION_COMMON = {"type", "id", "title", "style", "tooltip", "mode", "iconUrl", "isEnabled"}
_AT = re.compile(r"<at>.*?</at>", re.DOTALL)


def check_activity(activity: Any) -> None:
    """See that an activity is as Teams takes it.

    Raises:
        RefusedError: 400, or 413 where it is too large.
    """
    hold(isinstance(activity, dict), "no activity")
    hold(set(activity) <= _FIELDS, f"unknown fields: {set(activity) - _FIELDS}")
    hold(activity.get("type") in ("message", "typing"), f"type {activity.get('type')!r}")
    if size_of(activity) > MOST_BYTES:
        raise RefusedError(413, "MessageSizeTooBig", "Message size too large")
    hold(activity.get("textFormat", "markdown") in ("markdown", "plain", "xml"), "textFormat")
    attachments = activity.get("attachments") or []
    if activity["type"] == "message":
        hold((activity.get("text") or "").strip() or attachments, "an empty message")
    for attachment in attachments:
        hold(attachment.get("contentType") == CARD, "contentType of an attachment")
        check_card(attachment.get("content"))
    _check_entities(activity)
    data = activity.get("channelData") or {}
    known = {"feedbackLoop", "feedbackLoopEnabled", "streamId", "streamType", "streamSequence",
             "tenant", "notification"}  # fmt: skip
    hold(set(data) <= known, f"unknown channelData: {set(data) - known}")
    if "feedbackLoop" in data:
        hold(data["feedbackLoop"].get("type") in ("default", "custom"), "feedbackLoop")
    for each in (activity.get("suggestedActions") or {}).get("actions", ()):
        hold(each.get("type") == "imBack" and each.get("title") and each.get("value"), "imBack")


def check_card(card: Any) -> None:
    """See that an Adaptive Card is one that Teams shows."""
    hold(isinstance(card, dict) and card.get("type") == "AdaptiveCard", "no AdaptiveCard")
    hold(card.get("version") in ("1.2", "1.3", "1.4", "1.5"), "version of a card")
    known = {"type", "version", "$schema", "body", "actions", "msteams", "fallbackText", "speak"}
    hold(set(card) <= known, f"unknown fields of a card: {set(card) - known}")
    hold(card.get("body") or card.get("actions"), "an empty card")
    for element in card.get("body", ()):
        _check_element(element)
    _check_actions(card.get("actions", []))


def size_of(activity: dict[str, Any]) -> int:
    """Bytes, counted as Teams does: UTF-16 without spaces, or UTF-8 where that is more."""
    text = json.dumps(activity, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))


def _check_element(element: Any) -> None:
    kind = element.get("type") if isinstance(element, dict) else None
    hold(kind in _ELEMENTS, f"unknown element: {kind}")
    known = _COMMON | _ELEMENTS[str(kind)]
    hold(set(element) <= known, f"unknown fields of {kind}: {set(element) - known}")
    if kind == "TextBlock":
        hold(isinstance(element.get("text"), str) and element["text"].strip(), "an empty TextBlock")
    for name in ("items", "rows", "cells"):
        for each in element.get(name, ()):
            _check_element(each)
    for fact in element.get("facts", ()):
        hold(set(fact) == {"title", "value"}, "a fact")
    if "actions" in element:
        _check_actions(element["actions"])


def _check_actions(actions: Any) -> None:
    hold(isinstance(actions, list) and len(actions) <= 6, "more than 6 actions")
    for action in actions:
        kind = action.get("type")
        hold(kind in _ACTIONS, f"unknown action: {kind}")
        known = _ACTION_COMMON | _ACTIONS[kind]
        hold(set(action) <= known, f"unknown fields of {kind}: {set(action) - known}")
        hold(action.get("title", "").strip(), "an action without a title")
        hold(action.get("style", "default") in ("default", "positive", "destructive"), "style")
        if kind == "Action.OpenUrl":
            hold(urlsplit(action.get("url", "")).scheme in ("http", "https"), "url of an action")
        if kind == "Action.Execute":
            hold(isinstance(action.get("verb"), str) and action["verb"], "verb of an action")


def _check_entities(activity: dict[str, Any]) -> None:
    text = activity.get("text") or ""
    mentions = []
    for entity in activity.get("entities") or []:
        kind = entity.get("type")
        hold(kind in ("https://schema.org/Message", "mention", "streaminfo"), f"entity {kind}")
        if kind == "mention":
            hold((entity.get("mentioned") or {}).get("id"), "whom a mention mentions")
            hold(_AT.fullmatch(entity.get("text") or ""), "text of a mention")
            hold(entity["text"] in text, "a mention that is not in the text")
            mentions.append(entity["text"])
        if kind == "https://schema.org/Message":
            _check_message_entity(entity, text)
    hold(sorted(set(mentions)) == sorted(set(_AT.findall(text))), "<at> without its mention")


def _check_message_entity(entity: dict[str, Any], text: str) -> None:
    known = {"type", "@type", "@context", "@id", "additionalType", "citation", "usageInfo"}
    hold(set(entity) <= known, f"unknown fields: {set(entity) - known}")
    hold(entity.get("@type") == "Message", "@type")
    hold(entity.get("@context") == "https://schema.org", "@context")
    hold(entity.get("additionalType", []) in ([], ["AIGeneratedContent"]), "additionalType")
    citations = entity.get("citation") or []
    hold(len(citations) <= MOST_CITATIONS, "too many citations")
    positions = [each.get("position") for each in citations]
    hold(len(set(positions)) == len(positions), "positions of citations")
    for each in citations:
        hold(set(each) == {"@type", "position", "appearance"}, "fields of a citation")
        hold(each["@type"] == "Claim", "@type of a citation")
        hold(f"[{each['position']}]" in text, f"[{each['position']}] is not in the text")
        _check_appearance(each["appearance"])


def _check_appearance(found: dict[str, Any]) -> None:
    known = {"@type", "name", "url", "abstract", "keywords", "text", "encodingFormat", "image",
             "usageInfo"}  # fmt: skip
    hold(set(found) <= known, f"unknown fields of an appearance: {set(found) - known}")
    hold(found.get("@type") == "DigitalDocument", "@type of an appearance")
    hold(0 < len(found.get("name", "")) <= 80, "name of a citation")
    hold(0 < len(found.get("abstract", "")) <= 160, "abstract of a citation")
    keywords = found.get("keywords") or []
    hold(len(keywords) <= 3 and all(0 < len(k) <= 28 for k in keywords), "keywords")
    if "url" in found:
        hold(urlsplit(found["url"]).scheme in ("http", "https"), "url of a citation")


def hold(holds: object, reason: str) -> None:
    """Refuse what does not hold."""
    if not holds:
        raise RefusedError(400, "BadSyntax", reason)
