"""PDF by PDFium: headings, pages, tables, paragraphs; scans and damage told from text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

import pypdfium2
import pypdfium2.raw as pdfium

from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.garbled import is_garbled
from wellread.adapters.parsing.pdf.headings import mark_by_outline, mark_by_size, read_outline
from wellread.adapters.parsing.pdf.lines import PARAGRAPH_GAP, Line, Page, join_words
from wellread.adapters.parsing.pdf.pages import join_tables, read_page
from wellread.adapters.parsing.pdf.raw import count_texts
from wellread.adapters.parsing.pdf.running import drop_running_lines
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_MOST_PAGES = 50_000
_MOST_TEXTS = 30_000
"""Of pieces of text on a page, of which PDFium compares each with all near it: 4 CPU seconds."""
_HEADER_WINDOW = 1000
_GARBAGE_SHARE = 0.3
_PLEASE_WAIT = re.compile(r"please wait\b|for the best experience, open this", re.IGNORECASE)
_SCAN_CHARACTERS = 20
_TEXT_CHARACTERS = 2000
_SCAN_AREA = 0.5
_GARBAGE = re.compile("[\ufffd\ue000-\uf8ff]|\\(cid:\\d+\\)")
_WORD = re.compile(r"\w")
_READABLE = re.compile(rf"(?:\W*\w){{{_SCAN_CHARACTERS}}}")


def parse_pdf(data: bytes, limits: ParseLimits) -> ParsedText:
    """A PDF's text, page by page.

    Raises:
        DocumentError: `encrypted`, `damaged`, `no_text` or `too_complex`.
    """
    start = data.find(b"%PDF-")
    if start < 0 or start > _HEADER_WINDOW:
        data = b"%PDF-1.4\n" + data if start < 0 else data[start:]
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        wrong_password = getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD
        code = FailureCode.ENCRYPTED if wrong_password else FailureCode.DAMAGED
        raise DocumentError(code) from error
    try:
        if len(document) > _MOST_PAGES:
            raise DocumentError(FailureCode.TOO_COMPLEX)
        pages = _read_pages(document, limits)
        _check_density(pages)
        _check_stand_in(pages, document)
        join_words(pages)
        outline = read_outline(document)
        title = worthy(document.get_metadata_dict().get("Title"))
    finally:
        document.close()
    if not mark_by_outline(pages, outline):
        mark_by_size(pages)
    drop_running_lines(pages)
    join_tables(pages)
    builder = TextBuilder("application/pdf", limits)
    for page in pages:
        builder.page(page.number, _write(builder, page), unreadable=page.scanned)
    return builder.build(title or builder.leading_title())


def _read_pages(document: pypdfium2.PdfDocument, limits: ParseLimits) -> list[Page]:
    pages = []
    characters = 0
    for index in range(len(document)):
        page = Page(index + 1)
        pages.append(page)
        try:
            handle = document[index]
        except pypdfium2.PdfiumError:
            page.scanned = True
            continue
        if count_texts(handle, _MOST_TEXTS) > _MOST_TEXTS:
            raise DocumentError(FailureCode.TOO_COMPLEX)
        page.lines = read_page(handle, partial(document.get_page, index))
        text = "".join(line.text for line in page.lines)
        characters += len(text)
        limits.check_characters(characters)
        if _is_garbage(text):
            page.lines, page.scanned = [], True
        elif len(text) < _TEXT_CHARACTERS and not _READABLE.match(text):
            page.scanned = _is_picture(handle)
        handle.close()
    return pages


def _is_garbage(text: str) -> bool:
    # A search takes long, and most pages do not hold enough that could be found.
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    if beyond + text.count("(cid:") > len(text) * _GARBAGE_SHARE:
        most = len(text) * _GARBAGE_SHARE
        if len(_GARBAGE.findall(text)) > most:
            return True
    return is_garbled(text)


def _is_picture(page: pypdfium2.PdfPage) -> bool:
    """Whether pictures cover most of a page."""
    width, height = page.get_size()
    covered = 0.0
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        try:
            left, bottom, right, top = picture.get_bounds()
        except pypdfium2.PdfiumError:
            continue
        covered += max(right - left, 0.0) * max(top - bottom, 0.0)
    return bool(covered >= width * height * _SCAN_AREA)


def _check_density(pages: Sequence[Page]) -> None:
    """Refuse files that hold (next to) no text.

    Raises:
        DocumentError: `no_text` for pictures of pages, `damaged` where the text was lost.
    """
    enough = 5 * len(pages)
    visible = 0
    for line in chain.from_iterable(page.lines for page in pages):
        visible += len(_WORD.findall(line.text))
        if visible >= enough:
            break
    if all(page.scanned for page in pages):
        raise DocumentError(FailureCode.NO_TEXT)
    if not visible:
        raise DocumentError(
            FailureCode.NO_TEXT,
            "The file holds no text that can be read.",
            "Look at it: pages that are pictures need text recognition (OCR), a damaged file needs "
            "to be saved again.",
        )
    readable = [page for page in pages if not page.scanned]
    silent = sum(not page.lines for page in readable)
    if len(readable) >= 5 and visible < enough and silent > len(readable) / 2:
        raise DocumentError(FailureCode.DAMAGED)


def _check_stand_in(pages: Sequence[Page], document: pypdfium2.PdfDocument) -> None:
    """Refuse a page that only says which program would show the content.

    Raises:
        DocumentError: `unsupported`.
    """
    if len(pages) == 1 and pages[0].lines and _PLEASE_WAIT.match(pages[0].lines[0].text):
        form = document.get_formtype() in (pdfium.FORMTYPE_XFA_FULL, pdfium.FORMTYPE_XFA_FOREGROUND)
        if form or document.count_attachments():
            raise DocumentError(
                FailureCode.UNSUPPORTED,
                "The file is a form or a portfolio that only Adobe programs can show.",
                "Open it in Adobe Reader, print it to pdf and drop that, or the files in it.",
            )


def _write(builder: TextBuilder, page: Page) -> Iterator[None]:
    """Write a page's lines; a wider gap than between lines starts a new paragraph."""
    gaps = Counter(
        round(above.bottom - below.bottom, 0)
        for above, below in zip(page.lines, page.lines[1:], strict=False)
        if above.bottom > below.bottom
    )
    usual = gaps.most_common(1)[0][0] if gaps else 0.0
    previous: Line | None = None
    for line in page.lines:
        if line.continued:
            builder.more_rows(line.table)
        elif line.table:
            builder.table(line.table)
        elif line.level:
            builder.heading(line.level, line.text)
        else:
            fresh = previous is None or previous.fixed
            if previous is not None and not fresh:
                gap = previous.bottom - line.bottom - line.above
                limit = max(usual, line.size * 0.8) * PARAGRAPH_GAP
                fresh = gap > limit or gap < -line.size
            builder.block(line.text, tight=not fresh)
        previous = line
        yield
