"""A secret in Secrets Manager."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from wellread.adapters.aws.service_errors import Resource
from wellread.domain.knowledge.errors import InvalidConfigurationError, TransientError
from wellread.ports.operations import Clock

_MAX_AGE_SECONDS = 300.0
_AGAIN_SECONDS = 15.0
"""What was looked for in vain is not looked for again before: strangers can ask for that."""


class StoredSecret:
    """A `Secret` whose parts are the strings of a JSON object.

    While Secrets Manager does not answer, it is what it was.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """

    def __init__(self, client: Any, arn: str, setting: str, *, clock: Clock):
        """Read nothing yet.

        Args:
            client: Of Secrets Manager.
            arn: Of the secret.
            setting: The environment variable that names it.
            clock: The time.
        """
        self._client = client
        self._arn = arn
        self._clock = clock
        self._resource = Resource("secret", arn, setting)
        self._lock = threading.Lock()
        self._parts: Mapping[str, str] | None = None
        self._read_at = self._looked_at = 0.0

    def part(self, name: str, refused: str | None = None) -> str:
        with self._lock:
            parts = self._read(_MAX_AGE_SECONDS)
            if parts.get(name, "") in ("", refused):
                parts = self._read(_AGAIN_SECONDS)
        value = parts.get(name)
        if not value:
            raise InvalidConfigurationError(
                f"The secret {self._arn!r} has no {name}. Put a JSON object with it there: aws "
                f"secretsmanager put-secret-value --secret-id {self._arn} --secret-string ..."
            )
        return value

    def _read(self, max_age: float) -> Mapping[str, str]:
        now = self._clock()
        if self._parts is not None and (
            now - self._read_at < max_age or now - self._looked_at < _AGAIN_SECONDS
        ):
            return self._parts
        self._looked_at = now
        try:
            with self._resource.errors():
                found = self._client.get_secret_value(SecretId=self._arn)
        except TransientError:
            if self._parts is None:
                raise
            return self._parts
        self._parts, self._read_at = self._parsed(found.get("SecretString", "")), now
        return self._parts

    def _parsed(self, text: str) -> Mapping[str, str]:
        try:
            parsed = json.loads(text)
        except (ValueError, RecursionError):
            parsed = None
        if not isinstance(parsed, dict):
            # Nothing of it is said: it may be the secret itself, put there as it is.
            raise InvalidConfigurationError(
                f"The secret {self._arn!r} is no JSON object. Put one there."
            ) from None
        return {name: value for name, value in parsed.items() if isinstance(value, str)}
