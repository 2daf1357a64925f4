"""The workspaces that one app is installed in, each with a token of its own.

They are those that the app's secret names: whoever else installs it gets nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from wellread.adapters.chat.fields import Fields
from wellread.domain.knowledge.errors import InvalidConfigurationError, TransientError

if TYPE_CHECKING:
    from slack_sdk.oauth.installation_store import Bot

    from wellread.ports.operations import Clock, Secret

_MAX_AGE_SECONDS = 300.0
_AGAIN_SECONDS = 15.0
"""What was looked for in vain is not looked for again before."""


class Installations(Protocol):
    """What of `slack_sdk.oauth.InstallationStore` is used: a bot a workspace, of no enterprise.

    Each method may raise a `WellreadError`, an `OSError`, or a `ValueError`.
    """

    def save_bot(self, bot: Bot) -> None:
        """Keep a workspace's bot, in place of the one that it had."""

    def find_bot(self, *, enterprise_id: str | None, team_id: str | None) -> Bot | None:
        """A workspace's bot; None where it has none."""

    def delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget a workspace's bot, if it has one."""


class Workspaces:
    """Knows which token is whose."""

    def __init__(self, secret: Secret, installations: Installations, *, clock: Clock) -> None:
        """Look nothing up yet.

        Args:
            secret: The app's `client_id`, `client_secret` and `workspaces`: the ids of those where
                it may be installed, separated by commas, the home of the settings document first.
                Without the first two, there is one workspace, that of its `bot_token`.
            installations: Keeps tokens.
            clock: The time.
        """
        self._secret = secret
        self._installations = installations
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, float]] = {}

    @property
    def client(self) -> tuple[str, str] | None:
        """The app's id and secret towards Slack; None where it is not installed by OAuth.

        Raises:
            TransientError: It cannot be looked up.
        """
        id, secret = self._part("client_id"), self._part("client_secret")
        return (id, secret) if id and secret else None

    @property
    def named(self) -> tuple[str, ...]:
        """The ids of the workspaces where it may be installed; raises as `client`."""
        return tuple(filter(None, (each.strip() for each in self._part("workspaces").split(","))))

    def takes(self, team: str) -> bool:
        """Whether what happens in a workspace is any affair of ours; raises as `client`."""
        return self.client is None or team in self.named

    def has(self, team: str) -> bool:
        """Whether it is installed in a workspace, and may be; raises as `client`."""
        try:
            return bool(self.token(team))
        except InvalidConfigurationError:
            return False

    def token(self, team: str, refused: str | None = None) -> str:
        """The bot's token in a workspace.

        Args:
            team: Slack's id of the workspace; empty for the first that is named.
            refused: What it was before, and what Slack refused.

        Raises:
            InvalidConfigurationError: There is none.
            TransientError: It cannot be looked up.
        """
        if self.client is None:
            return self._secret.part("bot_token", refused)
        named = self.named
        team = team or (named[0] if named else "")
        token = self._kept(team, refused) if team in named else ""
        if not token:
            raise InvalidConfigurationError(
                f"The app is not installed in the workspace {team!r}. Install it there: open "
                "/slack/install of this server. The workspace has to be named among `workspaces`."
            )
        return token

    def keep(self, bot: Bot) -> None:
        """Keep what an installation gave; raises as `forget`."""
        with _away():
            self._installations.save_bot(bot)
        with self._lock:
            self._known.pop(bot.team_id or "", None)

    def forget(self, team: str, at: float) -> None:
        """Forget a workspace, unless it was installed anew after that.

        Raises:
            TransientError: It cannot be forgotten now.
        """
        with _away():
            bot = self._installations.find_bot(enterprise_id=None, team_id=team)
            if bot is not None and int(bot.installed_at) <= at:
                self._installations.delete_bot(enterprise_id=None, team_id=team)
        with self._lock:
            self._known.pop(team, None)

    def _kept(self, team: str, refused: str | None) -> str:
        with self._lock:
            token, read_at = self._known.get(team, ("", -_MAX_AGE_SECONDS))
            now = self._clock()
            age = now - read_at
            if age >= (_AGAIN_SECONDS if token in ("", refused) else _MAX_AGE_SECONDS):
                with _away():
                    bot = self._installations.find_bot(enterprise_id=None, team_id=team)
                token = bot.bot_token if bot else ""
                self._known[team] = token, now
            return token

    def _part(self, name: str) -> str:
        try:
            return self._secret.part(name).strip()
        except InvalidConfigurationError:
            return ""


@contextmanager
def _away() -> Iterator[None]:
    """What keeps tokens may fail in ways of its own."""
    try:
        yield
    except (OSError, ValueError) as error:
        kind = type(error).__name__
        raise TransientError(f"What is kept of workspaces cannot be had ({kind}).") from None


def uninstalled(payload: Fields) -> tuple[str, float] | None:
    """The workspace that an event says the app was taken out of, and when; None for others.

    Raises:
        MalformedError: It is not of the shape that Slack says it has.

    Source: https://docs.slack.dev/reference/events/app_uninstalled and tokens_revoked
    """
    event = payload.part("event")
    kind = event.text("type")
    if kind == "app_uninstalled" or (kind == "tokens_revoked" and event.part("tokens").has("bot")):
        return payload.id("team_id"), float(payload.count("event_time"))
    return None
