"""Which path of the stand-in is whose."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote

from tests.teams import saying
from tests.teams.directory import (
    channels_of,
    check_member_groups,
    looked_up,
    members,
    token,
    users,
)
from tests.teams.keys import ISSUER, jwks
from tests.teams.shapes import RefusedError, SignInRefusedError
from tests.teams.state import TenantState

Answer = tuple[int, Any]


@dataclass(frozen=True)
class Asked:
    """A request; header names in lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    headers: dict[str, str]


def route(tenant: TenantState, asked: Asked) -> tuple[str, Callable[[], Answer]]:
    """Whose a request is, by the name that its faults have, and its answer."""
    for method, pattern, whose, audience, handler in _ROUTES:
        found = re.fullmatch(pattern, asked.path, re.IGNORECASE)
        if found is not None and method == asked.method:
            parts = [unquote(each or "") for each in found.groups()]
            answer = partial(handler, tenant, asked, *parts)
            name = whose or _kind_of(asked.body)
            return name, partial(_allowed, tenant, asked, audience, answer)
    tenant.strayed.append(f"{asked.method} {asked.path}")
    return "", lambda: (404, {"error": {"code": "NotFound", "message": "no such path"}})


def _allowed(
    tenant: TenantState, asked: Asked, audience: str, answer: Callable[[], Answer]
) -> Answer:
    """The answer to whoever brings a token that is good for it."""
    given = asked.headers.get("authorization", "").removeprefix("Bearer ")
    if audience and tenant.tokens.get(given) != audience:
        raise RefusedError(401, "Unauthorized", "Authorization has been denied.")
    return answer()


def _kind_of(body: Any) -> str:
    if saying.stream_info(body):
        return "stream"
    return "typing" if isinstance(body, dict) and body.get("type") == "typing" else "send"


def _token(tenant: TenantState, asked: Asked, where: str) -> Answer:
    if where != tenant.tenant:
        raise SignInRefusedError(400, "invalid_request", "AADSTS90002: Tenant not found.")
    return 200, token(tenant, asked.body)


def _openid(tenant: TenantState, _: Asked) -> Answer:
    return 200, {"issuer": ISSUER, "jwks_uri": f"{tenant.url}/openid/.well-known/keys"}


def _keys(tenant: TenantState, _: Asked) -> Answer:
    return 200, jwks(tenant.key_ids)


def _file(tenant: TenantState, asked: Asked, id: str) -> Answer:
    # Its address is all that it takes; a token that comes along goes to a stranger.
    if "authorization" in asked.headers:
        tenant.strayed.append(f"a token with GET {asked.path}")
    file = tenant.files.get(id)
    if file is None:
        raise RefusedError(404, "itemNotFound", "gone")
    return 200, file.content


def _send(tenant: TenantState, asked: Asked, conversation: str) -> Answer:
    return saying.send(tenant, conversation, asked.body)


def _update(tenant: TenantState, asked: Asked, conversation: str, id: str) -> Answer:
    return 200, saying.update(tenant, conversation, id, asked.body)


def _delete(tenant: TenantState, _: Asked, conversation: str, id: str) -> Answer:
    return 200, saying.delete(tenant, conversation, id)


def _page(tenant: TenantState, asked: Asked, conversation: str) -> Answer:
    return members(tenant, conversation, "", asked.query, paged=True)


def _members(tenant: TenantState, asked: Asked, conversation: str, one: str) -> Answer:
    return members(tenant, conversation, one, asked.query, paged=False)


def _channels(tenant: TenantState, _: Asked, team: str) -> Answer:
    return channels_of(tenant, team)


def _groups(tenant: TenantState, asked: Asked, person: str) -> Answer:
    return check_member_groups(tenant, person, asked.body)


def _users(tenant: TenantState, asked: Asked) -> Answer:
    return users(tenant, asked.query)


def _group(tenant: TenantState, _: Asked, group: str) -> Answer:
    return looked_up(tenant, group, "GroupMember.Read.All", group in tenant.groups)


def _user(tenant: TenantState, _: Asked, person: str) -> Answer:
    return looked_up(tenant, person, "User.Read.All", person in tenant.people)


_HERE = r"/connector/v3/conversations/([^/]+)"
_ROUTES: list[tuple[str, str, str, str, Callable[..., Answer]]] = [
    ("POST", r"/login/([^/]+)/oauth2/v2\.0/token", "token", "", _token),
    ("GET", r"/openid/\.well-known/openidconfiguration", "keys", "", _openid),
    ("GET", r"/openid/\.well-known/keys", "keys", "", _keys),
    ("GET", r"/files/([^/]+)", "files", "", _file),
    ("POST", rf"{_HERE}/activities(?:/[^/]+)?", "", "bot", _send),
    ("PUT", rf"{_HERE}/activities/([^/]+)", "update", "bot", _update),
    ("DELETE", rf"{_HERE}/activities/([^/]+)", "delete", "bot", _delete),
    ("GET", rf"{_HERE}/pagedmembers", "members", "bot", _page),
    ("GET", rf"{_HERE}/members(?:/([^/]+))?", "members", "bot", _members),
    ("GET", r"/connector/v3/teams/([^/]+)/conversations", "teams", "bot", _channels),
    ("POST", r"/graph/v1\.0/users/([^/]+)/checkMemberGroups", "graph", "graph", _groups),
    ("GET", r"/graph/v1\.0/users", "users", "graph", _users),
    ("GET", r"/graph/v1\.0/groups/([^/]+)", "graph", "graph", _group),
    ("GET", r"/graph/v1\.0/users/([^/]+)", "graph", "graph", _user),
]
