"""What Teams posts to a bot: activities and their tokens.

Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations
"""

from __future__ import annotations

import json
from typing import Any

from tests.teams.keys import signed
from tests.teams.shapes import Somebody
from tests.teams.state import threaded
from tests.teams.tenant import TeamsTenant


def activity(
    tenant: TeamsTenant, kind: str, person: str, conversation: str, thread: str = "", **more: Any
) -> dict[str, Any]:
    """Something that a person did in a place."""
    place, who = tenant.conversations[conversation], tenant.people[person]
    data: dict[str, Any] = {"tenant": {"id": tenant.tenant}}
    if place.kind == "channel":
        data |= {"team": {"id": place.team}, "channel": {"id": place.id}}
        data["teamsChannelId"], data["teamsTeamId"] = place.id, place.team
    return {
        "type": kind,
        "id": tenant.next_id(),
        "timestamp": "2026-11-29T10:00:00.000Z",
        "channelId": "msteams",
        "serviceUrl": tenant.service_url,
        "from": _account(who),
        "recipient": {"id": tenant.bot, "name": tenant.bot_name},
        "conversation": {
            "id": threaded(conversation, thread),
            "conversationType": place.kind,
            "tenantId": tenant.tenant,
            **({"isGroup": True} if place.kind != "personal" else {}),
        },
        "channelData": data,
        **more,
    }


def message(
    tenant: TeamsTenant,
    person: str,
    conversation: str,
    text: str,
    thread: str = "",
    *,
    mentions: tuple[str, ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """A message; "bot" among the mentions is the bot itself, others are people."""
    entities, before = [], ""
    for each in mentions:
        id, name = tenant.bot, tenant.bot_name
        if each != "bot":
            id, name = tenant.people[each].account, tenant.people[each].name
        before += f"<at>{name}</at> "
        mentioned = {"id": id, "name": name}
        entities.append({"type": "mention", "mentioned": mentioned, "text": f"<at>{name}</at>"})
    made = activity(tenant, "message", person, conversation, thread)
    if tenant.conversations[conversation].kind == "channel" and not thread:
        made["conversation"]["id"] = threaded(conversation, made["id"])
    made |= {"text": before + text, "textFormat": "plain", "entities": entities}
    return made | more


def invoke(
    tenant: TeamsTenant,
    person: str,
    conversation: str,
    name: str,
    value: dict[str, Any],
    thread: str = "",
    **more: Any,
) -> dict[str, Any]:
    """An invoke, which is answered in the response."""
    return activity(tenant, "invoke", person, conversation, thread, name=name, value=value, **more)


def feedback(
    tenant: TeamsTenant,
    person: str,
    conversation: str,
    about: str,
    reaction: str = "like",
    reason: str = "",
    *,
    thread: str = "",
    as_object: bool = False,
) -> dict[str, Any]:
    """Somebody judges a message; the reason in either shape that clients send."""
    words: Any = {"feedbackText": reason}
    given = {"reaction": reaction, "feedback": words if as_object else json.dumps(words)}
    value = {"actionName": "feedback", "actionValue": given}
    return invoke(
        tenant, person, conversation, "message/submitAction", value, thread, replyToId=about
    )


def click(
    tenant: TeamsTenant,
    person: str,
    conversation: str,
    about: str,
    action: dict[str, Any],
    *,
    thread: str = "",
) -> dict[str, Any]:
    """Somebody clicks on a card's `Action.Execute`."""
    value = {
        "action": {
            key: action[key] for key in ("type", "id", "title", "verb", "data") if key in action
        }
    }
    value["trigger"] = "manual"  # type: ignore[assignment]
    return invoke(
        tenant, person, conversation, "adaptiveCard/action", value, thread, replyToId=about
    )


def shared_file(tenant: TeamsTenant, id: str) -> dict[str, Any]:
    """The attachment of a file that somebody sent in a personal chat."""
    file = tenant.files[id]
    address = f"{tenant.url}/files/{id}"
    return {
        "contentType": "application/vnd.microsoft.teams.file.download.info",
        "contentUrl": f"{address}/view",
        "name": file.name,
        "content": {
            "downloadUrl": address,
            "uniqueId": id,
            "fileType": file.name.rpartition(".")[2],
        },
    }


def posted(activity: dict[str, Any], token: str | None = None) -> tuple[dict[str, str], bytes]:
    """Headers and body of the request that brings an activity."""
    token = signed(activity["serviceUrl"]) if token is None else token
    headers = {
        "authorization": f"Bearer {token}",
        "content-type": "application/json; charset=utf-8",
    }
    return headers, json.dumps(activity).encode()


def _account(who: Somebody) -> dict[str, Any]:
    found = {"id": who.account, "name": who.name}
    return {**found, "aadObjectId": who.id} if who.known else found
