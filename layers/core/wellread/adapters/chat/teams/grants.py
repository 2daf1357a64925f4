"""What an administrator lets the bot ask Graph.

Sources: https://learn.microsoft.com/graph/api/user-checkmembergroups
https://learn.microsoft.com/graph/api/user-list
https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

from __future__ import annotations

import base64
import json

READS_USERS = "User.Read.All"
"""Whether accounts are deactivated; `checkMemberGroups` needs it, too."""
READS_GROUPS = "GroupMember.Read.All"
"""Who is in which groups."""

_DIRECTORY = frozenset({"Directory.Read.All", "Directory.ReadWrite.All"})
GIVEN_BY = {
    READS_USERS: frozenset({READS_USERS, "User.ReadWrite.All"}) | _DIRECTORY,
    READS_GROUPS: frozenset(
        {READS_GROUPS, "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All"}
    )
    | _DIRECTORY,
}
"""The permissions that give as much as each that is needed."""


def roles_of(token: str) -> frozenset[str]:
    """The permissions that a token for Graph names; none where it cannot be read.

    Nothing is let through for what it says: it tells what is worth asking.
    """
    parts = token.split(".")
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        roles = json.loads(raw)["roles"]
    except (IndexError, KeyError, TypeError, ValueError, RecursionError):
        return frozenset()
    listed = roles if isinstance(roles, list) else []
    return frozenset(each for each in listed if isinstance(each, str))
