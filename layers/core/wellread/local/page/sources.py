"""The panel that shows a citation in its document."""

from __future__ import annotations

import asyncio

from nicegui import ui

from wellread.api.excerpts import excerpt
from wellread.domain.ask.answers import Citation, NearestDocument, how_recent
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.text.harmless import visible_name
from wellread.local.page.desk import Desk, button, element, sentence_of, text
from wellread.local.page.rendering import excerpt_html
from wellread.services.ingest.documents import OpenedDocument
from wellread.wire.document_links import newest_link, whole_link

_SHOW_QUOTE = (
    "requestAnimationFrame(() => document.querySelector('.wr-source mark')"
    "?.scrollIntoView({block: 'center'}))"
)


class SourcePanel:
    """One panel a page; it shows one place at a time. Escape closes it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        with ui.dialog().props("position=right full-height") as self._dialog:
            self._dialog.classes("wr-source-dialog")
            self._dialog.props["aria-label"] = "Source"
            self._body = element("div", "wr-source")

    async def show_citation(self, citation: Citation, number: int) -> None:
        """Open a citation's revision at its quote."""
        facts: list[str] = [visible_name(citation.document)]
        if citation.page is not None:
            facts.append(f"page {citation.page}")
        if citation.heading:
            facts.append(citation.heading)
        if recent := how_recent(citation):
            facts.append(recent)
        await self._show(
            f"{number} · {citation.title}",
            facts,
            citation.document,
            citation.revision,
            (citation.quote, citation.start),
            citation.link,
        )

    async def show_nearest(self, nearest: NearestDocument) -> None:
        """Open a document that a decline found nearby."""
        await self._show(
            nearest.name,
            [visible_name(nearest.document)],
            nearest.document,
            nearest.revision,
            (nearest.quote, nearest.start) if nearest.quote else None,
            nearest.link,
        )

    async def _show(
        self,
        title: str,
        facts: list[str],
        document: DocumentId,
        revision: RevisionId | None,
        quoted: tuple[str, int] | None,
        link: str,
    ) -> None:
        quote, at = quoted or (None, None)
        opened: OpenedDocument | None = None
        problem = ""
        try:
            opened = await asyncio.to_thread(
                self._desk.services.documents.open,
                self._desk.asker.scope,
                document,
                revision=revision,
                quote=quote,
                at=at,
            )
        except Exception as error:
            problem = sentence_of(error)
        self._body.clear()
        with self._body:
            with element("header", "wr-source-head"):
                with element("div", "wr-grow"):
                    text(title, "h2")
                    text(" · ".join(facts), "p", "wr-soft")
                button("Close", self._dialog.close, icon="close", icon_only=True)
            if opened is None:
                text(problem, "p", "wr-note wr-note-bad", role="alert")
            else:
                self._fill(opened, quoted is not None, link)
        self._dialog.open()
        ui.run_javascript(_SHOW_QUOTE)

    def _fill(self, opened: OpenedDocument, quote_wanted: bool, link: str) -> None:
        if not opened.newest:
            with element("p", "wr-note"):
                text("The document has changed since; this is the cited revision.", "span")
                ui.link("Open the newest one", newest_link(opened.document), new_tab=True)
        if quote_wanted and opened.start is None:
            text("The quoted words were not found in this revision.", "p", "wr-note")
        shown = excerpt(opened.text, opened.start, opened.end, around=1500, whole_up_to=6000)
        with element("div", "wr-source-text", tabindex="0", role="document"):
            if not shown.whole and shown.start:
                text("…", "p", "wr-soft")
            ui.html(excerpt_html(shown), tag="div").classes("wr-verbatim")
            if not shown.whole:
                text("…", "p", "wr-soft")
        with element("footer", "wr-source-foot"):
            ui.link("Open the whole document", whole_link(link), new_tab=True).classes("wr-link")
