"""Who somebody is: tokens for the bot, rosters, and Graph's groups.

Sources: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
https://learn.microsoft.com/graph/api/user-checkmembergroups
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
"""

from __future__ import annotations

import re
from typing import Any

import jwt

from tests.teams.limits import hold
from tests.teams.shapes import RefusedError, SignInRefusedError, Somebody
from tests.teams.state import TenantState

_SCOPES = {
    "https://api.botframework.com/.default": "bot",
    "https://graph.microsoft.com/.default": "graph",
}
_MOST_GROUPS, _MOST_FILTERED = 20, 15


def token(state: TenantState, form: Any) -> dict[str, Any]:
    """A token for whoever knows the secret."""
    given = {name: values[0] for name, values in (form or {}).items()}
    hold(given.get("grant_type") == "client_credentials", "grant_type")
    if state.token_refusal:
        raise SignInRefusedError(401, "invalid_client", state.token_refusal)
    if given.get("client_id") != state.client_id:
        said = "AADSTS700016: Application was not found in the directory."
        raise SignInRefusedError(400, "unauthorized_client", said)
    if given.get("client_secret") != state.client_secret:
        said = "AADSTS7000215: Invalid client secret provided."
        raise SignInRefusedError(401, "invalid_client", said)
    audience = _SCOPES.get(given.get("scope", ""))
    if audience is None:
        # Graph of another cloud.
        audience = "graph" if given.get("scope", "").endswith("/.default") else None
    hold(audience is not None, "scope")
    made = f"token-{audience}-{len(state.tokens)}"
    if audience == "graph":
        claims = {"roles": sorted(state.graph_roles), "jti": made}
        made = jwt.encode(claims, "nobody looks at its signature here")
    state.tokens[made] = str(audience)
    return {"token_type": "Bearer", "expires_in": state.token_seconds, "access_token": made}


def members(
    state: TenantState, conversation: str, one: str, query: dict[str, list[str]], *, paged: bool
) -> tuple[int, Any]:
    """A page of a roster, all of it, or one of those in it."""
    place = state.conversations.get(conversation.partition(";")[0])
    if place is None or place.gone:
        raise RefusedError(404, "ConversationNotFound", "Conversation not found.")
    people = [state.people[each] for each in place.members]
    if one:
        found = [each for each in people if one in (each.account, each.id)]
        if not found:
            raise RefusedError(404, "MemberNotFoundInConversation", "No such member.")
        return 200, _member(found[0])
    if not paged:
        return 200, [_member(each) for each in people]
    size = min(int((query.get("pageSize") or ["500"])[0]), state.page_size)
    hold(size > 0, "pageSize")
    start = int((query.get("continuationToken") or ["0"])[0])
    answer: dict[str, Any] = {"members": [_member(each) for each in people[start : start + size]]}
    if start + size < len(people):
        answer["continuationToken"] = str(start + size)
    return 200, answer


def channels_of(state: TenantState, team: str) -> tuple[int, Any]:
    """The channels of a team."""
    if team not in state.teams:
        raise RefusedError(404, "NotFound", "No such team.")
    found = (state.conversations[each] for each in state.teams[team])
    return 200, {"conversations": [{"id": c.id, "name": c.id, "type": c.sort} for c in found]}


def check_member_groups(state: TenantState, person: str, body: Any) -> tuple[int, Any]:
    """Which of some groups somebody is in, also by way of other groups."""
    asked = (body or {}).get("groupIds")
    hold(isinstance(asked, list) and 0 < len(asked) <= _MOST_GROUPS, "1 to 20 groupIds")
    may(state, "User.Read.All", "GroupMember.Read.All")
    found = state.people.get(person)
    if found is None or found.tenant != state.tenant:
        raise RefusedError(404, "Request_ResourceNotFound", f"Resource '{person}' does not exist.")
    return 200, {"value": [g for g in asked if person in state.groups.get(g, ())]}


def users(state: TenantState, query: dict[str, list[str]]) -> tuple[int, Any]:
    """Some users of the tenant, by their ids."""
    may(state, "User.Read.All")
    (chosen,), (fields,) = query.get("$filter", [""]), query.get("$select", [""])
    found = re.fullmatch(r"id in \(('(?:[^']|'')+'(?:,'(?:[^']|'')+')*)\)", chosen)
    hold(found is not None, "$filter")
    ids = re.findall(r"'((?:[^']|'')+)'", found[1] if found else "")
    hold(len(ids) <= _MOST_FILTERED, "more than 15 expressions in a filter")
    people = (state.people.get(id) for id in ids)
    told = [
        {
            "id": each.id,
            "accountEnabled": not each.deactivated,
            "userType": "Guest" if each.role == "guest" or each.invited else "Member",
        }
        for each in people
        if each is not None and each.tenant == state.tenant
    ]
    return 200, {"value": [{name: one[name] for name in fields.split(",")} for one in told]}


def looked_up(state: TenantState, id: str, role: str, there: bool) -> tuple[int, Any]:
    """A group or person by its id, for an app with this permission."""
    may(state, role)
    if not there:
        raise RefusedError(404, "Request_ResourceNotFound", f"Resource '{id}' does not exist.")
    return 200, {"id": id}


def may(state: TenantState, *roles: str) -> None:
    """Refuse an app that lacks one of these permissions."""
    if not state.graph_roles.issuperset(roles):
        raise RefusedError(403, "Authorization_RequestDenied", "Insufficient privileges.")


def _member(person: Somebody) -> dict[str, Any]:
    member = {
        "id": person.account,
        "name": person.name,
        "userRole": person.role,
        "tenantId": person.tenant,
    }
    if person.known:
        name = f"{person.id}_far.example#EXT#" if person.invited else person.id
        member |= {"aadObjectId": person.id, "userPrincipalName": f"{name}@example.com"}
    return member
