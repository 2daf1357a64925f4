"""The secrets of chats on one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellread.bootstrap.once import Lazy, once
from wellread.settings import Settings

if TYPE_CHECKING:
    from wellread.adapters.chat.slack.workspaces import Installations
    from wellread.adapters.embedded.given_secret import GivenSecret

INSTALLATIONS_NAME = "slack"


class EmbeddedSecrets(Lazy):
    """Those of `EmbeddedAdapters`, each where the settings have it."""

    _settings: Settings

    @once
    def slack_secret(self) -> GivenSecret | None:
        """From the settings."""
        return slack_secret_of(self._settings)

    @once
    def teams_secret(self) -> GivenSecret | None:
        """From the settings."""
        return teams_secret_of(self._settings)

    @once
    def slack_installations(self) -> Installations | None:
        """In the data folder; only its owner may open what has tokens."""
        installations = slack_installations_of(self._settings)
        if installations is not None:
            folder = self._settings.data / INSTALLATIONS_NAME
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
        return installations


def slack_secret_of(settings: Settings) -> GivenSecret | None:
    """Slack's secret on one machine; None where nothing of it is set."""
    from wellread.adapters.embedded.given_secret import GivenSecret

    hidden = {
        "signing_secret": settings.slack_signing_secret,
        "bot_token": settings.slack_bot_token,
        "client_secret": settings.slack_client_secret,
    }
    shown = {"client_id": settings.slack_client_id, "workspaces": settings.slack_workspaces}
    given = {name: part.get_secret_value() for name, part in hidden.items() if part}
    given |= {name: part for name, part in shown.items() if part}
    return GivenSecret(given, "WELLREAD_SLACK") if given else None


def teams_secret_of(settings: Settings) -> GivenSecret | None:
    """The secret of the bot in Teams on one machine; None where it is not set."""
    from wellread.adapters.embedded.given_secret import GivenSecret

    secret = settings.teams_client_secret
    given = {"client_secret": secret.get_secret_value()} if secret else {}
    return GivenSecret(given, "WELLREAD_TEAMS") if given else None


def slack_installations_of(settings: Settings) -> Installations | None:
    """Where tokens of Slack workspaces are on one machine; None where it is not installed so."""
    if not (settings.slack_client_id and settings.slack_client_secret):
        return None
    from slack_sdk.oauth.installation_store import FileInstallationStore

    folder = str(settings.data / INSTALLATIONS_NAME)
    return FileInstallationStore(base_dir=folder, historical_data_enabled=False)
