"""Installations of a Slack app in Secrets Manager: a secret a workspace."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from wellread.adapters.aws.service_errors import Resource, code_of
from wellread.domain.knowledge.errors import TransientError

if TYPE_CHECKING:
    from slack_sdk.oauth.installation_store import Bot

_MISSING = "ResourceNotFoundException"
_BEING_DELETED = "InvalidRequestException"


class StoredInstallations:
    """What of `slack_sdk.oauth.InstallationStore` is used.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
    """

    def __init__(self, client: Any, prefix: str, setting: str) -> None:
        """Look nothing up yet.

        Args:
            client: Of Secrets Manager.
            prefix: What the secrets' names begin with; a workspace's id ends them.
            setting: The environment variable with the prefix.
        """
        self._client = client
        self._prefix = prefix
        self._setting = setting

    def save_bot(self, bot: Bot) -> None:
        name, text = self._name(bot.team_id), json.dumps(bot.__dict__)
        with self._errors(name):
            try:
                self._client.put_secret_value(SecretId=name, SecretString=text)
            except ClientError as error:
                if code_of(error) != _MISSING:
                    raise
                self._client.create_secret(
                    Name=name, SecretString=text, Description="The token of a Slack workspace's bot"
                )

    def find_bot(self, *, enterprise_id: str | None, team_id: str | None) -> Bot | None:
        del enterprise_id  # workspaces are known by their own ids
        from slack_sdk.oauth.installation_store import Bot  # noqa: PLC0415 - loads long

        name = self._name(team_id)
        with self._errors(name):
            try:
                found = self._client.get_secret_value(SecretId=name)
            except ClientError as error:
                if code_of(error) in (_MISSING, _BEING_DELETED):
                    return None
                raise
        return Bot(**json.loads(found["SecretString"]))

    def delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        del enterprise_id
        name = self._name(team_id)
        with self._errors(name):
            try:
                # Nothing that Slack has revoked need be brought back, and the name is free again.
                self._client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
            except ClientError as error:
                if code_of(error) not in (_MISSING, _BEING_DELETED):
                    raise

    def _name(self, team: str | None) -> str:
        return f"{self._prefix}{team}"

    @contextmanager
    def _errors(self, name: str) -> Iterator[None]:
        with Resource("secret", name, self._setting).errors():
            try:
                yield
            except ClientError as error:
                if code_of(error) in (_BEING_DELETED, "ResourceExistsException"):
                    raise TransientError(f"The secret {name!r} is changing. Try again.") from error
                raise
