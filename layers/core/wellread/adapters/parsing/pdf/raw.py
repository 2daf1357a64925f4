"""The calls of PDFium that every line of a page takes: fast, and in plain numbers."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterator
from itertools import islice, repeat
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

_BOLD = 600
_LONGEST_FONT_NAME = 128
_MOST_DEPTH = 3
_PATH, _FORM = pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_FORM
_TEXT = pdfium.FPDF_PAGEOBJ_TEXT
_NUMBER, _ADDRESS = ctypes.c_int, ctypes.c_void_p


def _address_of(handle: Any) -> int:
    return ctypes.cast(handle, _ADDRESS).value or 0


def _plain(function: Any, result: Any, *arguments: Any) -> Callable[..., int]:
    """A function of PDFium with addresses as numbers.

    To wrap every pointer, and to check its type, takes longer than what is called here.
    """
    address = _address_of(function)
    return ctypes.PYFUNCTYPE(result, *arguments)(address)


_count_characters = _plain(pdfium.FPDFText_CountChars, _NUMBER, _ADDRESS)
_index_of = _plain(pdfium.FPDFText_GetCharIndexFromTextIndex, _NUMBER, _ADDRESS, _NUMBER)
_loose_box = _plain(pdfium.FPDFText_GetLooseCharBox, _NUMBER, _ADDRESS, _NUMBER, _ADDRESS)
_weight = _plain(pdfium.FPDFText_GetFontWeight, _NUMBER, _ADDRESS, _NUMBER)
_font = _plain(
    pdfium.FPDFText_GetFontInfo,
    ctypes.c_ulong,
    _ADDRESS,
    _NUMBER,
    _ADDRESS,
    ctypes.c_ulong,
    _ADDRESS,
)
_text_object = _plain(pdfium.FPDFText_GetTextObject, _ADDRESS, _ADDRESS, _NUMBER)
_font_of = _plain(pdfium.FPDFTextObj_GetFont, _ADDRESS, _ADDRESS)
_within = _plain(
    pdfium.FPDFText_GetBoundedText,
    _NUMBER,
    _ADDRESS,
    *(ctypes.c_double,) * 4,
    _ADDRESS,
    _NUMBER,
)
_count_objects = _plain(pdfium.FPDFPage_CountObjects, _NUMBER, _ADDRESS)
_object = _plain(pdfium.FPDFPage_GetObject, _ADDRESS, _ADDRESS, _NUMBER)
_count_inner_objects = _plain(pdfium.FPDFFormObj_CountObjects, _NUMBER, _ADDRESS)
_inner_object = _plain(pdfium.FPDFFormObj_GetObject, _ADDRESS, _ADDRESS, ctypes.c_ulong)
_kind = _plain(pdfium.FPDFPageObj_GetType, _NUMBER, _ADDRESS)
_bounds = _plain(pdfium.FPDFPageObj_GetBounds, _NUMBER, *(_ADDRESS,) * 5)
_count_segments = _plain(pdfium.FPDFPath_CountSegments, _NUMBER, _ADDRESS)
_read_box = struct.Struct("4f").unpack_from


class PageCharacters:
    """The characters of a page by their index, which may differ from their place in its text.

    Attributes:
        count: How many there are.
    """

    def __init__(self, textpage: pypdfium2.PdfTextPage) -> None:
        """Read the characters of a page, which must stay open."""
        self._textpage = textpage  # an address alone would not keep it
        self._page = _address_of(textpage.raw)
        self.count = _count_characters(self._page)
        self._box = ctypes.create_string_buffer(16)
        self._box_address = ctypes.addressof(self._box)
        self._fonts: dict[int | None, bool] = {}
        self._text: ctypes.Array[ctypes.c_char] | None = None

    def index(self, place: int) -> int:
        """The index of the character at a place of the text."""
        return max(_index_of(self._page, place), 0)

    def edges(self, index: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom, as far as a font's characters reach at most."""
        if not _loose_box(self._page, index, self._box_address):
            return 0.0, 0.0, 0.0, 0.0
        return _read_box(self._box)

    def is_bold(self, index: int) -> bool:
        """Whether the font is bold."""
        text = _text_object(self._page, index)
        font = _font_of(text) if text else None
        bold = self._fonts.get(font)
        if bold is None:
            bold = self._has_bold_font(index)
            if font:
                self._fonts[font] = bold
        return bold

    def _has_bold_font(self, index: int) -> bool:
        weight = _weight(self._page, index)
        if weight > 0:
            return weight >= _BOLD
        # Fonts that the file does not carry along have a name only. Their flags, which nobody
        # reads, go where boxes do.
        name = ctypes.create_string_buffer(_LONGEST_FONT_NAME)
        length = _font(
            self._page, index, ctypes.addressof(name), _LONGEST_FONT_NAME, self._box_address
        )
        return 0 < length <= _LONGEST_FONT_NAME and b"bold" in name.value.lower()

    def within(self, left: float, bottom: float, right: float, top: float) -> str:
        """The characters that reach into a rectangle."""
        most = 3 * self.count + 1  # line ends are added between them
        if self._text is None:
            self._text = ctypes.create_string_buffer(2 * most)
        address = ctypes.addressof(self._text)
        length = _within(self._page, left, top, right, bottom, address, most)
        return ctypes.string_at(address, 2 * length).decode("utf-16-le", errors="ignore")


def paths(page: pypdfium2.PdfPage) -> Iterator[int]:
    """The addresses of the paths on a page, those in forms on it included."""
    address = _address_of(page.raw)
    return _items(_PATH, address, _count_objects(address), _object, 1)


def count_texts(page: pypdfium2.PdfPage, most: int) -> int:
    """How many pieces of text are on a page, those in forms on it included, up to one too many."""
    address = _address_of(page.raw)
    texts = _items(_TEXT, address, _count_objects(address), _object, 1)
    return sum(1 for _ in islice(texts, most + 1))


def _items(
    wanted: int, parent: int, count: int, get: Callable[..., int], depth: int
) -> Iterator[int]:
    # One that cannot be had is None, whose kind is unknown.
    items = list(map(get, repeat(parent, count), range(count)))
    for item, kind in zip(items, map(_kind, items), strict=True):
        if kind == wanted:
            yield item
        elif kind == _FORM and depth < _MOST_DEPTH:
            yield from _items(wanted, item, _count_inner_objects(item), _inner_object, depth + 1)


def path_bounds(path: int) -> tuple[float, float, float, float] | None:
    """Left, bottom, right and top of a path, None where it has none."""
    bounds = (ctypes.c_float * 4)()
    first = ctypes.addressof(bounds)
    if not _bounds(path, first, first + 4, first + 8, first + 12):
        return None
    left, bottom, right, top = bounds
    return left, bottom, right, top


def count_segments(path: int) -> int:
    """How many lines and curves a path is made of, or -1."""
    return _count_segments(path)
