"""What a document or a section of it is made of: its headings, and the first thing that it says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wellread.domain.ask.quoting.pieces import quotable
from wellread.domain.ask.searching.topics import KINDS_TOLD
from wellread.domain.knowledge.documents import Heading, ParsedText
from wellread.domain.text.names import plain_name
from wellread.domain.text.sentences import Span, UnitKind, body_start, split_sentences
from wellread.domain.text.words import content_words

LISTED = 15
"""So many headings or items are shown; of the rest it is said how many there are."""

_QUOTED_CHARACTERS = 400

_LISTED = (UnitKind.ITEM, UnitKind.ROW)
_LABEL = re.compile(r"[*_]*[^\W\d][^:\n]{0,30}:[*_]*\s+[^\n]{1,60}(?<![.!?:])")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a parsed text: `text[start:end]`, from a heading, or the whole text.

    Attributes:
        path: The headings above it and its own; empty for the whole text.
        headings: Those inside it.
    """

    start: int
    end: int
    path: tuple[str, ...]
    headings: tuple[Heading, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A quotable piece of a text: `text[start:end]`, under the headings of its path.

    Attributes:
        more: How many items or rows of its list or table are left out behind it.
    """

    start: int
    end: int
    path: tuple[str, ...]
    more: int = 0


def part_named(parsed: ParsedText, path: tuple[str, ...]) -> Part:
    """The part under the last heading of a path; the whole text where there is no such heading."""
    above: list[Heading] = []
    for position, heading in enumerate(parsed.headings):
        above = [*(h for h in above if h.level < heading.level), heading]
        if path and tuple(h.title for h in above if h.title)[-len(path) :] == path:
            after = parsed.headings[position + 1 :]
            last = next((h for h in after if h.level <= heading.level), None)
            end = last.start if last else len(parsed.text)
            inside = tuple(h for h in after if h.start < end)
            return Part(heading.start, end, tuple(h.title for h in above if h.title), inside)
    headings = parsed.headings
    if headings and plain_name(headings[0].title) == plain_name(parsed.title):
        headings = headings[1:]
    return Part(body_start(parsed.text), len(parsed.text), (), headings)


def kinds(part: Part) -> tuple[Heading, ...]:
    """The headings right below a part's own, where there are several."""
    headings = [heading for heading in part.headings if plain_name(heading.title)]
    while headings:
        outermost = min(heading.level for heading in headings)
        top = tuple(heading for heading in headings if heading.level == outermost)
        if len(top) > 1:
            return top
        headings = [heading for heading in headings if heading.level > outermost]
    return ()


def are_kinds(headings: Sequence[Heading], topic: str) -> bool:
    """Whether half of the headings bear a topic's name: "Sick leave" is a kind of leave."""
    return 2 * sum(_holds(heading.title, topic) for heading in headings) >= len(headings) > 1


def told_kinds(parsed: ParsedText, part: Part) -> Piece | None:
    """Where a part tells kinds itself, before its headings: a list, or a sentence on kinds."""
    below = kinds(part)
    own = replace(part, end=below[0].start) if below else part
    units = _units(parsed, own)
    for position, unit in enumerate(units):
        after = units[position + 1].kind if position + 1 < len(units) else None
        listed = unit.kind in _LISTED and after is unit.kind
        if listed or (_tells(parsed.text, unit) and KINDS_TOLD.search(_raw(parsed.text, unit))):
            lead = unit.lead if listed and unit.lead is not None else position
            return _piece(parsed, units, lead)
    return None


def _holds(name: str, topic: str) -> bool:
    stems = set(content_words(topic))
    joined = " ".join(content_words(name))
    return any(stem in joined for stem in stems)


def outline(part: Part) -> tuple[Heading, ...]:
    """The headings of a part that tell what is in it: all, or the outermost where all are many."""
    named = tuple(heading for heading in part.headings if plain_name(heading.title))
    if not part.path and named and named[0].level < min((h.level for h in named[1:]), default=9):
        named = named[1:]  # the first one is the document's title
    return named if len(named) <= LISTED else kinds(part) or named


def heading_span(parsed: ParsedText, heading: Heading) -> tuple[int, int]:
    """Where a heading's words stand, without the marks before and behind them."""
    line = parsed.text[heading.start : _line_end(parsed.text, heading.start)]
    bare = re.sub(r"^\s*#{0,6}\s*|\s+#+\s*$|\s+$", "", line)
    start = heading.start + line.find(bare)
    return start, start + len(bare)


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def first_piece(parsed: ParsedText, part: Part) -> Piece | None:
    """The first thing that a part says: a paragraph, or a list or table with what leads to it.

    Labels ("Owner: Front desk") are passed over where anything else is said.
    """
    text, units = parsed.text, _units(parsed, part)
    telling = [i for i, unit in enumerate(units) if _tells(text, unit)]
    if not telling:
        return None
    unlabelled = (i for i in telling if not _LABEL.fullmatch(_raw(text, units[i])))
    return _piece(parsed, units, next(unlabelled, telling[0]))


def _units(parsed: ParsedText, part: Part) -> list[Span]:
    titles = {heading.title for heading in parsed.headings}
    return [
        replace(unit, start=part.start + unit.start, end=part.start + unit.end)
        for unit in split_sentences(parsed.text[part.start : part.end], titles)
    ]


def _piece(parsed: ParsedText, units: Sequence[Span], first: int) -> Piece:
    """What a unit begins: its paragraph, or the list or table that it leads to."""
    last, listed, more = first, 0, 0
    for position in range(first, len(units)):
        unit = units[position]
        if position > first and not _joins(parsed.text, units[first], units[position - 1], unit):
            break
        listed += unit.kind in _LISTED and not unit.following
        if listed > LISTED:
            more += unit.kind in _LISTED and not unit.following
        else:
            last = position
    start = units[first].start
    return Piece(start, units[last].end, _path_at(parsed, start), more)


def _raw(text: str, unit: Span) -> str:
    return text[unit.start : unit.end]


def _tells(text: str, unit: Span) -> bool:
    return unit.kind not in (UnitKind.HEADING, UnitKind.CODE) and quotable(_raw(text, unit))


def _joins(text: str, first: Span, before: Span, unit: Span) -> bool:
    """Whether a unit goes on with what those before it say."""
    if not _tells(text, unit):
        return False
    led = _raw(text, before).rstrip("*_ ").endswith(":")
    if unit.kind in _LISTED:
        return led or unit.following or before.kind in (unit.kind, UnitKind.HEADER)
    if unit.kind is UnitKind.HEADER or before.kind in _LISTED:
        return led
    apart = "\n\n" in text[before.end : unit.start]
    return led or not (apart or unit.end - first.start > _QUOTED_CHARACTERS)


def _path_at(parsed: ParsedText, offset: int) -> tuple[str, ...]:
    above: list[Heading] = []
    for heading in parsed.headings:
        if heading.start > offset:
            break
        above = [*(h for h in above if h.level < heading.level), heading]
    return tuple(heading.title for heading in above if heading.title)
