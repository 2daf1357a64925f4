"""A check, and what it finds."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from wellread.adapters.chat.slack.workspaces import Installations
from wellread.bootstrap.adapters import SettingsDocument
from wellread.domain.knowledge.errors import InvalidConfigurationError, WellreadError
from wellread.domain.tune.models import TunedModel
from wellread.ports.chat import ConversationReferences
from wellread.ports.operations import DeadLetters, Secret
from wellread.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is checked: an installation, or a deployed stack.

    Attributes:
        rules: Its settings document.
        secret: Slack's; None where Slack is off.
        installations: Tokens of Slack workspaces; None where there is but one.
        teams_secret: That of the bot in Teams; None where it is not set.
        references: Where Teams' conversations are; None where nothing is kept yet.
        endpoint: The bot's messaging endpoint in Teams, where a stack says it.
        dead_letters: Gives those of each queue, by its name.
        options: Of a command that works on it.
        tuned: Gives the tuned model that is promoted, if any.
    """

    settings: Settings
    rules: SettingsDocument
    secret: Secret | None = None
    installations: Installations | None = None
    teams_secret: Secret | None = None
    references: Callable[[], ConversationReferences] | None = None
    endpoint: str = ""
    dead_letters: Callable[[], Mapping[str, DeadLetters]] = dict
    options: str = ""
    tuned: Callable[[], TunedModel | None] = lambda: None


Check = Callable[[Subject], str]
"""Returns what it found in a sentence, empty where there is nothing to check; raises a
`WellreadError` with cause and fix where something does not work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        says: The state, or the cause of a failure.
        fix: What to do about a failure.
    """

    check: str
    ok: bool
    says: str
    fix: str = ""


def examine(subject: Subject, checks: Sequence[tuple[str, Check]]) -> Iterator[Finding]:
    """Run checks; one that fails holds up no other."""
    for name, check in checks:
        try:
            says = check(subject)
        except WellreadError as error:
            yield failure(name, error)
        except Exception:
            logger.exception("a check failed")
            yield Finding(
                name, False, "It could not be checked.", "Report it, with the error above."
            )
        else:
            if says:
                yield Finding(name, True, says)


def failure(check: str, error: WellreadError) -> Finding:
    """What is found where a check raises: the first sentence is the cause, the rest the fix."""
    cause, _, fix = str(error).partition(". ")
    return Finding(check, False, f"{cause.rstrip('.')}.", fix or "Try again in a minute.")


def fail(cause: str, fix: str) -> NoReturn:
    """End a check: a sentence each, the cause without its stop."""
    raise InvalidConfigurationError(f"{cause}. {fix}")
