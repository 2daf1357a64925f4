"""PDF by PDFium: headings, pages, tables, paragraphs; scans and damage told from text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from wellread.adapters.parsing.limits import ParseLimits
from wellread.adapters.parsing.pdf_headings import mark_by_outline, mark_by_size, read_outline
from wellread.adapters.parsing.pdf_lines import PARAGRAPH_GAP, Line, Page, join_words
from wellread.adapters.parsing.pdf_pages import join_tables, read_page
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.domain.documents import ParsedText
from wellread.domain.errors import DocumentError, FailureCode

_MOST_PAGES = 50_000
_SCAN_CHARACTERS = 20
_SCAN_AREA = 0.5
_EDGE_LINES = 2
_DIGITS = re.compile(r"\d+")
_GARBAGE = re.compile("[\ufffd\ue000-\uf8ff]|\\(cid:\\d+\\)")
_WORD = re.compile(r"\w")


def parse_pdf(data: bytes, limits: ParseLimits) -> ParsedText:
    """A PDF's text, page by page.

    Raises:
        DocumentError: `encrypted`, `damaged`, `no_text` or `too_complex`.
    """
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
        join_words(pages)
        outline = read_outline(document)
        title = worthy(document.get_metadata_dict().get("Title"))
    finally:
        document.close()
    if not mark_by_outline(pages, outline):
        mark_by_size(pages)
    _drop_running_lines(pages)
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
        page.lines = read_page(handle)
        text = "".join(line.text for line in page.lines)
        characters += len(text)
        limits.check_characters(characters)
        visible = len(_WORD.findall(text)) if len(text) < 2000 else len(text)
        if len(_GARBAGE.findall(text)) > len(text) * 0.3:
            page.lines, page.scanned = [], True
        elif visible < _SCAN_CHARACTERS:
            page.scanned = _is_picture(handle)
        handle.close()
    return pages


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
    visible = sum(len(_WORD.findall(line.text)) for page in pages for line in page.lines)
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
    if len(readable) >= 5 and visible < 5 * len(pages) and silent > len(readable) / 2:
        raise DocumentError(FailureCode.DAMAGED)


def _drop_running_lines(pages: Sequence[Page]) -> None:
    """Drop headers and footers: lines at a page's edge that come back on most pages."""
    seen: Counter[tuple[bool, str]] = Counter()
    for page in pages:
        seen.update({(top, _pattern(page.lines[i].text)) for i, top in _edges(page)})
    enough = max(3, len(pages) // 2)
    for page in pages:
        running = {
            i
            for i, top in _edges(page)
            if seen[top, _pattern(page.lines[i].text)] >= enough or _is_page_number(page, i)
        }
        kept = [line for i, line in enumerate(page.lines) if i not in running]
        if kept:
            page.lines = kept


def _edges(page: Page) -> list[tuple[int, bool]]:
    """Indexes of the lines at the top (True) and bottom (False) that are not headings."""
    last = len(page.lines) - 1
    top = [(i, True) for i in range(min(_EDGE_LINES, len(page.lines)))]
    bottom = [(i, False) for i in range(max(last - _EDGE_LINES + 1, _EDGE_LINES), last + 1)]
    return [
        (i, at_top)
        for i, at_top in top + bottom
        if not (page.lines[i].level or page.lines[i].table)
    ]


def _pattern(text: str) -> str:
    return _DIGITS.sub("#", text.casefold()).strip()


def _is_page_number(page: Page, index: int) -> bool:
    text = page.lines[index].text.strip(" -\u2013\u2014|.")
    return index in (0, len(page.lines) - 1) and text == str(page.number) and len(page.lines) > 3


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
