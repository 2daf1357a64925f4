"""Documents as people see them: their states, their text at a quote, another try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote as percent_encoded
from urllib.parse import urlencode

from wellread.domain.access.scope import Operator, Scope
from wellread.domain.documents import DocumentId, RevisionId
from wellread.domain.errors import NotFoundError
from wellread.domain.ingest import DocumentRecord, DocumentStatus, IndexingProgress
from wellread.domain.receipts import UNSEEN
from wellread.ports import ChangeQueue, DocumentRegistry, RecordCounter, RevisionStore
from wellread.services.access import Access
from wellread.services.presence import Presence

LINKED_QUOTE_CHARACTERS = 600
"""Longer quotes are cut in links, which browsers and servers limit; the offset finds the place."""

_SAMPLED_FROM = 200


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
    """Looks documents up; shows a viewer only what that viewer may read."""

    def __init__(
        self,
        registry: DocumentRegistry,
        counter: RecordCounter,
        revisions: RevisionStore,
        changes: ChangeQueue,
        access: Access,
        presence: Presence,
    ) -> None:
        """Work on these."""
        self._presence = presence
        self._registry = registry
        self._counter = counter
        self._revisions = revisions
        self._changes = changes
        self._access = access

    def list(
        self,
        viewer: Scope | Operator,
        *,
        status: DocumentStatus | None = None,
        after: str = "",
        limit: int = 100,
    ) -> DocumentPage:
        """Documents in key order."""
        self._access.refresh()
        found: list[DocumentSummary] = []
        while len(found) <= limit:
            page = self._registry.list(status=status, after=after, limit=limit + 1)
            found += [_summary(record) for record in page if self._may_see(viewer, record)]
            if len(page) <= limit:
                break
            after = page[-1].document
        more = len(found) > limit
        return DocumentPage(tuple(found[:limit]), found[limit - 1].document if more else None)

    def sample(self, viewer: Scope | Operator, limit: int) -> tuple[DocumentId, ...]:
        """Some searchable documents, found with one look at the registry; perhaps none."""
        self._access.refresh()
        page = self._registry.list(status=DocumentStatus.INDEXED, limit=_SAMPLED_FROM)
        seen = [record.document for record in page if self._may_see(viewer, record)]
        return tuple(seen[:: max(len(seen) // limit, 1)][:limit])

    def show(self, viewer: Scope | Operator, document: DocumentId) -> DocumentSummary:
        """One document's state.

        Raises:
            NotFoundError: There is none that the viewer may see.
        """
        return _summary(self._record(viewer, document))

    def progress(self, viewer: Scope | Operator) -> IndexingProgress:
        """How much of what the viewer may read is searchable."""
        self._access.refresh()
        counts: Mapping[tuple[DocumentStatus, frozenset[str]], int] = self._counter.counts()
        sums = dict.fromkeys(DocumentStatus, 0)
        for (status, audiences), count in counts.items():
            if viewer.permits(audiences):
                sums[status] += count
        return IndexingProgress(
            indexed=sums[DocumentStatus.INDEXED],
            waiting=sums[DocumentStatus.RECEIVED] + sums[DocumentStatus.PROCESSING],
            failed=sums[DocumentStatus.FAILED],
        )

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
        record = self._record(viewer, document)
        if isinstance(viewer, Scope) and not self._presence.permitted({document: record}, viewer):
            raise _no_such(document)
        wanted = revision or (record.active.revision if record.active else None)
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
            newest=wanted == record.revision,
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
        if record is None or record.deleted or not self._may_see(viewer, record):
            raise _no_such(document)
        return record

    def _may_see(self, viewer: Scope | Operator, record: DocumentRecord) -> bool:
        return viewer.permits(self._access.audiences_of(record))


def _no_such(document: DocumentId) -> NotFoundError:
    return NotFoundError(f"There is no document {document!r}. See the list of documents.")


def link_to(
    document: DocumentId, revision: RevisionId, quote: str | None = None, at: int | None = None
) -> str:
    """Where a revision opens at a quote, relative to the host's address."""
    parameters: dict[str, str] = {"revision": revision}
    if quote:
        parameters["quote"] = quote[:LINKED_QUOTE_CHARACTERS]
    if at is not None:
        parameters["at"] = str(at)
    fragment = "#quote" if quote else ""
    query = urlencode(parameters, errors="replace")
    return f"/v1/documents/{percent_encoded(document, errors='replace')}?{query}{fragment}"


def _find(text: str, quote: str, at: int | None) -> int | None:
    if at is not None and text.startswith(quote, at):
        return at
    found = text.find(quote)
    return found if found >= 0 else None


def _title(record: DocumentRecord, revision: RevisionId) -> str | None:
    return next((b.title for b in record.builds if b.revision == revision), None)


def _summary(record: DocumentRecord) -> DocumentSummary:
    of_newest = next(
        (build for build in reversed(record.builds) if build.revision == record.revision),
        None,
    )
    unseen = record.sidecar.error if record.sidecar else None
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
