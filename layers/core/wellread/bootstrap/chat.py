"""The chat platforms that are set up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

from wellread.domain.knowledge.metrics import Metric
from wellread.ports.chat import Platform

if TYPE_CHECKING:
    from wellread.adapters.chat.slack.install import SlackInstall
    from wellread.adapters.chat.slack.web import BotToken, SlackWeb
    from wellread.adapters.chat.slack.workspaces import Installations, Workspaces
    from wellread.adapters.chat.teams.stream import Pace
    from wellread.adapters.chat.teams.web import TeamsWeb
    from wellread.bootstrap.adapters import Adapters
    from wellread.ports.chat import ConversationReferences
    from wellread.ports.operations import Clock, Secret
    from wellread.settings import Settings

SLACK, TEAMS = "slack", "teams"


def platforms_of(
    adapters: Adapters, workspaces: Workspaces | None, settings: Settings
) -> Mapping[str, Platform]:
    """Those whose credentials are set, by name."""
    found = {}
    if adapters.slack_secret is not None and workspaces is None:
        found[SLACK] = slack_platform(adapters.slack_secret, adapters, settings)
    elif workspaces is not None:
        found[SLACK] = _in_workspaces(workspaces, adapters, settings)
    if adapters.teams_secret is not None and settings.teams_bot is not None:
        found[TEAMS] = teams_platform(adapters.teams_secret, settings.teams_bot, adapters, settings)
    return found


def references_of(adapters: Adapters, settings: Settings) -> ConversationReferences:
    """Where Teams takes what is said in its conversations."""
    from wellread.adapters.chat.references import LedgerReferences

    _, tenant = settings.teams_bot or ("", "")
    return LedgerReferences(adapters.ledger, adapters.clock, tenant.lower())


def workspaces_of(
    secret: Secret | None, installations: Installations | None, clock: Clock
) -> Workspaces | None:
    """The workspaces that the app may be installed in; None where there is but one."""
    if secret is None or installations is None:
        return None
    from wellread.adapters.chat.slack.workspaces import Workspaces

    return Workspaces(secret, installations, clock=clock)


def slack_install_of(
    adapters: Adapters, workspaces: Workspaces | None, settings: Settings
) -> SlackInstall:
    """What installs Slack's app in further workspaces."""
    from wellread.adapters.chat.slack.install import SlackInstall

    return SlackInstall(
        workspaces,
        lambda: adapters.ledger,
        clock=adapters.clock,
        api_url=settings.slack_api_url,
    )


def _in_workspaces(workspaces: Workspaces, adapters: Adapters, settings: Settings) -> Platform:
    """Slack in several workspaces: what is known of one, and its token, stays with it."""

    @cache
    def installed(team: str) -> Platform:
        return _platform(partial(workspaces.token, team), adapters, settings, several=bool(team))

    def in_team(team: str) -> Platform | None:
        if not workspaces.has(team):
            return None
        return installed(team if workspaces.client else "")

    return replace(installed(""), in_team=in_team)


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

    def token(refused: str | None = None) -> str:
        return secret.part("bot_token", refused)

    return _platform(token, adapters, settings, web=web)


def _platform(
    token: BotToken,
    adapters: Adapters,
    settings: Settings,
    *,
    web: Callable[[SlackWeb], SlackWeb] = lambda inner: inner,
    several: bool = False,
) -> Platform:
    from wellread.adapters.chat.slack.addresses import SlackAddresses
    from wellread.adapters.chat.slack.files import SlackFiles
    from wellread.adapters.chat.slack.members import SlackMembership
    from wellread.adapters.chat.slack.panes import SlackPanes
    from wellread.adapters.chat.slack.reading import SlackReading
    from wellread.adapters.chat.slack.response_urls import ResponseUrls
    from wellread.adapters.chat.slack.sink import SlackSink
    from wellread.adapters.chat.slack.web import SlackWeb

    def count() -> None:
        adapters.meter.add(Metric.CHAT_REFUSED, 1)

    calls = web(SlackWeb(token, settings.slack_api_url, sleep=adapters.sleep, refused=count))
    addresses = SlackAddresses(settings.slack_api_url)
    return Platform(
        SLACK,
        sink=SlackSink(calls, ResponseUrls(addresses)),
        membership=SlackMembership(
            calls, seconds=settings.chat_members_seconds, clock=adapters.clock, several=several
        ),
        panes=SlackPanes(calls),
        files=SlackFiles(calls, addresses),
        reading=SlackReading(calls),
    )


def teams_platform(
    secret: Secret,
    bot: tuple[str, str],
    adapters: Adapters,
    settings: Settings,
    *,
    web: Callable[[TeamsWeb], TeamsWeb] = lambda inner: inner,
    pace: Pace | None = None,
) -> Platform:
    """Teams in the bot's own tenant.

    Args:
        secret: Has the bot's client secret.
        bot: Its client id and tenant id.
        adapters: Of the backend.
        settings: Where Microsoft's services are.
        web: What all calls go through, made of what makes them.
        pace: How fast replies grow, if not as fast as Teams lets them.
    """
    from wellread.adapters.chat.teams.files import TeamsFiles
    from wellread.adapters.chat.teams.members import TeamsMembership
    from wellread.adapters.chat.teams.panes import TeamsPanes
    from wellread.adapters.chat.teams.sign_in import SignIn
    from wellread.adapters.chat.teams.sink import Known, TeamsSink
    from wellread.adapters.chat.teams.stream import Pace
    from wellread.adapters.chat.teams.web import TeamsWeb

    graph, login = settings.teams_graph_url, settings.teams_login_url
    sign_in = SignIn(bot, secret, login, graph, clock=adapters.clock)
    refused = partial(adapters.meter.add, Metric.CHAT_REFUSED, 1)
    not_read_back = partial(adapters.meter.add, Metric.CHAT_NOT_READ_BACK, 1)
    pace = pace or Pace(sleep=adapters.sleep)
    calls = web(TeamsWeb(sign_in, graph, now=pace.now, sleep=pace.sleep, refused=refused))
    references = references_of(adapters, settings)
    return Platform(
        TEAMS,
        sink=TeamsSink(calls, references, Known(), pace=pace, not_read_back=not_read_back),
        membership=TeamsMembership(
            calls, references, bot[1], seconds=settings.chat_members_seconds, clock=adapters.clock
        ),
        panes=TeamsPanes(),
        files=TeamsFiles(login),
        threaded=False,
        judged_by_message=True,
        files_pass=True,
    )
