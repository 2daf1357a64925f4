"""Runs that other computers do: their names, and what is told of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.domain.tune.models import RunName

MOST_ATTEMPTS = 5
"""Jobs of one run: each goes on where the one before it was interrupted."""

ENDED, AWAITS_APPROVAL = "Fine-Tuning Ended", "Fine-Tuning Awaits Approval"
"""What is told of runs."""

_UNEXPLAINED = (
    "A step of the run broke ({error}). The execution in Step Functions names it, and the log of "
    "the function fine_tune has the rest. Start the run again: it goes on where it broke."
)
_TIMED_OUT = (
    "A step of the run did not come to its end in time. The execution in Step Functions names it. "
    "Start the run again: it goes on where it broke."
)
_LATE = ("States.Timeout", "Sandbox.Timedout")
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


@dataclass(frozen=True, slots=True)
class RunNews:
    """What is told of a run.

    Attributes:
        run: Its name.
        kind: `ENDED` or `AWAITS_APPROVAL`.
        verdict: "promoted", "not promoted" or "rolled back"; empty while it waits.
        reason: Why, for people.
        report: Where its report is; empty where there is none.
        cost: What it cost, in words; empty where nothing was trained.
        link: Where a person decides; for who may decide, and nobody else.
        until: Until when the link is good, seconds since the epoch; None without one.
    """

    run: RunName
    kind: str
    verdict: str
    reason: str
    report: str = ""
    cost: str = ""
    link: str = ""
    until: float | None = None

    def as_event(self) -> dict[str, Any]:
        """The detail of the event."""
        told: Mapping[str, Any] = {
            "run": self.run,
            "verdict": self.verdict,
            "reason": self.reason,
            "report": self.report,
            "cost": self.cost,
            "link": self.link,
            "until": self.until,
        }
        return {name: value for name, value in told.items() if value not in ("", None)}


def broken(reason: str) -> str:
    """What a step says that breaks for a known reason: `why` reads it."""
    return json.dumps({"reason": reason})


def why(failure: Mapping[str, Any]) -> str:
    """Why a step broke, for people: in its own words, where it knew.

    Args:
        failure: Error and Cause, as a state machine catches them. The Cause of a function of ours
            is JSON, whose `errorMessage` is what `broken` made.
    """
    try:
        said = json.loads(str(json.loads(str(failure.get("Cause", "")))["errorMessage"]))
        return str(said["reason"])
    except (ValueError, KeyError, TypeError):
        pass
    error = str(failure.get("Error", "")) or "no error was named"
    return _TIMED_OUT if error in _LATE else _UNEXPLAINED.format(error=error)
