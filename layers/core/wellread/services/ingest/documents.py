"""Documents as people see them: their states, their text at a quote, another try."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from wellread.domain.access.scope import Operator, Scope
from wellread.domain.ingest.receipts import UNSEEN
from wellread.domain.ingest.recipes import Recipe
from wellread.domain.ingest.records import DocumentRecord, DocumentStatus, IndexingProgress
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.knowledge.errors import NotFoundError
from wellread.ports.ingest import ChangeQueue, DocumentRegistry, RecordListing, RevisionStore
from wellread.services.access.presence import Presence
from wellread.services.access.rules_in_force import Access

COUNTED = 1000
"""So many documents of a state are counted for somebody; each takes a look at the bucket."""

_INDEXED = DocumentStatus.INDEXED
_SAMPLED_FROM = 200
_LOOKED_AT_TOGETHER = 50
_NAMED_FROM = 500


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A document's state, and its receipt once it has one.

    Attributes:
        revision: The newest one seen, whatever its state.
        code: Why it failed, for programs; None unless it failed.
        reason, fix: Why it failed, or why nobody may read it, and what to do.
        pages, chunks, tables, unreadable_pages: Of the newest revision, None until it was read.
        searchable_since: Seconds since the epoch; None while the newest revision is not searchable.
    """

    document: DocumentId
    revision: RevisionId | None
    title: str
    status: DocumentStatus
    code: str | None
    reason: str | None
    fix: str | None
    pages: int | None
    chunks: int | None
    tables: int | None
    unreadable_pages: tuple[int, ...]
    searchable_since: float | None
    audiences: frozenset[str]


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """Some documents, and the key to go on after (None at the end)."""

    documents: tuple[DocumentSummary, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A stored revision's text, with the place that was asked for.

    Attributes:
        start, end: The quote's place: `text[start:end]`; None where none was asked for or found.
        page: Of the quote.
        newest: Whether this is the document's newest revision.
    """

    document: DocumentId
    revision: RevisionId
    title: str
    text: str
    start: int | None
    end: int | None
    page: int | None
    newest: bool
    source_link: str | None


class Documents:
    """Looks documents up; shows a viewer only what that viewer may read at this moment."""

    def __init__(
        self,
        registry: DocumentRegistry,
        listing: RecordListing,
        revisions: RevisionStore,
        changes: ChangeQueue,
        access: Access,
        presence: Presence,
        *,
        recipe: Recipe,
    ) -> None:
        self._presence = presence
        self._recipe = str(recipe)
        self._registry = registry
        self._listing = listing
        self._revisions = revisions
        self._changes = changes
        self._access = access

    def list(
        self,
        viewer: Scope | Operator,
        *,
        status: DocumentStatus | None = None,
        name: str = "",
        after: str = "",
        limit: int = 100,
    ) -> DocumentPage:
        """Documents in key order.

        What it costs depends on what the viewer may see, whatever else there is; `next` names a
        document that is on the page.

        Args:
            viewer: Who looks.
            status: Only documents in this state.
            name: Only documents whose path holds this, in whatever case.
            after: `next` of the page before.
            limit: Of the page.
        """
        self._access.refresh()
        listed = self._listed(viewer, status, name=name.casefold(), after=after, most=limit)
        found = list(islice(listed, limit + 1))
        page = tuple(_summary(record) for record in found[:limit])
        return DocumentPage(page, page[-1].document if len(found) > limit else None)

    def sample(self, viewer: Scope | Operator, limit: int) -> tuple[DocumentRecord, ...]:
        """Some searchable documents, found with one look at the registry; perhaps none."""
        self._access.refresh()
        some = self._page(viewer, DocumentStatus.INDEXED, "", _SAMPLED_FROM)
        chosen = some[:: max(len(some) // limit, 1)][:limit]
        return tuple(self._presence.permitted({r.document: r for r in chosen}, viewer).values())

    def show(self, viewer: Scope | Operator, document: DocumentId) -> DocumentSummary:
        """One document's state.

        Raises:
            NotFoundError: There is none that the viewer may see.
        """
        return _summary(self._record(viewer, document))

    def any_in(self, viewer: Scope | Operator, *statuses: DocumentStatus) -> bool:
        """Whether there is any document in one of these states, for somebody."""
        self._access.refresh()
        return any(True for status in statuses for _ in self._listed(viewer, status, most=1))

    def progress(self, viewer: Scope | Operator) -> IndexingProgress:
        """How much of what the viewer may read is searchable.

        Each document that is counted is looked at, so for anybody but an operator the count of a
        state ends at `COUNTED`.
        """
        self._access.refresh()
        most = None if isinstance(viewer, Operator) else COUNTED
        counts = Counter[DocumentStatus]()
        outdated = 0
        for status in DocumentStatus:
            for record in islice(self._listed(viewer, status), most and most + 1):
                counts[status] += 1
                outdated += status is _INDEXED and record.is_outdated(self._recipe)
        return replace(_progress(counts, most), outdated=outdated)

    def registered(self) -> IndexingProgress:
        """What the registry counts, for those who wait until all is read: nobody is shown it."""
        counts = Counter[DocumentStatus]()
        for (status, _), count in self._listing.counts().items():
            counts[status] += count
        return _progress(counts, None)

    def open(
        self,
        viewer: Scope | Operator,
        document: DocumentId,
        *,
        revision: RevisionId | None = None,
        quote: str | None = None,
        at: int | None = None,
    ) -> OpenedDocument:
        """A revision's text, at a quote.

        Args:
            viewer: Who looks.
            document: Which document.
            revision: Which revision; the searchable one where not given.
            quote: Words of the revision, verbatim.
            at: Offset where the quote starts, where it stands more than once.

        Raises:
            NotFoundError: There is no such document or revision that the viewer may see.
        """
        record = self._registry.get(document)
        if record is None or not self._presence.permitted({document: record}, viewer):
            raise _no_such(document)
        wanted = revision or (record.active.text_id if record.active else None)
        parsed = self._revisions.get_text(document, wanted) if wanted else None
        if wanted is None or parsed is None:
            raise NotFoundError(
                f"There is no text of {document!r} to open: this revision was never read, or was "
                "cleared away."
            )
        start = _find(parsed.text, quote, at) if quote else None
        end = start + len(quote) if start is not None and quote else None
        return OpenedDocument(
            document=document,
            revision=wanted,
            title=_title(record, wanted) or parsed.title or document,
            text=parsed.text,
            start=start,
            end=end,
            page=parsed.page_at(start) if start is not None else None,
            newest=record.revision in (wanted, *_revisions_of(record, wanted)),
            source_link=record.sidecar.link if record.sidecar else None,
        )

    def retry(self, viewer: Scope | Operator, document: DocumentId) -> None:
        """Have a document's newest revision read again.

        Raises:
            NotFoundError: There is none that the viewer may see.
        """
        self._record(viewer, document)
        self._changes.put([document], again=True)

    def _record(self, viewer: Scope | Operator, document: DocumentId) -> DocumentRecord:
        record = self._registry.get(document)
        if record is None or not self._presence.listed({document: record}, viewer):
            raise _no_such(document)
        return record

    def _listed(
        self,
        viewer: Scope | Operator,
        status: DocumentStatus | None,
        *,
        name: str = "",
        after: str = "",
        most: int = _LOOKED_AT_TOGETHER,
    ) -> Iterator[DocumentRecord]:
        """Documents that may be listed, in key order, found while they are asked for.

        Args:
            viewer: Whose eyes they are for.
            status: In this state only.
            name: Casefolded; in the documents' paths.
            after: Where to begin.
            most: So many are likely to be wanted.
        """
        size = most + 1
        while True:
            page = self._page(viewer, status, after, size)
            named = {r.document: r for r in page if name in r.document.casefold()}
            yield from self._presence.listed(named, viewer).values()
            if len(page) < size:
                return
            after = page[-1].document
            size = _NAMED_FROM if name else max(size, _LOOKED_AT_TOGETHER)

    def _page(
        self, viewer: Scope | Operator, status: DocumentStatus | None, after: str, limit: int
    ) -> Sequence[DocumentRecord]:
        if isinstance(viewer, Operator):
            return self._registry.list(status=status, after=after, limit=limit)
        return self._listing.list_for(viewer, status=status, after=after, limit=limit)


def _progress(counts: Mapping[DocumentStatus, int], most: int | None) -> IndexingProgress:
    """These counts, none of them more than `most`."""
    indexed, received, processing, failed = (
        min(counts[status], counts[status] if most is None else most)
        for status in (
            DocumentStatus.INDEXED,
            DocumentStatus.RECEIVED,
            DocumentStatus.PROCESSING,
            DocumentStatus.FAILED,
        )
    )
    more = most is not None and any(count > most for count in counts.values())
    return IndexingProgress(indexed, received + processing, failed, more=more)


def _no_such(document: DocumentId) -> NotFoundError:
    return NotFoundError(f"There is no document {document!r}. See the list of documents.")


def _find(text: str, quote: str, at: int | None) -> int | None:
    if at is not None and text.startswith(quote, at):
        return at
    found = text.find(quote)
    return found if found >= 0 else None


def _title(record: DocumentRecord, revision: RevisionId) -> str | None:
    return next((b.title for b in record.builds if revision in (b.revision, b.text_id)), None)


def _revisions_of(record: DocumentRecord, text_id: RevisionId) -> Sequence[RevisionId]:
    """The revision that a text is of, where a build says so."""
    return [build.revision for build in record.builds if build.text_id == text_id]


def _summary(record: DocumentRecord) -> DocumentSummary:
    of_newest = next(
        (build for build in reversed(record.builds) if build.revision == record.revision),
        None,
    )
    unseen = record.sidecar_error
    return DocumentSummary(
        document=record.document,
        revision=record.revision,
        title=of_newest.title if of_newest else "",
        status=record.status,
        code=record.failure.code.value if record.failure else None,
        reason=record.failure.reason if record.failure else unseen,
        fix=record.failure.fix if record.failure else UNSEEN if unseen else None,
        pages=of_newest.pages if of_newest else None,
        chunks=of_newest.chunks if of_newest else None,
        tables=of_newest.tables if of_newest else None,
        unreadable_pages=of_newest.unreadable_pages if of_newest else (),
        searchable_since=record.searchable_since
        if record.status is DocumentStatus.INDEXED
        else None,
        audiences=record.audiences,
    )
