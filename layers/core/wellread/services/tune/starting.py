"""Runs that begin by themselves: by the calendar, or because enough was corrected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from wellread.domain.tune.models import RunName
from wellread.ports.hosting import RunStarter
from wellread.ports.operations import Clock
from wellread.services.tune.tuned_models import TunedModels

SCHEDULE, FEEDBACK = "schedule", "feedback"
"""Why a run may be due."""

_NAMED = {SCHEDULE: "scheduled", FEEDBACK: "feedback"}


class Starting:
    """Starts runs that are due. Their names hold the day, so that each day has one at most."""

    def __init__(
        self,
        starter: RunStarter,
        models: TunedModels,
        corrections_since: Callable[[float], int],
        clock: Clock,
        *,
        feedback: int,
    ) -> None:
        """Start nothing yet.

        Args:
            starter: Starts runs.
            models: Knows when the last one was.
            corrections_since: How many corrections were approved since a time.
            clock: The time.
            feedback: So many are enough; 0 where no number is.
        """
        self._starter = starter
        self._models = models
        self._corrections_since = corrections_since
        self._clock = clock
        self._feedback = feedback

    def due(self, why: str) -> RunName | None:
        """Start a run, where it is due; its name, None where none was started.

        Args:
            why: `SCHEDULE` (which is always due) or `FEEDBACK`.
        """
        if why == FEEDBACK and not self._enough():
            return None
        day = datetime.fromtimestamp(self._clock(), UTC).date()
        run = RunName(f"{_NAMED[why]}-{day.isoformat()}")
        return run if self._starter.start(run, by=why) else None

    def _enough(self) -> bool:
        last = max((model.created_at for model in self._models.list()), default=0.0)
        return 0 < self._feedback <= self._corrections_since(last)
