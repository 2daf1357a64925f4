"""What the bot has to be given in Microsoft Entra, and what its tokens say that it was given."""

from __future__ import annotations

import base64
import json
import re

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)

_ANYTHING = ("Directory.Read.All", "Directory.ReadWrite.All")
USERS, GROUPS = "User.Read.All", "GroupMember.Read.All"
PERMISSIONS = {
    USERS: (USERS, "User.ReadWrite.All", *_ANYTHING),
    GROUPS: (
        GROUPS,
        "GroupMember.ReadWrite.All",
        "Group.Read.All",
        "Group.ReadWrite.All",
        *_ANYTHING,
    ),
}
"""Application permissions of Graph with which people and their groups can be looked up → those of
which each will do.

Sources: https://learn.microsoft.com/graph/api/user-checkmembergroups,
https://learn.microsoft.com/graph/permissions-reference
"""


def is_entra_id(text: str) -> bool:
    """Whether it has the form of ids in Entra: of apps, tenants, people and groups."""
    return _ID.fullmatch(text) is not None


def roles_of(token: str) -> frozenset[str] | None:
    """The application permissions of a token for Graph; None where it does not say which.

    Microsoft may give its tokens another form one day. Whose it is, only Graph has to know.
    """
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        roles = claims.get("roles", [])
        return frozenset(map(str, roles)) if isinstance(roles, list) else frozenset()
    except (ValueError, AttributeError, RecursionError):
        return None


def lacking(roles: frozenset[str]) -> tuple[str, ...]:
    """Those of `PERMISSIONS` that somebody with these does not have."""
    return tuple(name for name, any_of in PERMISSIONS.items() if roles.isdisjoint(any_of))
