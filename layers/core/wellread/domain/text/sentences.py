"""Cutting a text into the units that can be quoted."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class UnitKind(StrEnum):
    """What a unit of text is."""

    SENTENCE = "sentence"
    HEADING = "heading"
    ITEM = "item"
    HEADER = "header"
    ROW = "row"
    CODE = "code"
    FRONT = "front matter"


@dataclass(frozen=True, slots=True)
class Span:
    """A unit of a text: `text[start:end]`, without surrounding white space.

    Attributes:
        lead: Position, among the units, of the one that introduces this one: a list item's
            introducing line, a row's header. None where there is none.
        following: Whether the unit goes on the line, paragraph or item that the one before began.
    """

    start: int
    end: int
    kind: UnitKind = UnitKind.SENTENCE
    lead: int | None = None
    following: bool = False


_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_HEADING = re.compile(r"\s{0,3}#{1,6}(?:\s|$)")
_ITEM = re.compile(
    r"\s*(?:[-+*•▪◦‣●–]|\d{1,3}(?:\\?\.|\\?\))|[a-z]\\?\)|\\?\((?:[a-z]|[ivx]{1,5}|\d{1,2})\\?\))"
    r"\s+(?=\S)"
)
ROW = re.compile(r"\s*\|.*\|\s*$")
# No part takes what another could, so that each character is seen once; so it is below.
_RULE = re.compile(r"\s*+\|?\s*+:?-{2,}+:?\s*+(?:\|\s*+:?-{2,}+:?\s*+)*+\|?\s*+$")
_SEPARATOR = re.compile(
    rf"\s*+$|{_RULE.pattern}"
    r"|\s{0,3}(?:(?:\*\s*+){3,}+|(?:-\s*+){3,}+|(?:_\s*+){3,}+|(?:=\s*+){3,}+)$"
)
_LABELLED = re.compile(r"\s*[^\W\d][\w /&().-]{0,38}:\s+\S")

# A full stop, its closing marks, white space, and what may open the next sentence. Chinese and
# Japanese full stops need no white space.
_STOP = re.compile(r"(?<![.!?…])[.!?…]++(?:\\?[\"'”’»)\]*_`])*+(?=\s)|[。！？]++[」』”）]*+")
_OPENS_LOWER = re.compile(r"\s*[\"'“‘«(\[*_`\\]*[a-zà-öø-ÿ]")
_BEFORE_WORDS = frozenset("([\"'“„«*_`")
_VISIBLE = re.compile(r"\S")
_WORD = re.compile(r"\w+")
_NOTHING_SAID = re.compile(r"[*_ \n\t(\[]*+")
_ABBREVIATIONS = frozenset(
    """
    e.g i.e vs cf al approx ca ed eds dr mr mrs ms prof st sr jr inc ltd co corp dept tel ext incl
    excl resp z.b d.h u.a o.ä u.u i.d.r bzw usw evtl ggf inkl exkl zzgl vgl
    jan feb aug sep sept oct nov dec u.s u.k a.m p.m
    """.split()
)
_BEFORE_NUMBER = frozenset("no nos nr fig figs eq sec ch vol p pp art abs par max min ca".split())
_OPENS_SENTENCE = frozenset(
    """
    the a an this that these those it he she they we you i if when in on at for to as there please
    all any each every no not do see use der die das ein eine es er sie wir wenn bei im für alle
    """.split()
)
"""Words that, with a capital after an abbreviation or a single letter, begin a sentence."""

_FRONT_MATTER = re.compile(
    r"(---|\+\+\+)[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*[\"']?[\w.-]+[\"']?[ \t]*[:=]"
    r".*?\n(?:\1|\.\.\.)[ \t]*(?:\n|$)",
    re.DOTALL,
)
_LONGEST_FRONT_MATTER = 20_000

_MONTHS = re.compile(
    r"\s+(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Quartal|Kapitel|Absatz)"
)

_UNFINISHED = re.compile(r"[\w,'’–-]$")
_WRAPPED = 40
"""Shorter lines are not the result of wrapping."""

_SHORT_LINE = 0.6
"""A line shorter than this share of its paragraph's longest did not wrap: its unit ends there."""


def body_start(text: str) -> int:
    """Where a text begins behind its front matter (https://jekyllrb.com/docs/front-matter/).

    0 where it has none: prose between two rules does not begin with a key.
    """
    front = _FRONT_MATTER.match(text, 0, _LONGEST_FRONT_MATTER)
    return front.end() if front else 0


def split_sentences(text: str, headings: Collection[str] = ()) -> list[Span]:
    """The units of a text, in order: sentences, list items, table rows, headings, code blocks.

    Every character that is not white space (or a table's rule) belongs to exactly one unit.

    Args:
        text: Markdown, or plain text.
        headings: Titles that stand on lines of their own; formats without markup for headings
            (slides, PDF) need them named.
    """
    known = frozenset(_folded(heading) for heading in headings)
    units: list[Span] = []
    leads = _Leads()
    for kind, start, end in _blocks(text, known):
        first = len(units)
        lead = leads.of(kind, text, start, units)
        if kind in (UnitKind.SENTENCE, UnitKind.ITEM):
            _append_sentences(units, text, start, end, kind, lead)
        else:
            _append(units, text, start, end, kind, lead)
        if len(units) > first:
            leads.saw(kind, text, start, units, first)
    return units


class _Leads:
    """Which unit introduces the one that comes: a table's header, the line above a list."""

    def __init__(self) -> None:
        self._header: int | None = None
        self._open: list[tuple[int, int]] = []

    def of(self, kind: UnitKind, text: str, start: int, units: list[Span]) -> int | None:
        """The lead of a block that begins at an offset."""
        if kind is UnitKind.ROW:
            return self._header
        self._header = None
        if kind is UnitKind.ITEM:
            indent = _indentation(text, start)
            while self._open and self._open[-1][0] >= indent:
                self._open.pop()
            return self._open[-1][1] if self._open else None
        within_item = units and units[-1].kind is UnitKind.ITEM and _indentation(text, start) > 0
        if kind is not UnitKind.CODE and not within_item:
            self._open.clear()
        return None

    def saw(self, kind: UnitKind, text: str, start: int, units: list[Span], first: int) -> None:
        """Take note of a block's units, the last ones of `units`."""
        if kind is UnitKind.HEADER:
            self._header = first
        last = units[-1]
        if kind is UnitKind.SENTENCE and _introduces(text[last.start : last.end]):
            # The items of a paragraph's list may begin at its own indentation.
            self._open.append((_indentation(text, start) - 1, len(units) - 1))
        elif kind is UnitKind.ITEM and _introduces(text[last.start : last.end]):
            self._open.append((_indentation(text, start), len(units) - 1))


def _indentation(text: str, start: int) -> int:
    line = text[start : start + 80]
    return len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip(" "))


def _introduces(unit: str) -> bool:
    bold = unit.strip("\\ ")
    return unit.rstrip("*_ \\").endswith(":") or (
        len(bold) > 4 and bold.startswith(("**", "__")) and bold.endswith(("**", "__"))
    )


def _append(
    units: list[Span], text: str, start: int, end: int, kind: UnitKind, lead: int | None,
    following: bool = False,
) -> None:  # fmt: skip
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        units.append(Span(start, end, kind, lead, following))


def _append_sentences(
    units: list[Span], text: str, start: int, end: int, kind: UnitKind, lead: int | None
) -> None:
    following = False
    for piece_start, piece_end in _lines_that_stand_alone(text, start, end):
        for sentence_start, sentence_end in _sentences(text, piece_start, piece_end):
            _append(units, text, sentence_start, sentence_end, kind, lead, following)
            following = True


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line)
        start += len(line)


def _folded(line: str) -> str:
    return " ".join(line.split()).casefold()


def _blocks(text: str, headings: frozenset[str]) -> Iterator[tuple[UnitKind, int, int]]:
    """The text's blocks: paragraphs and items (to be cut further), headings, rows, code."""
    lines = list(_lines(text))
    growing: tuple[UnitKind, int, int] | None = None
    position = 0
    while position < len(lines):
        start, end = lines[position]
        line = text[start:end].rstrip("\r\n")
        whole = _whole_block(text, lines, position, headings)
        apart = whole is not None or _SEPARATOR.match(line) is not None
        if growing and not line.strip() and _goes_on(text, lines, position):
            growing = (growing[0], growing[1], end)
            position += 1
            continue
        if growing and (apart or _ITEM.match(line)):
            yield growing
            growing = None
        if whole is not None:
            kind, last = whole
            yield kind, start, lines[last][1]
            position = last
        elif growing:
            growing = (growing[0], growing[1], end)
        elif not apart:
            growing = (UnitKind.ITEM if _ITEM.match(line) else UnitKind.SENTENCE, start, end)
        position += 1
    if growing:
        yield growing


def _goes_on(text: str, lines: list[tuple[int, int]], position: int) -> bool:
    """Whether a sentence goes on behind the blank line at a position.

    Text that was wrapped before it was pasted into a document has every line as a paragraph.
    """
    if not position or position + 1 >= len(lines):
        return False
    before = text[slice(*lines[position - 1])].rstrip()
    after = text[slice(*lines[position + 1])]
    return (
        len(before) >= _WRAPPED
        and _UNFINISHED.search(before) is not None
        and (_OPENS_LOWER.match(after) is not None and not _ITEM.match(after))
    )


def _whole_block(
    text: str, lines: list[tuple[int, int]], position: int, headings: frozenset[str]
) -> tuple[UnitKind, int] | None:
    """The kind and last line of a block that is one unit and begins at a line."""
    line = text[slice(*lines[position])].rstrip("\r\n")
    if fence := _FENCE.match(line):
        for last in range(position + 1, len(lines)):
            if text[slice(*lines[last])].strip().startswith(fence[1]):
                return UnitKind.CODE, last
        return UnitKind.CODE, len(lines) - 1
    if position == 0 and (body := body_start(text)):
        return UnitKind.FRONT, bisect_left(lines, (body, 0)) - 1
    if _HEADING.match(line) or (headings and _folded(line) in headings):
        return UnitKind.HEADING, position
    if ROW.match(line) and not _RULE.match(line):
        below = text[slice(*lines[position + 1])] if position + 1 < len(lines) else ""
        is_header = _RULE.match(below.rstrip("\r\n")) is not None
        return (UnitKind.HEADER if is_header else UnitKind.ROW), position
    return None


def _lines_that_stand_alone(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cuts a block where its lines were not wrapped but written one a line."""
    lines = [(start + a, start + b) for a, b in _lines(text[start:end])]
    widest = max(len(text[a:b].strip()) for a, b in lines)
    piece_start = start
    for (a, b), (next_a, next_b) in pairwise(lines):
        line, following = text[a:b].rstrip("\r\n"), text[next_a:next_b]
        hard_break = line.endswith(("  ", "\\"))
        short = len(line.strip()) < _SHORT_LINE * widest and not line.rstrip().endswith((",", "-"))
        opens = following.lstrip()[:1].isupper() or following.lstrip()[:1].isdigit()
        labelled = _LABELLED.match(line) and _LABELLED.match(following)
        if hard_break or labelled or (short and opens):
            yield piece_start, b
            piece_start = next_a
    yield piece_start, end


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for stop in _STOP.finditer(text, start, end):
        if _ends_sentence(text, begin, stop, end):
            yield begin, stop.end()
            begin = stop.end()
    if begin < end:
        yield begin, end


def _ends_sentence(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    if stop[0][0] in "。！？":
        return True
    after = _VISIBLE.search(text, stop.end(), end)
    if after is None or _OPENS_LOWER.match(text, stop.end(), end):
        return False
    if stop[0][0] != "." or stop[0].startswith(".."):
        return True
    start = _last_word(text, begin, stop.start())
    if start == stop.start():
        return False
    word = text[start : stop.start()].rstrip("\\").lower()
    if word in _BEFORE_NUMBER and after[0].isdigit():
        return False
    # Abbreviations and initials ("e.g. Foo", "E. Coli") may end a sentence too: "in room C. The".
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()):
        following = _WORD.match(text, after.start(), end)
        return following is not None and following[0].lower() in _OPENS_SENTENCE
    if word.isdigit():
        # "1. Open the console" at the start of a sentence, and German dates: "12. März".
        said = _NOTHING_SAID.match(text, begin, start)
        number_only = said is not None and said.end() == start
        return not number_only and not (len(word) <= 2 and _MONTHS.match(text, stop.end(), end))
    return True


def _last_word(text: str, begin: int, end: int) -> int:
    """Where the word begins that a stretch of text ends with; its end where there is none."""
    while end > begin and not (text[end - 1] in _BEFORE_WORDS or text[end - 1].isspace()):
        end -= 1
    return end
