"""Runs that other computers do: their names, and what is kept of them."""

from __future__ import annotations

import re

from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.domain.tune.models import RunName

MOST_ATTEMPTS = 5
"""Jobs of one run: each goes on where the one before it was interrupted."""

_NAME = re.compile(r"[a-z0-9](?:-?[a-z0-9]){0,31}")
"""Part of the names of jobs and of served models, which take 63 characters together."""

_MOST_CHARACTERS = 32


def run_name(text: str) -> RunName:
    """A run's name as a person or a schedule says it.

    Raises:
        InvalidConfigurationError: It is none.
    """
    if len(text) > _MOST_CHARACTERS or not _NAME.fullmatch(text):
        raise InvalidConfigurationError(
            f'"{text[:60]}" is no name for a run. Take up to {_MOST_CHARACTERS} lower-case letters '
            'and digits, with single hyphens between them, as in "2026-12-leave".'
        )
    return RunName(text)


def job_name(prefix: str, run: RunName, attempt: int) -> str:
    """The name of a run's job, the first of which is attempt 1."""
    return f"{prefix}-{run}-{attempt}"
