"""The access rules in a settings document on disk."""

from __future__ import annotations

import json
from pathlib import Path

from wellread.domain.access import AccessRules, parse_access_rules
from wellread.domain.errors import InvalidConfigurationError

_ENTRIES = frozenset({"default", "rules"})


class RulesFile:
    """An `AccessRulesSource` that reads the `access` part of a JSON document.

    The document is read every time, which costs less than any way to notice every change of it.
    """

    def __init__(self, path: Path):
        """Read this document. While there has never been one, everyone may read everything."""
        self._path = path
        self._read: tuple[bytes, AccessRules] | None = None

    def load(self) -> AccessRules:
        """The rules as they are now.

        Raises:
            InvalidConfigurationError: The document cannot be understood, or is gone although it
                was there: nothing may be shown.
        """
        before = self._read
        try:
            data = self._path.read_bytes()
        except FileNotFoundError as exc:
            if before is None:
                return AccessRules()
            raise InvalidConfigurationError(
                f"The settings document {self._path} was there and is gone. Put it back, or "
                "restart wellread to go on without access rules."
            ) from exc
        except OSError as exc:
            raise InvalidConfigurationError(
                f"The settings document {self._path} cannot be read ({exc.strerror}). "
                "Let wellread read it."
            ) from exc
        if before is not None and before[0] == data:
            return before[1]
        rules = self._parse(data)
        self._read = (data, rules)
        return rules

    def _parse(self, data: bytes) -> AccessRules:
        try:
            root = json.loads(data.decode("utf-8-sig"))
        except (ValueError, RecursionError) as exc:
            raise self._wrong(f"it is not JSON ({exc})") from exc
        # A misspelt or missing entry would silently leave documents open to everyone.
        if not isinstance(root, dict) or root.keys() != {"access"}:
            raise self._wrong('it must be an object with one entry, "access"')
        access = root["access"]
        if not isinstance(access, dict):
            raise self._wrong('its "access" must be an object')
        if unknown := sorted(access.keys() - _ENTRIES):
            raise self._wrong(f'"access" has an unknown entry "{unknown[0]}"')
        try:
            return parse_access_rules(access)
        except ValueError as exc:
            raise self._wrong(f'in "access", {exc}') from exc

    def _wrong(self, what: str) -> InvalidConfigurationError:
        return InvalidConfigurationError(
            f"The settings document {self._path} cannot be understood: {what}. Correct it; until "
            "then nothing is shown."
        )
