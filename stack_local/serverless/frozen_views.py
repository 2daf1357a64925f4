"""Points in time: frozen views of an index that pages of one search are read from."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from stack_local.serverless.exchange import Json, Refusal
from stack_local.serverless.queries import unparsed
from stack_local.serverless.stored_index import StoredIndex

_KEEP_ALIVE = re.compile(r"(\d+)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class FrozenViews:
    """The open points in time by id. Used under the engine's lock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._views: dict[str, tuple[StoredIndex, float]] = {}

    def open(self, index: StoredIndex, keep_alive: object) -> str:
        """Freeze what an index shows now; returns the view's id.

        Raises:
            Refusal: 400, `keep_alive` is no duration.
        """
        until = self._clock() + _seconds(keep_alive)
        view = secrets.token_urlsafe(24)
        index.freeze(view)
        self._views[view] = (index, until)
        return view

    def index_of(self, pit: Json) -> StoredIndex:
        """The index of the view that a search's `pit` names; keeps it open for longer.

        Raises:
            Refusal: 404, there is no such view (any more).
        """
        self._forget_old()
        index, until = self._views.get(str(pit.get("id")), (None, 0.0))
        if index is None:
            raise Refusal.because(
                404, "search_context_missing_exception", "No search context found for the id"
            )
        if "keep_alive" in pit:
            until = max(until, self._clock() + _seconds(pit["keep_alive"]))
            self._views[pit["id"]] = (index, until)
        return index

    def close(self, view: str) -> None:
        """Close a view; one that is not open is as good as closed."""
        index, _ = self._views.pop(view, (None, 0.0))
        if index is not None:
            index.thaw(view)

    def forget_index(self, gone: StoredIndex) -> None:
        """Close the views of a deleted index."""
        for view in [view for view, (index, _) in self._views.items() if index is gone]:
            self.close(view)

    def __len__(self) -> int:
        self._forget_old()
        return len(self._views)

    def _forget_old(self) -> None:
        now = self._clock()
        for view in [view for view, (_, until) in self._views.items() if until < now]:
            self.close(view)


def _seconds(duration: object) -> float:
    found = _KEEP_ALIVE.fullmatch(str(duration))
    if found is None:
        raise unparsed(f"failed to parse [keep_alive] with value [{duration}] as a time value")
    return int(found[1]) * _UNITS[found[2]]
