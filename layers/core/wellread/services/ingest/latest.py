"""The newest documents, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from wellread.domain.access.scope import Scope
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus
from wellread.ports.ingest import RecordListing
from wellread.services.access.presence import Presence
from wellread.services.access.rules_in_force import Access
from wellread.services.ingest.documents import COUNTED

_COMPARED = 5000
"""Of more documents than that, nobody says which are the newest."""

_UNDER_A_PREFIX = 200
_PAGE = 500
_LOOKED_AT_TOGETHER = 50


@dataclass(frozen=True, slots=True)
class Overview:
    """What somebody can ask about.

    Attributes:
        documents: How many searchable documents.
        more: Whether there are more than that.
        freshest: Those that became searchable last, newest first; none where there are too many to
            compare.
    """

    documents: int
    more: bool
    freshest: tuple[DocumentRecord, ...]


class Latest:
    """Finds the newest documents; shows a viewer only what that viewer may read at this moment."""

    def __init__(self, listing: RecordListing, access: Access, presence: Presence) -> None:
        self._listing = listing
        self._access = access
        self._presence = presence

    def overview(self, viewer: Scope, most: int) -> Overview:
        """What somebody can ask about.

        Args:
            viewer: Whose eyes it is for.
            most: So many of the freshest.

        Raises:
            InvalidConfigurationError: The access rules cannot be understood; nothing may be shown.
            TransientError: Registry or bucket cannot be asked now.
        """
        self._access.refresh()
        listed = self._listed(viewer, DocumentStatus.INDEXED)
        records = list(islice(listed, _COMPARED + 1))
        newest = sorted(records, key=_became_searchable, reverse=True)
        if len(records) > _COMPARED:
            newest = []
        return Overview(
            documents=sum(1 for _ in self._permitted(viewer, records[:COUNTED])),
            more=len(records) > COUNTED,
            freshest=tuple(islice(self._permitted(viewer, newest), most)),
        )

    def under(self, viewer: Scope, prefix: str, most: int) -> tuple[DocumentRecord, ...]:
        """The documents under a prefix that changed last, whatever became of them, newest first.

        Args:
            viewer: Whose eyes they are for.
            prefix: How their keys begin.
            most: So many; of a few hundred that are looked at.

        Raises:
            InvalidConfigurationError, TransientError: As `overview` does.
        """
        self._access.refresh()
        inside = takewhile(
            lambda record: record.document.startswith(prefix),
            self._listed(viewer, None, after=prefix),
        )
        records = {record.document: record for record in islice(inside, _UNDER_A_PREFIX)}
        shown = self._presence.listed(records, viewer).values()
        return tuple(sorted(shown, key=lambda each: each.received_at, reverse=True)[:most])

    def _listed(
        self, viewer: Scope, status: DocumentStatus | None, after: str = ""
    ) -> Iterator[DocumentRecord]:
        """As far as the registry knows."""
        while page := self._listing.list_for(viewer, status=status, after=after, limit=_PAGE):
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].document

    def _permitted(
        self, viewer: Scope, records: Sequence[DocumentRecord]
    ) -> Iterator[DocumentRecord]:
        """Those whose text may be shown, looked at while they are asked for."""
        for start in range(0, len(records), _LOOKED_AT_TOGETHER):
            some = records[start : start + _LOOKED_AT_TOGETHER]
            yield from self._presence.permitted({r.document: r for r in some}, viewer).values()


def _became_searchable(record: DocumentRecord) -> float:
    return record.searchable_since or 0.0
