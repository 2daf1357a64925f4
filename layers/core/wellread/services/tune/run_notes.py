"""What is known of a run far away: kept step by step, so that a run that broke goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wellread.domain.knowledge.errors import PermanentError
from wellread.domain.tune.models import RunName
from wellread.ports.operations import ReportStore

_KNOWN = "note-{}.json"


class RunNotes:
    """Notes and files of runs, in a store of their own."""

    def __init__(self, store: ReportStore) -> None:
        """Keep them in this store."""
        self._store = store

    def get(self, run: RunName, step: str) -> dict[str, Any] | None:
        """What a step noted; None where it did not yet."""
        text = self._store.get(run, _KNOWN.format(step))
        return None if text is None else dict(json.loads(text))

    def known(self, run: RunName, step: str) -> dict[str, Any]:
        """What a step noted that must have come before.

        Raises:
            PermanentError: It did not.
        """
        found = self.get(run, step)
        if found is None:
            raise PermanentError(
                f"The run {run} has no note of its step {step}, which should have come before. "
                "Start the run again."
            )
        return found

    def keep(self, run: RunName, step: str, note: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what a step notes, in place of what it noted before; the note."""
        self._store.put(run, _KNOWN.format(step), json.dumps(dict(note), indent=2) + "\n")
        return dict(note)

    def put(self, run: RunName, name: str, text: str) -> str:
        """Keep a file of a run. Returns where, for a person."""
        return self._store.put(run, name, text)

    def read(self, run: RunName, name: str) -> str | None:
        """A file of a run; None where there is none of that name."""
        return self._store.get(run, name)

    def files(self, run: RunName, beginning: str) -> list[str]:
        """The names of a run's files that begin so, sorted."""
        return [name for name in self._store.names(run) if name.startswith(beginning)]
