"""What is filled in or put on a PDF page: values of form fields, ticks, notes typed on it, stamps.

These lie above the page, not in its text. They are made part of it, which leaves them at the end of
the text, and are then put where they are seen: behind their label, or below it.
"""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, takewhile

import pypdfium2
import pypdfium2.raw as pdfium

from wellread.adapters.parsing.pdf.lines import Characters

_SHOWN = frozenset((pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP))
_MOST_MARKS = 2_000
_MOST_COMPARED = 300_000
"""Pairs of a value and a piece of the page; the values after that stay behind the page's text."""

_LONGEST_STATE = 64
_SAME_ROW = 0.5
_FAR = 20.0
_APART = 1.5
_BELOW = 3.0
_LEADERS = frozenset("_. \u2026\u00a0")
_NEAR = 1.0
_LARGE = 40.0
_MOST_LARGE = 100


@dataclass(frozen=True, slots=True)
class Tick:
    """A box to tick, or a choice of several."""

    left: float
    bottom: float
    right: float
    top: float
    ticked: bool


@dataclass(frozen=True, slots=True)
class _Piece:
    """Characters side by side.

    Attributes:
        order: Places in the text of the page; negative ones are of ticks.
        beside: It stands on the line of the piece before it.
    """

    order: tuple[int, ...]
    left: float
    bottom: float
    right: float
    top: float
    beside: bool = False

    @property
    def height(self) -> float:
        return self.top - self.bottom


def ticks_and_marks(page: pypdfium2.PdfPage) -> tuple[list[Tick], bool]:
    """The boxes to tick on a page, and whether anything that shows lies above it."""
    ticks: list[Tick] = []
    shown = False
    count = min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST_MARKS)
    for index in range(count):
        mark = pdfium.FPDFPage_GetAnnot(page.raw, index)
        if not mark:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(mark)
        if kind in _SHOWN and not pdfium.FPDFAnnot_GetFlags(mark) & pdfium.FPDF_ANNOT_FLAG_HIDDEN:
            shown = True
            state = _state(mark) if kind == pdfium.FPDF_ANNOT_WIDGET else ""
            box = pdfium.FS_RECTF()
            if state and pdfium.FPDFAnnot_GetRect(mark, box):
                ticks.append(Tick(box.left, box.bottom, box.right, box.top, state != "Off"))
        pdfium.FPDFPage_CloseAnnot(mark)
    return ticks, shown


def _state(mark: object) -> str:
    """The look that a button has taken: "Off" or another; empty for what is no button."""
    buffer = ctypes.create_string_buffer(_LONGEST_STATE * 2)
    wide = ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR))
    length = pdfium.FPDFAnnot_GetStringValue(mark, b"AS", wide, _LONGEST_STATE * 2)
    return buffer.raw[: max(length - 2, 0)].decode("utf-16-le", errors="replace")


def put_in_place(characters: Characters, before: str, ticks: Sequence[Tick]) -> None:
    """Move what a page's text has behind `before`, and the ticks, to where they are seen."""
    text = characters.text
    pieces = list(_pieces(characters, 0, len(before), whole_lines=True))
    looks = _Ticks(ticks)
    values = [
        value
        for value in _pieces(characters, len(before), len(text), whole_lines=False)
        if not looks.hold(value)
    ]
    marks = "".join("\u2611" if tick.ticked else "\u2610" for tick in ticks)
    for number, tick in enumerate(ticks):
        values.append(_Piece((-1 - number,), tick.left, tick.bottom, tick.right, tick.top))
    values.sort(key=lambda piece: (-piece.bottom, piece.left))
    placed = _MOST_COMPARED // (len(pieces) + len(values))
    for value in values[:placed]:
        _insert(pieces, value, characters)
    pieces.extend(values[placed:])
    order: list[int] = []
    shown: list[str] = []
    for number, piece in enumerate(pieces):
        if number:
            between = " " if piece.beside else "\r\n"
            shown.append(between)
            order.extend([order[-1]] * len(between))
        shown.extend(text[place] if place >= 0 else marks[-1 - place] for place in piece.order)
        order.extend(piece.order)
    boxes = [(tick.left, tick.bottom, tick.right, tick.top - tick.bottom) for tick in ticks]
    characters.rearrange("".join(shown), order, boxes)


def _pieces(characters: Characters, start: int, end: int, *, whole_lines: bool) -> Iterator[_Piece]:
    """The lines of a stretch of text; else what stands together in it."""
    order: list[int] = []
    words = 0
    box = (0.0, 0.0, 0.0, 0.0)
    for place in range(start, end):
        character = characters.text[place]
        if character in "\r\n":
            if order:
                yield _Piece(tuple(order[:words]), *box)
            order = []
            continue
        left, bottom, right, height = characters.box(place)
        if order and not whole_lines and not character.isspace():
            apart = abs(bottom - box[1]) > _SAME_ROW * height
            if apart or not -height < left - box[2] < _APART * height:
                yield _Piece(tuple(order[:words]), *box)
                order = []
        if not order:
            if character.isspace():
                continue
            box = (left, bottom, right, bottom + height)
        order.append(place)
        if not character.isspace():
            words = len(order)
            box = (min(box[0], left), min(box[1], bottom), max(box[2], right),
                   max(box[3], bottom + height))  # fmt: skip
    if order:
        yield _Piece(tuple(order[:words]), *box)


def _insert(pieces: list[_Piece], value: _Piece, characters: Characters) -> None:
    row = [i for i, piece in enumerate(pieces) if _same_row(piece, value)]
    left_of = [i for i in row if pieces[i].left <= value.left + _NEAR]
    near = left_of and value.left - pieces[left_of[-1]].right <= _FAR * value.height
    if near:
        _insert_beside(pieces, left_of[-1], value, characters)
        return
    right_of = [i for i in row if pieces[i].left > value.left and not pieces[i].beside]
    if right_of and pieces[right_of[0]].left - value.right <= _FAR * value.height:
        first = right_of[0]
        pieces[first : first + 1] = [value, _beside(pieces[first])]
        return
    above = [
        (piece.bottom - value.bottom - (min(piece.right, value.right) > max(piece.left, value.left))
         * _BELOW * value.height, -i)
        for i, piece in enumerate(pieces)
        if piece.bottom >= value.bottom
    ]  # fmt: skip
    pieces.insert(-min(above)[1] + 1 if above else 0, value)


def _insert_beside(pieces: list[_Piece], index: int, value: _Piece, characters: Characters) -> None:
    """Put a value behind its label, in place of the dotted line that it is written on."""
    label = pieces[index]
    boxes = [characters.box(place) if place >= 0 else None for place in label.order]
    head = [p for p, box in zip(label.order, boxes, strict=True)
            if box is None or box[0] < value.left - _NEAR]  # fmt: skip
    rest = list(label.order[len(head) :])
    said = "".join(characters.text[place] for place in value.order if place >= 0)
    if rest and said and said in "".join(characters.text[p] for p in label.order if p >= 0):
        return  # the page says it in this place already
    leaders = takewhile(lambda p: p >= 0 and characters.text[p] in _LEADERS, rest)
    rest = rest[sum(1 for _ in leaders) :]
    while head and head[-1] >= 0 and characters.text[head[-1]] in _LEADERS - {"."}:
        head.pop()
    parts = []
    if head:
        end = max((characters.box(p)[2] for p in head if p >= 0), default=label.right)
        parts.append(_Piece(tuple(head), label.left, label.bottom, end, label.top, label.beside))
    parts.append(_beside(value) if parts else value)
    if rest:
        start = min((characters.box(p)[0] for p in rest if p >= 0), default=value.right)
        parts.append(_Piece(tuple(rest), start, label.bottom, label.right, label.top, beside=True))
    pieces[index : index + 1] = parts


def _beside(piece: _Piece) -> _Piece:
    return _Piece(piece.order, piece.left, piece.bottom, piece.right, piece.top, beside=True)


class _Ticks:
    """The ticks of a page by where they are, large ones apart."""

    def __init__(self, ticks: Sequence[Tick]) -> None:
        self._large: list[Tick] = []
        self._near: defaultdict[tuple[int, int], list[Tick]] = defaultdict(list)
        for tick in ticks:
            if max(tick.right - tick.left, tick.top - tick.bottom) > _LARGE:
                self._large += [tick] if len(self._large) < _MOST_LARGE else []
            else:
                self._near[_square(tick.left, tick.bottom)].append(tick)

    def hold(self, value: _Piece) -> bool:
        """Whether a value is the look of a tick."""
        across, up = (value.left + value.right) / 2, (value.bottom + value.top) / 2
        column, row = _square(across, up)
        near = (
            self._near.get((column - left, row - below), ()) for left in (0, 1) for below in (0, 1)
        )
        return any(
            tick.left <= across <= tick.right and tick.bottom <= up <= tick.top
            for tick in chain(self._large, *near)
        )


def _square(across: float, up: float) -> tuple[int, int]:
    return int(across // _LARGE), int(up // _LARGE)


def _same_row(first: _Piece, second: _Piece) -> bool:
    overlap = min(first.top, second.top) - max(first.bottom, second.bottom)
    return overlap > _SAME_ROW * min(first.height, second.height)
