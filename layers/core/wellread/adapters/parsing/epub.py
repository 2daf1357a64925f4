"""Books in EPUB: their chapters in reading order, each by the front for pages of HTML."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree import ElementTree as Xml

from wellread.adapters.parsing import archives
from wellread.adapters.parsing.confined.limits import ParseLimits
from wellread.adapters.parsing.html.front import parse_html
from wellread.adapters.parsing.text_builder import TextBuilder
from wellread.adapters.parsing.titles import worthy
from wellread.domain.knowledge.documents import ParsedText
from wellread.domain.knowledge.errors import DocumentError, FailureCode

_CONTAINER = "META-INF/container.xml"
_PROTECTED = ("META-INF/rights.xml", "META-INF/license.lcpl")
_DOCTYPE = re.compile(rb"<!DOCTYPE[^<>\[]*>")
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")


def parse_epub(archive: zipfile.ZipFile, limits: ParseLimits) -> ParsedText:
    """The text of a book.

    Raises:
        DocumentError: `encrypted`, `damaged` or `empty`.
    """
    names = set(archive.namelist())
    if names.intersection(_PROTECTED):
        raise DocumentError(FailureCode.ENCRYPTED)
    container = _tree(archive, _CONTAINER, limits)
    place = next((e.get("full-path", "") for e in container.iter() if _is(e, "rootfile")), "")
    package = _tree(archive, place, limits)
    builder = TextBuilder("application/epub+zip", limits)
    # A page that is named again is not there again.
    for chapter in dict.fromkeys(_chapters(package, posixpath.dirname(place))):
        if chapter in names:
            try:
                parsed = parse_html(
                    archives.read_entry(archive, chapter, limits.unpacked_bytes), limits
                )
            except DocumentError as error:
                if error.code is FailureCode.EMPTY:
                    continue
                raise
            builder.embed(parsed, below=0)
    title = next((e.text for e in package.iter() if _is(e, "title") and e.text), "")
    return builder.build(worthy(title) or builder.leading_title())


def _tree(archive: zipfile.ZipFile, name: str, limits: ParseLimits) -> Xml.Element:
    part = archives.read_entry(archive, name, limits.unpacked_bytes)
    try:
        return archives.parse_xml(_DOCTYPE.sub(b"", part, count=1))
    except ValueError as error:
        raise DocumentError(FailureCode.DAMAGED) from error


def _chapters(package: Xml.Element, folder: str) -> Iterator[str]:
    """The names of the book's pages in reading order; its table of contents is left out."""
    items = {e.get("id", ""): e for e in package.iter() if _is(e, "item")}
    for reference in package.iter():
        item = items.get(reference.get("idref", "")) if _is(reference, "itemref") else None
        if item is None or item.get("media-type") not in _PAGES:
            continue
        if "nav" not in (item.get("properties") or "").split():
            yield posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))


def _is(element: Xml.Element, name: str) -> bool:
    return element.tag.rsplit("}", 1)[-1] == name
