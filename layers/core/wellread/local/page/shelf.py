"""What the documents column shows, looked up in one go: counts, a page of the list, receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote as percent_encoded

from wellread.domain.ingest.records import DocumentStatus, IndexingProgress
from wellread.domain.knowledge.documents import DocumentId, document_of_sidecar, is_sidecar_key
from wellread.domain.knowledge.errors import NotFoundError
from wellread.domain.text.harmless import visible_name
from wellread.local.page.desk import Desk
from wellread.local.page.rendering import tag, words
from wellread.services.ingest.documents import DocumentPage, DocumentSummary

PAGE_DOCUMENTS = 25
STATUS_WORDS = {
    DocumentStatus.RECEIVED: "received",
    DocumentStatus.PROCESSING: "reading",
    DocumentStatus.INDEXED: "indexed",
    DocumentStatus.FAILED: "failed",
}
_PAGES_NAMED = 8


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file that was dropped onto the page.

    Attributes:
        replaced: Whether a document of that name was there before.
        problem: Why it was not taken in, None where it was.
    """

    document: DocumentId
    replaced: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the list is wanted."""

    status: DocumentStatus | None = None
    name: str = ""
    after: str = ""


def progress_of(desk: Desk) -> IndexingProgress:
    """How much is indexed of what the asker may read."""
    return desk.services.documents.progress(desk.asker.scope)


def access_looks_odd(desk: Desk) -> bool:
    """Whether access looks wrong somewhere; where, only an operator is told."""
    return bool(desk.services.access_review.warnings())


def counts_of(progress: IndexingProgress) -> str:
    """How much is indexed, in words."""
    if not progress.total:
        return "No documents yet"
    least = "at least " if progress.more else ""
    of_all = "" if progress.more else f" of {progress.total:,}"
    told = [f"{least}{progress.indexed:,}{of_all} indexed"]
    told += [f"{least}{progress.failed:,} failed"] if progress.failed else []
    told += [f"{least}{progress.waiting:,} to go"] if progress.waiting else []
    told += [f"{progress.outdated:,} being read again by a newer version"] * bool(progress.outdated)
    return " · ".join(told)


def find(desk: Desk, wanted: Wanted) -> DocumentPage:
    """A page of the list; with a name, of the documents whose path holds it."""
    return desk.services.documents.list(
        desk.asker.scope,
        status=wanted.status,
        name=wanted.name,
        after=wanted.after,
        limit=PAGE_DOCUMENTS,
    )


def receipts_html(desk: Desk, dropped: Sequence[Dropped]) -> str:
    """The receipts of dropped files, newest first."""
    return "".join(_receipt(desk, drop) for drop in reversed(dropped))


def _receipt(desk: Desk, drop: Dropped) -> str:
    name = tag("span", words(visible_name(drop.document)), class_="wr-doc-name")
    if drop.problem is not None:
        return _row(name, "failed", tag("p", words(drop.problem), class_="wr-doc-why"))
    if is_sidecar_key(drop.document):
        about = f"Says more about {visible_name(document_of_sidecar(drop.document))}."
        return _row(name, "received", tag("p", words(about), class_="wr-soft"))
    try:
        summary = desk.services.documents.show(desk.asker.scope, drop.document)
    except NotFoundError:
        gone = "It is not among the documents you may read (any more)."
        return _row(name, "failed", tag("p", words(gone), class_="wr-doc-why"))
    replaced = tag("p", "Replaces the document of that name.", class_="wr-soft")
    return _row(
        name,
        summary.status.value,
        (replaced if drop.replaced else "") + _steps(summary.status) + _details(summary),
    )


def _steps(status: DocumentStatus) -> str:
    if status is DocumentStatus.FAILED:
        return ""
    order = (DocumentStatus.RECEIVED, DocumentStatus.PROCESSING, DocumentStatus.INDEXED)
    reached = order.index(status)
    steps = "".join(
        tag("li", STATUS_WORDS[step], class_="wr-done" if number <= reached else None)
        for number, step in enumerate(order)
    )
    return tag("ol", steps, class_="wr-progress-steps", aria_hidden="true")


def documents_html(documents: Sequence[DocumentSummary]) -> str:
    """The rows of the list."""
    return "".join(_document(summary) for summary in documents)


def _document(summary: DocumentSummary) -> str:
    folder, _, name = visible_name(summary.document).rpartition("/")
    shown = tag("span", words(name), class_="wr-doc-name")
    if summary.status is DocumentStatus.INDEXED:
        address = f"/v1/documents/{percent_encoded(summary.document, errors='replace')}"
        shown = tag(
            "a",
            words(name),
            class_="wr-doc-name",
            href=address,
            target="_blank",
            rel="noopener",
            title=visible_name(summary.document),
        )
    place = tag("span", words(f"{folder}/"), class_="wr-doc-folder") if folder else ""
    return _row(shown + place, summary.status.value, _details(summary))


def _details(summary: DocumentSummary) -> str:
    if summary.status is DocumentStatus.FAILED:
        why = f"{summary.reason or ''} {summary.fix or ''}"
        retry = tag(
            "button",
            "Retry",
            type="button",
            class_="wr-retry",
            data_retry=summary.document,
            aria_label=f"Retry {visible_name(summary.document)}",
        )
        return tag("p", words(why), class_="wr-doc-why") + retry
    facts = [
        _count(summary.chunks, "chunk"),
        _count(summary.pages, "page"),
        _count(summary.tables or None, "table"),
    ]
    if summary.unreadable_pages:
        named = ", ".join(str(page) for page in summary.unreadable_pages[:_PAGES_NAMED])
        more = " and more" if len(summary.unreadable_pages) > _PAGES_NAMED else ""
        facts.append(f"no text on page {named}{more}")
    told = " · ".join(fact for fact in facts if fact)
    return tag("p", words(told), class_="wr-soft wr-doc-facts") if told else ""


def _count(number: int | None, name: str) -> str:
    if number is None:
        return ""
    return f"{number:,} {name}" if number == 1 else f"{number:,} {name}s"


def _row(head: str, status: str, rest: str) -> str:
    pill = tag(
        "span", words(STATUS_WORDS[DocumentStatus(status)]), class_=f"wr-pill wr-is-{status}"
    )
    return tag("li", tag("div", head, class_="wr-doc-head") + pill + rest, class_="wr-doc")
