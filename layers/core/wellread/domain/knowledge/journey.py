"""Where the work in hand belongs: which document's journey, and what set it off.

It accompanies the work without being passed from call to call, so that every log line on the way
says it, and that messages sent on the way carry it on. Each thread has its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Journey:
    """A piece of work.

    Attributes:
        correlation: Id of the event or request that set it off, through all queues.
        document, revision: What it is about, as far as that is known.
    """

    correlation: str | None = None
    document: str | None = None
    revision: str | None = None

    def as_log_keys(self) -> dict[str, str]:
        """What every log line says of it."""
        named = {
            "correlation_id": self.correlation,
            "document": self.document,
            "revision": self.revision,
        }
        return {name: value for name, value in named.items() if value}


_present: ContextVar[Journey] = ContextVar("wellread_journey")
_NOWHERE = Journey()


def present() -> Journey:
    """The journey that the work in hand belongs to."""
    return _present.get(_NOWHERE)


@contextlib.contextmanager
def on_journey(
    *, correlation: str | None = None, document: str | None = None, revision: str | None = None
) -> Iterator[None]:
    """Work on something; what is not named here stays as it was around it.

    Which revision it turned out to be about stays known around it, where that is about the same
    document.

    Args:
        correlation: What set the work off.
        document: What it is about; another document's revision is forgotten.
        revision: Which revision.
    """
    around = present()
    inside = Journey(
        correlation=correlation or around.correlation,
        document=document or around.document,
        revision=revision or (around.revision if document in (None, around.document) else None),
    )
    token = _present.set(inside)
    try:
        yield
    finally:
        learnt = present().revision
        _present.reset(token)
        if learnt and around.document == inside.document:
            reached(learnt)


def reached(revision: str) -> None:
    """Say which revision the journey turned out to be about, until its `on_journey` ends."""
    _present.set(replace(present(), revision=revision))
