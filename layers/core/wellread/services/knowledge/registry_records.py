"""The registry's records: all of them in turn, and conditional writes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import ConflictError
from wellread.ports.ingest import DocumentRegistry

_PAGE = 500
_TRIES = 50
_AT_ONCE = 2
"""So often a write is tried again without waiting: mostly there was one other writer."""

_FIRST_WAIT_SECONDS = 0.02
_LONGEST_WAIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Change:
    """A write that took effect.

    Attributes:
        before: The record that the step saw, None where there was none.
        after: The record as written.
    """

    before: DocumentRecord | None
    after: DocumentRecord

    @property
    def discarded_builds(self) -> frozenset[str]:
        """Builds that the record named before and names no more."""
        named = self.before.builds if self.before else ()
        return frozenset(b.build for b in named) - {b.build for b in self.after.builds}


def every_record(
    registry: DocumentRegistry,
    *,
    deleted: bool = False,
    status: DocumentStatus | None = None,
    after: str = "",
) -> Iterator[DocumentRecord]:
    """Records (of a status) after a key, in order, a page at a time: tombstones only, or none."""
    while page := registry.list(status=status, after=after, limit=_PAGE, deleted=deleted):
        yield from page
        after = page[-1].document


def write(
    registry: DocumentRegistry,
    document: DocumentId,
    step: Callable[[DocumentRecord | None], DocumentRecord | None],
    *,
    sleep: Callable[[float], object] = time.sleep,
) -> Change | None:
    """Apply a step to a document's record, on condition that nobody wrote it meanwhile.

    What a step looks at in the bucket it sees after the record was read. So of two workers that saw
    different versions, the one that saw the older cannot win: its write fails and it looks again.

    Args:
        registry: Where the record lives.
        document: Whose record.
        step: From the record as read to the record to write; None writes nothing.
        sleep: Waits for so many seconds, so that hundreds of workers, each with a batch of one
            document, come to their turns.

    Returns:
        The change, None where the step did not apply.

    Raises:
        ConflictError: Others kept winning; the caller's message is redelivered.
    """
    for attempt in range(_TRIES):
        before = registry.get(document)
        wanted = step(before)
        if wanted is None:
            return None
        try:
            return Change(before, registry.put(wanted))
        except ConflictError:
            if attempt >= _AT_ONCE:
                longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0**attempt)
                sleep(random.uniform(0.0, longest))  # noqa: S311 - no secret
    raise ConflictError(f"The record of {document!r} kept changing; try again.")
