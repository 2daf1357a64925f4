"""Documents: drop files, watch their receipts, look through what is there."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import replace
from pathlib import PurePosixPath

from nicegui import events, ui

from wellread.bootstrap.host_words import LAPTOP
from wellread.domain.ingest.records import DocumentStatus, IndexingProgress
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import DocumentError, NotFoundError
from wellread.domain.text.harmless import visible_name
from wellread.local.page.desk import Announce, Desk, button, element, sentence_of, text
from wellread.local.page.rendering import words
from wellread.local.page.shelf import (
    STATUS_WORDS,
    Dropped,
    Wanted,
    access_looks_odd,
    counts_of,
    documents_html,
    find,
    progress_of,
    receipts_html,
)
from wellread.services.ingest.documents import DocumentPage

_REFRESH_SECONDS = 1.0
_RELIST_SECONDS = 5.0
_RESTS = 9.0
"""So many times as long as a look at the documents took, the page rests."""

_ODD_ACCESS = "Something looks wrong about who may read what: wellread access says what to do."
_RECEIPTS = 30
_ANY = "all"
_DROP_ANYWHERE = """
window.addEventListener('dragover', (e) => {
  e.preventDefault();
  document.body.classList.add('wr-dragging');
});
for (const name of ['dragleave', 'drop', 'dragend']) {
  window.addEventListener(name, (e) => {
    if (name !== 'dragleave' || !e.relatedTarget) document.body.classList.remove('wr-dragging');
  }, true);
}
window.addEventListener('drop', (e) => {
  if (e.defaultPrevented) return;
  e.preventDefault();
  if (e.dataTransfer.files.length) getElement(UPLOAD).$refs.qRef.addFiles(e.dataTransfer.files);
});
"""
"""Without it, a file that misses the box would open in place of the page."""

_RETRY_CLICKS = (
    "(e) => { const b = e.target.closest('[data-retry]'); if (b) emit(b.dataset.retry); }"
)
_DROP_ZONE = """
<div class="wr-drop">
  <div class="wr-drop-words">
    <strong>Drop files here</strong>
    <div class="wr-soft">pdf, Word, PowerPoint, Excel, OpenDocument, rtf, epub, csv, html, md,
      txt, mail</div>
    <div class="wr-soft" v-if="props.isUploading" role="status">
      Sending: {{ props.uploadProgressLabel }} of {{ props.uploadSizeLabel }}
    </div>
  </div>
  <q-btn flat no-caps dense class="wr-button wr-secondary" label="Choose files"
         @click="props.pickFiles"><q-uploader-add-trigger></q-uploader-add-trigger></q-btn>
</div>
"""


class Knowledge:
    """The documents column. It keeps itself up to date."""

    def __init__(self, desk: Desk, announce: Announce) -> None:
        """Build it; the first look at the documents follows at once."""
        self._desk = desk
        self._announce = announce
        self._dropped: deque[Dropped] = deque(maxlen=_RECEIPTS)
        self._wanted = Wanted()
        self._before: list[str] = []
        self._page = DocumentPage((), None)
        self._progress: IndexingProgress | None = None
        self._listed = 0.0
        self._look_at = 0.0
        self._busy = False
        self._build()
        ui.timer(_REFRESH_SECONDS, self._refresh)

    def _build(self) -> None:
        text("Documents", "h2", id="wr-documents-head")
        upload = ui.upload(
            multiple=True,
            auto_upload=True,
            max_file_size=self._desk.max_file_bytes,
            on_upload=self._uploaded,
            on_rejected=self._rejected,
        ).classes("wr-upload")
        upload.props("flat square")
        upload.add_slot("header", _DROP_ZONE)
        ui.run_javascript(_DROP_ANYWHERE.replace("UPLOAD", str(upload.id)))
        self._receipts = ui.html("", sanitize=False, tag="ul").classes("wr-docs wr-receipts")
        self._receipts.props["aria-label"] = "Receipts of dropped files"
        self._receipts.on("click", self._retry, js_handler=_RETRY_CLICKS)
        self._bar = element("div", "wr-bar", role="progressbar", aria_valuemin="0")
        self._bar.props["aria-label"] = "Documents indexed"
        with self._bar:
            self._bar_fill = element("div")
        self._counts = text("Looking at the documents", "p", "wr-counts")
        self._access = text(_ODD_ACCESS, "p", "wr-doc-why", role="status")
        self._access.set_visibility(False)
        with element("div", "wr-row wr-filters") as self._filters:
            self._search = ui.input(placeholder="Search by name").props(
                "dense outlined clearable debounce=250 type=search"
            )
            self._search.props["aria-label"] = "Search documents by name"
            self._search.classes("wr-grow")
            self._search.on_value_change(self._filter)
            options = {_ANY: "All states"} | {s.value: w.title() for s, w in STATUS_WORDS.items()}
            self._status = ui.select(options, value=_ANY, label="State")
            self._status.props("dense outlined options-dense")
            self._status.on_value_change(self._filter)
        self._list = ui.html("", sanitize=False, tag="ul").classes("wr-docs")
        self._list.props["aria-labelledby"] = "wr-documents-head"
        self._list.on("click", self._retry, js_handler=_RETRY_CLICKS)
        self._none = text("", "p", "wr-soft wr-none")
        with element("nav", "wr-row wr-pages", aria_label="Pages of the list") as self._pages:
            self._previous = button("Previous", self._back, icon="chevron_left")
            self._position = text("", "span", "wr-soft")
            self._next = button("Next", self._forward)
        self._pages.set_visibility(False)

    async def _uploaded(self, event: events.UploadEventArguments) -> None:
        # A browser may send a path; the name is what the person dropped.
        name = PurePosixPath(event.file.name.replace("\\", "/")).name
        document = DocumentId(name)
        try:
            replaced = await asyncio.to_thread(self._exists, document)
            data = await event.file.read()
            document = await asyncio.to_thread(self._desk.drop, name, data)
            dropped = Dropped(document, replaced)
        except DocumentError as error:
            dropped = Dropped(document, problem=str(LAPTOP.told(error)))
        except Exception as error:
            dropped = Dropped(document, problem=sentence_of(error))
        for known in [known for known in self._dropped if known.document == document]:
            self._dropped.remove(known)
        self._dropped.append(dropped)
        # The receipt shows it; a note a file would cover the page where many are dropped.
        self._announce(f"{name}: {dropped.problem}" if dropped.problem else f"{name} received")
        self._look_at = 0.0
        await self._refresh()

    def _exists(self, document: DocumentId) -> bool:
        try:
            self._desk.services.documents.show(self._desk.asker.scope, document)
        except NotFoundError:
            return False
        return True

    def _rejected(self) -> None:
        megabytes = self._desk.max_file_bytes // 1_000_000
        ui.notify(
            f"A file was not sent: it is larger than {megabytes} MB. Split it, or raise "
            "WELLREAD_MAX_DOCUMENT_BYTES.",
            type="negative",
            timeout=0,
            close_button="Close",
        )

    async def _retry(self, event: events.GenericEventArguments) -> None:
        document = DocumentId(str(event.args))
        try:
            await asyncio.to_thread(
                self._desk.services.documents.retry, self._desk.asker.scope, document
            )
        except Exception as error:
            ui.notify(sentence_of(error), type="negative", close_button="Close")
            return
        ui.notify(f"Reading {visible_name(document)} again.")
        self._listed = 0.0

    async def _filter(self) -> None:
        chosen = self._status.value
        self._wanted = Wanted(
            None if chosen == _ANY else DocumentStatus(chosen), (self._search.value or "").strip()
        )
        self._before.clear()
        await self._turn()

    async def _forward(self) -> None:
        if self._page.next is not None:
            self._before.append(self._wanted.after)
            self._wanted = replace(self._wanted, after=self._page.next)
            await self._turn()

    async def _back(self) -> None:
        if self._before:
            self._wanted = replace(self._wanted, after=self._before.pop())
            await self._turn()

    async def _turn(self) -> None:
        self._listed = self._look_at = 0.0
        self._busy = False
        await self._refresh()

    async def _refresh(self) -> None:
        """Look again; what did not change is not touched, so nothing flickers."""
        if self._busy:
            return
        self._busy = True
        try:
            await self._look()
        except Exception as error:
            if not self._counts.is_deleted:
                self._counts.set_content(words(sentence_of(error)))
        finally:
            self._busy = False

    async def _look(self) -> None:
        began = time.monotonic()
        if began < self._look_at:
            return
        progress = await asyncio.to_thread(progress_of, self._desk)
        due = time.monotonic() - self._listed > _RELIST_SECONDS
        if due:
            odd = await asyncio.to_thread(access_looks_odd, self._desk)
            self._access.set_visibility(odd)
        wanted = self._wanted
        if due or progress != self._progress or progress.waiting:
            page = await asyncio.to_thread(find, self._desk, wanted)
            if wanted != self._wanted:
                return  # the person has moved on meanwhile
            self._listed = time.monotonic()
            self._show_page(page, progress)
        self._progress = progress
        if self._dropped:
            html = await asyncio.to_thread(receipts_html, self._desk, tuple(self._dropped))
            self._receipts.set_content(html)
        self._show_progress(progress)
        now = time.monotonic()
        self._look_at = now + _RESTS * (now - began)

    def _show_progress(self, progress: IndexingProgress) -> None:
        self._counts.set_content(words(counts_of(progress)))
        share = 100 * (progress.indexed + progress.failed) / progress.total if progress.total else 0
        moving = bool(progress.waiting) and not progress.more
        self._bar.set_visibility(moving)
        if moving:
            self._bar.props["aria-valuemax"] = str(progress.total)
            self._bar.props["aria-valuenow"] = str(progress.indexed + progress.failed)
            self._bar.update()
            self._bar_fill.style(f"width: {share:.1f}%")

    def _show_page(self, page: DocumentPage, progress: IndexingProgress) -> None:
        self._page = page
        self._filters.set_visibility(bool(progress.total))
        self._list.set_content(documents_html(page.documents))
        self._pages.set_visibility(bool(self._before or page.next))
        self._position.set_content(f"Page {len(self._before) + 1}")
        self._previous.set_enabled(bool(self._before))
        self._next.set_enabled(page.next is not None)
        if page.documents:
            nothing = ""
        elif progress.total:
            nothing = "No document matches. Clear the search or choose all states."
        else:
            nothing = (
                "Drop your first files above, or copy them into the documents folder. Each gets a "
                "receipt here."
            )
        self._none.set_content(nothing)
        self._none.set_visibility(bool(nothing))
