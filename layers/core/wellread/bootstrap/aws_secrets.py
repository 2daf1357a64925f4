"""The secrets of chats on AWS."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from wellread.bootstrap.once import Lazy, once
from wellread.settings import Settings

if TYPE_CHECKING:
    from wellread.adapters.aws.stored_installations import StoredInstallations
    from wellread.adapters.aws.stored_secret import StoredSecret
    from wellread.ports.operations import Clock


class AwsSecrets(Lazy):
    """Those of `AwsAdapters`, each where the settings name it."""

    clock: Clock
    _settings: Settings

    @once
    def slack_secret(self) -> StoredSecret | None:
        """In Secrets Manager."""
        return self._secret("slack_secret")

    @once
    def teams_secret(self) -> StoredSecret | None:
        """In Secrets Manager."""
        return self._secret("teams_secret")

    @once
    def slack_installations(self) -> StoredInstallations | None:
        """In Secrets Manager."""
        from wellread.adapters.aws.stored_installations import StoredInstallations

        setting = "WELLREAD_SLACK_INSTALLATIONS"
        prefix = self._settings.slack_installations
        client = self._client("secretsmanager") if prefix else None
        return StoredInstallations(client, prefix, setting) if prefix else None

    @once
    def link_secret(self) -> StoredSecret | None:
        """In Secrets Manager."""
        return self._secret("link_secret")

    def _secret(self, setting: str) -> StoredSecret | None:
        from wellread.adapters.aws.stored_secret import StoredSecret

        arn: str | None = getattr(self._settings, setting)
        if not arn:
            return None
        name = f"WELLREAD_{setting.upper()}"
        return StoredSecret(self._client("secretsmanager"), arn, name, clock=self.clock)

    @abstractmethod
    def _client(self, service: str) -> Any:
        """A client of AWS's."""
