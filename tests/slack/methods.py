"""The Web API's methods that read, and what all methods have in common.

Source: https://docs.slack.dev/reference/methods
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.slack.shapes import Conversation, RefusedError
from tests.slack.state import WorkspaceState

Answer = dict[str, Any]
Handler = Callable[[WorkspaceState, dict[str, Any]], Answer]
_KIND_SCOPES = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}


@dataclass(frozen=True)
class Method:
    """A method: its arguments, whether they may come as JSON, and the scopes, one of which does."""

    handle: Handler
    required: frozenset[str]
    optional: frozenset[str]
    scopes: tuple[str, ...]
    takes_json: bool


METHODS: dict[str, Method] = {}


def method(
    name: str, required: str = "", optional: str = "", scopes: str = "", *, takes_json: bool = True
) -> Callable[[Handler], Handler]:
    """Register a method."""

    def register(handle: Handler) -> Handler:
        METHODS[name] = Method(
            handle,
            frozenset(required.split()),
            frozenset(optional.split()),
            tuple(scopes.split()),
            takes_json,
        )
        return handle

    return register


def call(
    workspace: WorkspaceState, name: str, token: str, arguments: dict[str, Any], *, as_json: bool
) -> Answer:
    """Answer a call as Slack does.

    Raises:
        RefusedError: With Slack's code.
    """
    found = METHODS.get(name)
    if found is None:
        raise RefusedError("unknown_method", req_method=name)
    if token in workspace.revoked:
        raise RefusedError("token_revoked")
    known = workspace.app_tokens if name == "apps.connections.open" else workspace.tokens
    if token not in known:
        raise RefusedError("invalid_auth" if token else "not_authed")
    provided = workspace.tokens.get(token, frozenset())
    if found.scopes and not provided & set(found.scopes):
        raise missing_scope(found.scopes[0], provided)
    if as_json and not found.takes_json:
        raise RefusedError("invalid_arguments", detail="this method takes no JSON")
    unknown = arguments.keys() - found.required - found.optional
    missing = {name for name in found.required if arguments.get(name) in (None, "")}
    if unknown or missing:
        raise RefusedError("invalid_arguments", detail=f"unknown {unknown}, missing {missing}")
    arguments["\0token"] = token
    return {"ok": True, **found.handle(workspace, arguments)}


def missing_scope(needed: str, provided: frozenset[str]) -> RefusedError:
    return RefusedError("missing_scope", needed=needed, provided=",".join(sorted(provided)))


def place_of(
    workspace: WorkspaceState,
    arguments: dict[str, Any],
    *,
    name: str = "channel",
    to_read: str = "",
    to_write: bool = False,
) -> Conversation:
    """The conversation that a call is about, if the bot may."""
    found = workspace.conversations.get(arguments[name])
    inside = found is not None and workspace.bot in found.members
    if found is None or (found.kind != "public" and not inside):
        raise RefusedError("channel_not_found")
    if to_read:
        needed = f"{_KIND_SCOPES[found.kind]}:{to_read}"
        provided = workspace.tokens[arguments["\0token"]]
        if needed not in provided:
            raise missing_scope(needed, provided)
    if not inside and (to_write or to_read == "history"):
        raise RefusedError("not_in_channel")
    if to_write and found.archived:
        raise RefusedError("is_archived")
    return found


def page(
    workspace: WorkspaceState, arguments: dict[str, Any], items: list[Any]
) -> tuple[list[Any], Answer]:
    """A page of a list, and where the next one begins."""
    try:
        limit = int(arguments.get("limit") or 100)
        start = 0
        if arguments.get("cursor"):
            said = base64.b64decode(arguments["cursor"], validate=True).decode()
            start = int(said.removeprefix("next:"))
    except ValueError:
        raise RefusedError("invalid_cursor") from None
    if not 1 <= limit <= 1000:
        raise RefusedError("invalid_limit")
    end = start + min(limit, workspace.page_size)
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": cursor}}


def parsed(arguments: dict[str, Any], name: str) -> Any:
    """An argument that is JSON inside of a form."""
    value = arguments.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise RefusedError("invalid_arguments", detail=f"{name} is no JSON") from None


def _is(value: Any) -> bool:
    return str(value).lower() in ("1", "true")


@method("auth.test")
def _auth_test(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    return {
        "url": "https://wellread.slack.com/",
        "team": "wellread",
        "user": "wellread",
        "team_id": workspace.team,
        "user_id": workspace.bot,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


@method("bots.info", "bot", "team_id", "users:read", takes_json=False)
def _bots_info(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    if arguments["bot"] != workspace.bot_id:
        raise RefusedError("bot_not_found")
    return {
        "bot": {
            "id": workspace.bot_id,
            "deleted": False,
            "name": "wellread",
            "user_id": workspace.bot,
            "app_id": workspace.app,
        }
    }


@method("apps.connections.open")
def _open_connection(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    return {"url": workspace.socket_url or workspace.url.replace("http", "ws") + "/socket"}


@method("users.info", "user", "include_locale", "users:read", takes_json=False)
def _users_info(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    found = workspace.people.get(arguments["user"])
    if found is None:
        raise RefusedError("user_not_found")
    return {"user": found.as_user(workspace.team)}


@method("users.list", "", "cursor limit include_locale team_id", "users:read", takes_json=False)
def _users_list(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    own = [one for one in workspace.people.values() if one.team == workspace.team]
    shown, more = page(workspace, arguments, [one.as_user(workspace.team) for one in own])
    return {"members": shown, **more}


_OF_GROUPS = "include_count include_disabled include_users team_id"


@method("usergroups.list", "", _OF_GROUPS, "usergroups:read", takes_json=False)
def _groups(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    with_users = _is(arguments.get("include_users"))
    return {
        "usergroups": [
            {"id": id, "handle": id.lower(), "name": id, "team_id": workspace.team}
            | ({"users": members} if with_users else {})
            for id, members in workspace.groups.items()
        ]
    }


@method(
    "usergroups.users.list",
    "usergroup",
    "include_disabled team_id",
    "usergroups:read",
    takes_json=False,
)
def _group(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    if arguments["usergroup"] not in workspace.groups:
        raise RefusedError("no_such_subteam")
    return {"users": list(workspace.groups[arguments["usergroup"]])}


@method("conversations.info", "channel", "include_locale include_num_members", takes_json=False)
def _info(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    return {"channel": place_of(workspace, arguments, to_read="read").as_channel()}


@method("conversations.members", "channel", "cursor limit", takes_json=False)
def _members(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    found = place_of(workspace, arguments, to_read="read")
    shown, more = page(workspace, arguments, list(found.members))
    return {"members": shown, **more}


_OF_MESSAGES = "cursor limit oldest latest inclusive include_all_metadata"


@method("conversations.replies", "channel ts", _OF_MESSAGES, takes_json=False)
def _replies(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    place = place_of(workspace, arguments, to_read="history")
    top = arguments["ts"]
    if not workspace.has_thread(place.id, top):
        raise RefusedError("thread_not_found")
    seen = workspace.visible(place.id)
    first = [each for each in seen if each.ts == top]
    below = [each for each in seen if each.thread_ts == top and each.ts != top]
    # What began the thread is on every page.
    shown, more = page(workspace, arguments, _between(below, arguments))
    return {
        "messages": [
            each.as_message(all_metadata=_is(arguments.get("include_all_metadata")))
            for each in (*first, *shown)
        ],
        "has_more": bool(more["response_metadata"]["next_cursor"]),
        **more,
    }


@method("conversations.history", "channel", _OF_MESSAGES, takes_json=False)
def _history(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    place = place_of(workspace, arguments, to_read="history")
    seen = [
        each for each in reversed(workspace.visible(place.id)) if each.thread_ts in ("", each.ts)
    ]
    shown, more = page(workspace, arguments, _between(seen, arguments))
    return {
        "messages": [
            each.as_message(all_metadata=_is(arguments.get("include_all_metadata")))
            for each in shown
        ],
        "has_more": bool(more["response_metadata"]["next_cursor"]),
        **more,
    }


def _between(messages: list[Any], arguments: dict[str, Any]) -> list[Any]:
    oldest, latest = arguments.get("oldest") or "0", arguments.get("latest") or "9" * 20
    inclusive = _is(arguments.get("inclusive"))
    return [
        each
        for each in messages
        if float(oldest) < float(each.ts) < float(latest)
        or (inclusive and each.ts in (oldest, latest))
    ]


@method("files.info", "file", "cursor limit count page", "files:read", takes_json=False)
def _file_info(workspace: WorkspaceState, arguments: dict[str, Any]) -> Answer:
    found = workspace.files.get(arguments["file"])
    if found is None:
        raise RefusedError("file_not_found")
    return {"file": workspace.file_object(found)}
