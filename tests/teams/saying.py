"""What the bot says: messages, edits, and streams with all their rules.

Source: https://learn.microsoft.com/microsoftteams/platform/bots/streaming-ux
"""

from __future__ import annotations

from typing import Any

from tests.teams.limits import check_activity, hold
from tests.teams.shapes import Message, RefusedError
from tests.teams.state import TenantState

_NOT_ALLOWED = "ContentStreamNotAllowed"


def stream_info(activity: Any) -> dict[str, Any] | None:
    """The stream that an activity is of."""
    entities = (activity.get("entities") if isinstance(activity, dict) else None) or []
    return next((each for each in entities if each.get("type") == "streaminfo"), None)


def send(state: TenantState, conversation: str, activity: Any) -> tuple[int, dict[str, Any]]:
    """Take an activity; status and body of the answer."""
    bare, _, thread = conversation.partition(";messageid=")
    place = state.conversations.get(bare)
    if place is None or place.gone:
        raise RefusedError(404, "ConversationNotFound", "Conversation not found.")
    hold(not thread or place.kind == "channel", "a thread in what has none")
    check_activity(activity)
    info = stream_info(activity)
    if info is not None:
        return _stream(state, place.kind, conversation, activity, info)
    if activity["type"] == "typing":
        state.typed.append(conversation)
        return 202, {}
    entities = activity.get("entities") or ()
    called = {(each.get("mentioned") or {}).get("id") for each in entities}
    hold(not called & state.unmentionable, "a mention that cannot be resolved")
    parts = _parts(state, activity)
    messages = [Message(state.next_id(), conversation, each) for each in parts]
    state.stored += messages
    return (201, {"id": messages[0].id}) if len(parts) == 1 else (202, {})


def _parts(state: TenantState, activity: Any) -> list[dict[str, Any]]:
    """What people see of an activity as messages of their own."""
    if not (state.makes_two and activity.get("text") and activity.get("attachments")):
        return [activity]
    return [{**activity, "attachments": []}, {**activity, "text": "", "entities": []}]


def update(state: TenantState, conversation: str, id: str, activity: Any) -> dict[str, Any]:
    """Say something in place of what was said."""
    check_activity(activity)
    hold(activity["type"] == "message", "only messages are edited")
    hold(stream_info(activity) is None, "a stream is not edited")
    if len(_parts(state, activity)) > 1:
        words = "Activity resulted into multiple skype activities"
        raise RefusedError(400, "BadSyntax", words)
    message = _message(state, conversation, id)
    if message.stream == "open" and state.clock() - message.shown[0][0] <= state.longest:
        raise RefusedError(403, "Forbidden", "The message is being streamed.")
    message.stream = "final" if message.stream else ""
    message.activity, message.edits = activity, message.edits + 1
    return {"id": id}


def delete(state: TenantState, conversation: str, id: str) -> dict[str, Any]:
    """Take something back."""
    _message(state, conversation, id).deleted = True
    return {}


def _message(state: TenantState, conversation: str, id: str) -> Message:
    message = state.find(id)
    bare = conversation.partition(";")[0]
    if message is None or message.conversation.partition(";")[0] != bare:
        raise RefusedError(404, "ActivityNotFoundInConversation", "Message does not exist.")
    return message


def _stream(
    state: TenantState, kind: str, conversation: str, activity: Any, info: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    now = state.clock()
    if kind != "personal" or state.streams_refused:
        raise RefusedError(
            403, _NOT_ALLOWED, state.streams_refused or "Content stream is not allowed"
        )
    sort, text = info.get("streamType"), activity.get("text") or ""
    hold(sort in ("informative", "streaming", "final"), "streamType")
    hold((activity["type"] == "message") == (sort == "final"), "type of a stream's activity")
    data = activity.get("channelData") or {}
    hold(data.get("streamType", sort) == sort, "channelData tells of another stream")
    message = _of(state, conversation, info)
    if message is None:
        hold(sort != "final" and info.get("streamSequence") == 1, "a stream begins with 1")
        hold(text.strip(), "Start streaming activities should include text")
        message = Message(state.next_id(), conversation, activity, "open")
        _pace(state, conversation, now)
        state.stored.append(message)
        message.shown.append((now, "" if sort == "informative" else text))
        return 201, {"id": message.id}
    _check_open(state, message, now)
    if sort == "final":
        hold("streamSequence" not in info, "the end has no streamSequence")
    else:
        hold(info.get("streamSequence") == len(message.shown) + 1, "streamSequence")
        hold(sort == "streaming" or not message.shown[-1][1], "informative after text")
        hold(len(text) <= 1000 or sort == "streaming", "an informative text over 1,000")
    if not text.startswith(message.shown[-1][1]):
        raise RefusedError(
            400,
            "BadRequest",
            "Request streamed content should contain the previously streamed content",
        )
    _pace(state, conversation, now)
    message.activity = activity
    message.shown.append((now, text))
    if sort == "final":
        message.stream = "final"
    return 202, {}


def _of(state: TenantState, conversation: str, info: dict[str, Any]) -> Message | None:
    """The stream that goes on; None where one begins."""
    id = info.get("streamId")
    if id is None:
        others = (m for m in state.open_streams() if m.conversation == conversation)
        if any(state.clock() - m.shown[0][0] <= state.longest for m in others):
            raise RefusedError(403, _NOT_ALLOWED, "Content stream is not allowed")
        return None
    message = state.find(str(id))
    if message is None or not message.shown:
        raise RefusedError(404, "ActivityNotFoundInConversation", "Stream does not exist.")
    return message


def _check_open(state: TenantState, message: Message, now: float) -> None:
    if message.stream == "cancelled":
        raise RefusedError(403, _NOT_ALLOWED, "Content stream was canceled by user.")
    if message.stream != "open":
        words = "Content stream is not allowed on an already completed streamed message."
        raise RefusedError(403, _NOT_ALLOWED, words)
    if now - message.shown[0][0] > state.longest:
        words = "Content stream finished due to exceeded streaming time."
        raise RefusedError(403, _NOT_ALLOWED, words)


def _pace(state: TenantState, conversation: str, now: float) -> None:
    """Note what comes too early, and refuse it."""
    last = max(
        (at for m in state.stored if m.conversation == conversation for at, _ in m.shown),
        default=now - state.pace,
    )
    if now - max(last, state.refused_at) < state.pace:
        state.too_fast += 1
        raise RefusedError(429, "TooManyRequests", "API calls quota exceeded")
