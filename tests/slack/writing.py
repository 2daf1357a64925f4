"""The Web API's methods that write: messages, streams, views, and what is beside a conversation.

Source: https://docs.slack.dev/reference/methods
"""

from __future__ import annotations

from typing import Any

from tests.slack.limits import MARKDOWN, check_blocks, check_view
from tests.slack.methods import Answer, method, parsed, place_of
from tests.slack.shapes import Ephemeral, Message, RefusedError
from tests.slack.state import WorkspaceState

_MOST_TEXT, _MOST_TEXT_OF_UPDATE = 40_000, 4_000
_SAID = "text blocks attachments metadata markdown_text parse link_names"


def _said(arguments: dict[str, Any], most: int, *, required: bool = True) -> dict[str, Any]:
    """What a message is to say, if Slack takes it."""
    text, markdown = arguments.get("text") or "", arguments.get("markdown_text") or ""
    blocks = parsed(arguments, "blocks")
    if markdown and (text or blocks):
        raise RefusedError("markdown_text_conflict")
    if required and not (text or markdown or blocks):
        raise RefusedError("no_text")
    if len(text) > most or len(markdown) > MARKDOWN:
        raise RefusedError("msg_too_long")
    if blocks is not None:
        check_blocks(blocks)
    metadata = parsed(arguments, "metadata")
    if metadata is not None:
        payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
        if not isinstance(payload, dict) or not metadata.get("event_type"):
            raise RefusedError("invalid_metadata_format")
    return {"text": text, "markdown": markdown, "blocks": blocks, "metadata": metadata}


def _own(workspace: WorkspaceState, arguments: dict[str, Any], refused: str) -> Message:
    place = place_of(workspace, arguments, to_write=True)
    found = workspace.find(place.id, arguments["ts"])
    if found is None:
        raise RefusedError("message_not_found")
    if found.bot_id != workspace.bot_id:
        raise RefusedError(refused)
    return found


def _thread(workspace: WorkspaceState, channel: str, thread: str) -> str:
    if thread and not workspace.has_thread(channel, thread):
        raise RefusedError("thread_not_found")
    return thread


def _shown(message: Message) -> Answer:
    return {
        "channel": message.channel,
        "ts": message.ts,
        "message": message.as_message(all_metadata=True),
    }


def _end_status(workspace: WorkspaceState, channel: str, thread: str) -> None:
    workspace.statuses.pop((channel, thread), None)


@method(
    "chat.postMessage",
    "channel",
    f"{_SAID} thread_ts reply_broadcast unfurl_links unfurl_media mrkdwn username icon_emoji",
    "chat:write",
)
def _post(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    place = place_of(workspace, arguments, to_write=True)
    thread = _thread(workspace, place.id, arguments.get("thread_ts") or "")
    said = _said(arguments, _MOST_TEXT)
    message = Message(
        workspace.next_ts(),
        place.id,
        workspace.bot,
        **(said | {"blocks": said["blocks"] or []}),
        thread_ts=thread,
        bot_id=workspace.bot_id,
        unfurl_links=bool(arguments.get("unfurl_links", True)),
        unfurl_media=bool(arguments.get("unfurl_media", True)),
    )
    _end_status(workspace, place.id, thread)
    return _shown(workspace.store(message))


@method("chat.postEphemeral", "channel user", f"{_SAID} thread_ts", "chat:write")
def _post_ephemeral(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    place = place_of(workspace, arguments, to_write=True)
    if arguments["user"] not in place.members:
        raise RefusedError("user_not_in_channel")
    said = _said(arguments, _MOST_TEXT)
    workspace.ephemerals.append(
        Ephemeral(arguments["user"], place.id, said["text"], said["blocks"] or [])
    )
    return {"message_ts": workspace.next_ts()}


@method("chat.update", "channel ts", f"{_SAID} reply_broadcast file_ids", "chat:write")
def _update(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    found = _own(workspace, arguments, "cant_update_message")
    if found.streaming == "open":
        raise RefusedError("streaming_state_conflict")
    said = _said(arguments, _MOST_TEXT_OF_UPDATE)
    found.was.append((found.text, found.markdown, found.blocks))
    found.text, found.markdown = said["text"], said["markdown"]
    # What is not said stays: blocks where there are none, metadata where there is none.
    found.blocks = found.blocks if said["blocks"] is None else said["blocks"]
    found.metadata = said["metadata"] or found.metadata
    found.edited = True
    return _shown(found) | {"text": found.text}


@method("chat.delete", "channel ts", "", "chat:write")
def _delete(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    found = _own(workspace, arguments, "cant_delete_message")
    if found.streaming == "open":
        raise RefusedError("streaming_state_conflict")
    found.deleted = True
    return {"channel": found.channel, "ts": found.ts}


def _chunks(arguments: dict[str, Any], *, required: bool = True) -> str:
    """The markdown that a stream's call brings."""
    text = arguments.get("markdown_text") or ""
    for chunk in parsed(arguments, "chunks") or ():
        if not isinstance(chunk, dict) or "type" not in chunk:
            raise RefusedError("invalid_chunks")
        if chunk["type"] == "markdown_text":
            text += chunk["text"]
        elif chunk["type"] not in ("task_update", "plan_update", "blocks"):
            raise RefusedError("invalid_chunks")
    if len(text) > MARKDOWN:
        raise RefusedError("msg_too_long")
    if required and not text:
        raise RefusedError("no_text")
    return text


@method(
    "chat.startStream",
    "channel thread_ts",
    "markdown_text chunks recipient_team_id recipient_user_id task_display_mode",
    "chat:write",
)
def _start_stream(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    if workspace.streams_refused:
        raise RefusedError(workspace.streams_refused)
    place = place_of(workspace, arguments, to_write=True)
    if place.kind != "im":
        for name in ("recipient_team_id", "recipient_user_id"):
            if not arguments.get(name):
                raise RefusedError(f"missing_{name}")
    thread = _thread(workspace, place.id, arguments["thread_ts"])
    message = Message(
        workspace.next_ts(),
        place.id,
        workspace.bot,
        markdown=_chunks(arguments),
        thread_ts=thread,
        bot_id=workspace.bot_id,
        streaming="open",
        unfurl_links=False,
        unfurl_media=False,
    )
    _end_status(workspace, place.id, thread)
    workspace.store(message)
    return {"channel": place.id, "ts": message.ts}


def _open_stream(workspace: WorkspaceState, arguments: dict[str, Any]) -> Message:
    found = _own(workspace, arguments, "message_not_owned_by_app")
    if found.streaming != "open":
        raise RefusedError("message_not_in_streaming_state")
    return found


@method("chat.appendStream", "channel ts", "markdown_text chunks", "chat:write")
def _append_stream(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    found = _open_stream(workspace, arguments)
    more = _chunks(arguments)
    if len(found.markdown) + len(more) > MARKDOWN:
        raise RefusedError("msg_too_long")
    found.markdown += more
    return {"channel": found.channel, "ts": found.ts}


@method(
    "chat.stopStream",
    "channel ts",
    "markdown_text chunks blocks metadata session_status",
    "chat:write",
)
def _stop_stream(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    found = _open_stream(workspace, arguments)
    more = _chunks(arguments, required=False)
    if len(found.markdown) + len(more) > MARKDOWN:
        raise RefusedError("msg_too_long")
    said = _said({**arguments, "markdown_text": None}, 0, required=False)
    found.markdown += more
    # Blocks stand below what was streamed.
    found.blocks = said["blocks"] or []
    found.metadata = said["metadata"]
    found.streaming = "done"
    return _shown(found)


@method("views.open", "view", "trigger_id interactivity_pointer")
def _open_view(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    view, trigger = parsed(arguments, "view"), arguments.get("trigger_id")
    check_view(view)
    if trigger not in workspace.triggers:
        raise RefusedError(
            "exchanged_trigger_id" if trigger in workspace.modals else "invalid_trigger_id"
        )
    workspace.triggers.remove(trigger)
    workspace.modals[trigger] = view
    return {"view": {**view, "id": f"V{len(workspace.modals)}"}}


@method("views.publish", "user_id view", "hash")
def _publish(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    view = parsed(arguments, "view")
    check_view(view)
    if arguments["user_id"] not in workspace.people:
        raise RefusedError("user_not_found")
    workspace.homes[arguments["user_id"]] = view
    return {"view": {**view, "id": f"V{arguments['user_id']}"}}


_ASSISTANT = "assistant:write chat:write"


@method(
    "assistant.threads.setStatus",
    "channel_id thread_ts",
    "status loading_messages icon_emoji username",
    _ASSISTANT,
)
def _set_status(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    place = place_of(workspace, arguments, name="channel_id", to_write=True)
    thread = _thread(workspace, place.id, arguments["thread_ts"])
    messages = parsed(arguments, "loading_messages") or []
    if len(messages) > 10:
        raise RefusedError("too_many_loading_messages")
    if "status" not in arguments:
        raise RefusedError("invalid_arguments")
    if arguments["status"]:
        workspace.statuses[place.id, thread] = arguments["status"]
        workspace.status_history.append((place.id, thread, arguments["status"]))
    else:
        _end_status(workspace, place.id, thread)
    return {}


@method(
    "assistant.threads.setSuggestedPrompts",
    "channel_id prompts",
    "thread_ts title",
    "assistant:write",
)
def _set_prompts(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    place = place_of(workspace, arguments, name="channel_id", to_write=True)
    prompts = parsed(arguments, "prompts")
    if not isinstance(prompts, list) or not 1 <= len(prompts) <= 4:
        raise RefusedError("invalid_arguments", detail="1 to 4 prompts")
    if any(set(each) != {"title", "message"} or not all(each.values()) for each in prompts):
        raise RefusedError("invalid_arguments", detail="a prompt has a title and a message")
    workspace.prompts[place.id, arguments.get("thread_ts") or ""] = prompts
    return {}


@method("assistant.threads.setTitle", "channel_id thread_ts title", "", "assistant:write")
def _set_title(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    place = place_of(workspace, arguments, name="channel_id", to_write=True)
    workspace.titles[place.id, arguments["thread_ts"]] = arguments["title"]
    return {}
