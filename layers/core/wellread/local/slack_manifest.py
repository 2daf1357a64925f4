"""The manifest that makes the Slack app.

Sources: https://docs.slack.dev/reference/app-manifest,
https://github.com/slackapi/manifest-schema/blob/main/schemas/manifest.schema.1.0.0.json
"""

from __future__ import annotations

from typing import Any

from wellread.adapters.chat.slack.install_pages import REDIRECT_PATH
from wellread.adapters.chat.slack.scopes import BOT_SCOPES

PATH = "/slack/events"
"""Where events, clicks and commands go, below the address of the server."""

MAX_NAME_CHARACTERS = 35

EVENTS = (
    "app_home_opened",
    "app_mention",
    "assistant_thread_context_changed",
    "assistant_thread_started",
    "message.channels",
    "message.groups",
    "message.im",
)
OF_INSTALLING = ("app_uninstalled", "tokens_revoked")
"""Of an app in several workspaces, besides."""

_DESCRIPTION = "Answers questions from your documents, and says where it stands."
_LONG_DESCRIPTION = (
    "Ask about the documents that were put into the knowledge base: mention the app, write to it "
    "directly, or use /ask. Every answer names the passages that it rests on, with links to them, "
    "and draws only on documents that everybody who sees it may read. Where the documents do not "
    "say it, the app says so, and can ask a human."
)


def manifest_of(url: str | None, *, name: str, install: bool = False) -> dict[str, Any]:
    """The manifest as an object.

    Args:
        url: Where Slack sends its requests; None for Socket Mode, where Slack is told no address.
        name: What the app is called.
        install: Whether it is installed from a page of the server, in several workspaces.
    """
    command = {
        "command": "/ask",
        "description": "Ask the documents; only you see the answer",
        "usage_hint": "How long may a book be borrowed?",
        "should_escape": False,
    }
    address = {"request_url": url} if url else {}
    led_back = [url.removesuffix(PATH) + REDIRECT_PATH] if url and install else []
    events = (*EVENTS, *OF_INSTALLING) if led_back else EVENTS
    return {
        "display_information": {
            "name": name,
            "description": _DESCRIPTION,
            "long_description": _LONG_DESCRIPTION,
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "assistant_view": {"assistant_description": _DESCRIPTION},
            "bot_user": {"display_name": name, "always_online": True},
            "slash_commands": [{**command, "url": url} if url else command],
        },
        "oauth_config": {
            **({"redirect_urls": led_back} if led_back else {}),
            "scopes": {"bot": list(BOT_SCOPES)},
        },
        "settings": {
            "event_subscriptions": {
                **address,
                "bot_events": sorted(events),
            },
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }
