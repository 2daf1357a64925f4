"""What Slack says that the app's bot may do."""

from __future__ import annotations

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError

from wellread.adapters.chat.slack.scopes import BOT_SCOPES
from wellread.domain.knowledge.errors import TransientError


def missing_scopes(token: str, base_url: str) -> tuple[str, ...] | None:
    """Those that a bot token lacks; None where Slack does not say which ones it has.

    Args:
        token: A valid one.
        base_url: Where the Web API is.

    Raises:
        TransientError: Slack is away.
    """
    client = WebClient(token, base_url=base_url, timeout=15, retry_handlers=[])
    try:
        headers = client.auth_test().headers
    except (OSError, SlackClientError) as error:
        raise TransientError(
            f"Slack did not answer ({type(error).__name__}). Try again."
        ) from error
    granted = {name.lower(): value for name, value in headers.items()}.get("x-oauth-scopes")
    if granted is None:
        return None
    has = {scope.strip() for scope in str(granted).split(",")}
    return tuple(scope for scope in BOT_SCOPES if scope not in has)
