"""A Word file with what its reader does not know put in words: list numbers, outline levels."""

from __future__ import annotations

import io
import re
import zipfile
from xml.sax.saxutils import escape

from wellread.adapters.parsing.word_numbering import Numbering

LABEL_MARK = "\u2060"
"""Stands before and after a number that was put in; it is never shown."""

_DOCUMENT = "word/document.xml"
_MOST_BYTES = 32 * 2**20
_PARTS = ("word/numbering.xml", "word/styles.xml")
_SKIPPED = ("word/media/", "word/embeddings/", "word/fonts/")
_PROPERTIES = re.compile(rb"<w:pPr>([^<]*(?:<(?!/?w:pPr>)[^<]*)*)</w:pPr>")
_STYLE = re.compile(rb'<w:pStyle w:val="([^"]*)"\s*/>')
_LIST = re.compile(rb"<w:numPr>[^<]*(?:<(?!/?w:numPr>)[^<]*)*</w:numPr>")
_NUMBER = re.compile(rb'<w:numId w:val="(\d+)"')
_LEVEL = re.compile(rb'<w:ilvl w:val="(\d+)"')
_OUTLINE = re.compile(rb'<w:outlineLvl w:val="([0-8])"\s*/>')
_TELLING = (b"<w:numPr>", b"<w:outlineLvl ", b"<w:moveFrom ")


def with_numbers(data: bytes) -> bytes:
    """The file with list numbers as text, and without what was moved elsewhere.

    A file without any of that stays as it is, and so does one that is put together in an unusual
    way or very large.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.getinfo(_DOCUMENT).file_size > _MOST_BYTES:
                return data
            document = archive.read(_DOCUMENT)
            names = archive.namelist()
            numbering = _numbering(archive, names)
            by_style = numbering is not None and numbering.numbers_by_style
            if not by_style and not any(tell in document for tell in _TELLING):
                return data
            rewritten = _rewritten(document, numbering)
            return data if rewritten == document else _repacked(archive, rewritten)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, NotImplementedError):
        return data


def _numbering(archive: zipfile.ZipFile, names: list[str]) -> Numbering | None:
    if not all(name in names for name in _PARTS):
        return None
    if any(archive.getinfo(name).file_size > _MOST_BYTES for name in _PARTS):
        return None
    return Numbering(*(archive.read(name) for name in _PARTS))


def _repacked(archive: zipfile.ZipFile, document: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name in archive.namelist():
            if name == _DOCUMENT:
                packed.writestr(name, document)
            elif not name.startswith(_SKIPPED):
                packed.writestr(name, archive.read(name))
    return stream.getvalue()


def _rewritten(document: bytes, numbering: Numbering | None) -> bytes:
    # How a paragraph looked before a tracked change, and words where they stood before a move.
    for name in (b"w:pPrChange", b"w:moveFrom"):
        document = _without(document, name)

    def replaced(match: re.Match[bytes]) -> bytes:
        inside = match[1]
        style = _STYLE.search(inside)
        label = b""
        if numbering is not None:
            name = style[1].decode("utf-8", "replace") if style else ""
            place = numbering.place(name, _found(_NUMBER, inside), _found(_LEVEL, inside))
            if place:
                shown = numbering.count(*place)
                if shown:
                    label = _run(shown)
                inside = _LIST.sub(b"", inside) + _list(*place)
        outline = _OUTLINE.search(inside)
        if outline:
            inside = _STYLE.sub(b"", inside)
            inside = b'<w:pStyle w:val="Heading%d"/>' % (int(outline[1]) + 1) + inside
        return b"<w:pPr>" + inside + b"</w:pPr>" + label

    return _PROPERTIES.sub(replaced, document)


def _without(document: bytes, name: bytes) -> bytes:
    """The markup without the elements of a name, which do not nest."""
    # None of the parts of the pattern can match in two ways, so that it takes linear time.
    pattern = rb"<NAME\s(?:[^<>]*[^<>/])?>[^<]*(?:<(?!NAME\s|/NAME>)[^<]*)*</NAME>"
    return re.sub(pattern.replace(b"NAME", name), b"", document) if name in document else document


def _found(pattern: re.Pattern[bytes], markup: bytes) -> str:
    match = pattern.search(markup)
    return match[1].decode("ascii") if match else ""


def _run(label: str) -> bytes:
    words = escape(f"{LABEL_MARK}{label} {LABEL_MARK}")
    return f'<w:r><w:t xml:space="preserve">{words}</w:t></w:r>'.encode()


def _list(number: str, level: int) -> bytes:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'.encode()
