"""The chat platforms that are set up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from wellread.ports.chat import Platform

if TYPE_CHECKING:
    from wellread.adapters.chat.slack.web import SlackWeb
    from wellread.bootstrap.adapters import Adapters
    from wellread.ports.operations import Secret
    from wellread.settings import Settings

SLACK = "slack"


def platforms_of(adapters: Adapters, settings: Settings) -> Mapping[str, Platform]:
    """Those whose credentials are set, by name."""
    secret = adapters.slack_secret
    return {} if secret is None else {SLACK: slack_platform(secret, adapters, settings)}


def slack_platform(
    secret: Secret,
    adapters: Adapters,
    settings: Settings,
    *,
    through: Callable[[SlackWeb], SlackWeb] = lambda web: web,
) -> Platform:
    """One Slack workspace: that of the bot token in a secret.

    Args:
        secret: Holds the token.
        adapters: Of the backend.
        settings: Where Slack is, and how old what is known of it may be.
        through: What stands between all that calls Slack and its Web API.
    """
    from wellread.adapters.chat.slack.addresses import SlackAddresses
    from wellread.adapters.chat.slack.files import SlackFiles
    from wellread.adapters.chat.slack.members import SlackMembership
    from wellread.adapters.chat.slack.panes import SlackPanes
    from wellread.adapters.chat.slack.response_urls import ResponseUrls
    from wellread.adapters.chat.slack.sink import SlackSink
    from wellread.adapters.chat.slack.web import SlackWeb

    def token(refused: str | None = None) -> str:
        return secret.part("bot_token", refused)

    web = through(SlackWeb(token, settings.slack_api_url, sleep=adapters.sleep))
    addresses = SlackAddresses(settings.slack_api_url)
    return Platform(
        SLACK,
        sink=SlackSink(web, ResponseUrls(addresses)),
        membership=SlackMembership(
            web, seconds=settings.chat_members_seconds, clock=adapters.clock
        ),
        panes=SlackPanes(web),
        files=SlackFiles(web, addresses),
    )
