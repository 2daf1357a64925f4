"""What the app's bot has to be allowed in a workspace.

Source: https://docs.slack.dev/reference/scopes
"""

from __future__ import annotations

BOT_SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "groups:history",
    "groups:read",
    "im:history",
    "usergroups:read",
    "users:read",
)
"""All that are needed."""
