"""The chat platforms that are set up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from wellread.domain.knowledge.metrics import Metric
from wellread.ports.chat import Platform

if TYPE_CHECKING:
    from wellread.adapters.chat.slack.web import SlackWeb
    from wellread.bootstrap.adapters import Adapters
    from wellread.ports.operations import Secret
    from wellread.settings import Settings

SLACK = "slack"


def platforms_of(adapters: Adapters, settings: Settings) -> Mapping[str, Platform]:
    """Those whose credentials are set, by name."""
    if adapters.slack_secret is None:
        return {}
    return {SLACK: slack_platform(adapters.slack_secret, adapters, settings)}


def slack_platform(
    secret: Secret,
    adapters: Adapters,
    settings: Settings,
    *,
    web: Callable[[SlackWeb], SlackWeb] = lambda inner: inner,
) -> Platform:
    """One Slack workspace: that of the bot token in a secret.

    Args:
        secret: Has the bot token.
        adapters: Of the backend.
        settings: Where Slack is.
        web: What all calls go through, made of what makes them.
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

    def count() -> None:
        adapters.meter.add(Metric.CHAT_REFUSED, 1)

    calls = web(SlackWeb(token, settings.slack_api_url, sleep=adapters.sleep, refused=count))
    addresses = SlackAddresses(settings.slack_api_url)
    return Platform(
        SLACK,
        sink=SlackSink(calls, ResponseUrls(addresses)),
        membership=SlackMembership(
            calls, seconds=settings.chat_members_seconds, clock=adapters.clock
        ),
        panes=SlackPanes(calls),
        files=SlackFiles(calls, addresses),
    )
