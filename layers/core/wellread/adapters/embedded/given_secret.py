"""A secret that the settings hold."""

from __future__ import annotations

from collections.abc import Mapping

from wellread.domain.knowledge.errors import InvalidConfigurationError


class GivenSecret:
    """A `Secret` that stays as it was when the process began."""

    def __init__(self, parts: Mapping[str, str], setting: str):
        """Hold these.

        Args:
            parts: By name.
            setting: What the environment variables of all parts begin with.
        """
        self._parts = parts
        self._setting = setting

    def part(self, name: str, refused: str | None = None) -> str:  # noqa: ARG002 - another never is
        value = self._parts.get(name)
        if not value:
            raise InvalidConfigurationError(f"{self._setting}_{name.upper()} is not set. Set it.")
        return value
