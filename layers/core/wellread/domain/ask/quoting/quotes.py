"""Quotes: contiguous pieces of a document under where they stand. A quote never concludes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wellread.domain.ask.checking.leaning import leans
from wellread.domain.ask.quoting.pieces import place
from wellread.domain.ask.quoting.quotable import Candidate, Region, is_band
from wellread.domain.text.harmless import harmless, unlinkable
from wellread.domain.text.plain import plain, plain_cells
from wellread.domain.text.sentences import UnitKind
from wellread.domain.text.words import LIMITING, words

LIST_WORDS = 90
"""A list or table is quoted whole up to so many words; else it is said how many are left."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Units `first` to `last` of a region, and how many items or rows of theirs are left out."""

    region: Region
    first: int
    last: int
    more: int = 0

    @property
    def start(self) -> int:
        """Offset of its first character in the revision's text."""
        return self.region.offset + self.region.spans[self.first].start

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return self.region.offset + self.region.spans[self.last].end

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(self.region.read[self.first : self.last + 1])

    def joined(self, other: Quote) -> Quote | None:
        """Both as one, where they share a unit or follow each other in one paragraph."""
        one, two = sorted((self, other), key=lambda quote: quote.first)
        region, listed = self.region, (UnitKind.ITEM, UnitKind.ROW)
        if region is not other.region or two.first > region.end_of(one.last) + 1:
            return None
        before, after = region.spans[one.last], region.spans[two.first]
        siblings = before.kind in listed and (before.kind, before.lead) == (after.kind, after.lead)
        if two.first > one.last and not after.following and not siblings:
            return None
        last = max(one.last, two.last)
        more = min(self.more, other.more)
        if siblings:
            more = sum(not one.first <= n <= last for n in region.siblings(two.first))
        return replace(one, last=last, more=more)


def quote_of(candidate: Candidate, *, whole: bool = False) -> Quote:
    """The least that can be quoted of a candidate without changing what it means.

    Args:
        candidate: What to quote.
        whole: Of an item or a row, quote its whole list or table.
    """
    region, first, last = candidate.region, candidate.first, candidate.last
    span = region.spans[last]
    if candidate.is_list or (span.kind in (UnitKind.ITEM, UnitKind.ROW) and not span.following):
        items = [n for n in region.siblings(last) if not candidate.is_list or n > first]
        if candidate.is_list:
            return _within(region, first, items or [last])
        if whole or is_band(region, last):
            lead = span.lead if span.kind is UnitKind.ITEM else None
            return _within(region, items[0] if lead is None else lead, items)
        return Quote(region, first, last, len(items) - 1)
    if leans(region.read[first]) and region.spans[first].following and region.read[first - 1]:
        first -= 1
    while _goes_on(region, last + 1):
        last += 1
    return Quote(region, first, last)


def _goes_on(region: Region, position: int) -> bool:
    """Whether a unit restricts or explains the one before it: "But only in daylight."."""
    if position >= len(region.spans) or not region.spans[position].following:
        return False
    text = region.read[position]
    return text.startswith("(") or leans(text) or not LIMITING.isdisjoint(words(text)[:1])


def _within(region: Region, first: int, items: Sequence[int]) -> Quote:
    """As many items from the first one on as may be quoted at once."""
    fitting = Quote(region, first, region.end_of(items[0]), len(items) - 1)
    for count, item in enumerate(items[1:], start=2):
        longer = Quote(region, first, region.end_of(item), len(items) - count)
        if len(longer.text.split()) > LIST_WORDS:
            break
        fitting = longer
    return fitting


def place_of(quote: Quote, dated: str = "") -> str:
    """Where a quote stands, in words: title, headings, and the line that introduces it."""
    region, chunk = quote.region, quote.region.passage.chunk
    # A chunk that begins amid a table has the names of its columns as its last heading.
    path = tuple(name for name in chunk.heading_path if " | " not in name)
    lead = region.spans[quote.first].lead
    if region.spans[quote.first].kind is UnitKind.ITEM and lead is not None:
        path = (*path, plain(region.raw(lead), unlinkable).rstrip(".: "))
    stands = place(chunk.title, path)
    title, mark, rest = stands.partition(" › ")
    return f"{title} ({dated}){mark}{rest}" if dated else stands


def shown(quote: Quote, number: int) -> str:
    """A quote as markdown: sentences as they follow, lists as lists, tables under their header."""
    region = quote.region
    lines: list[str] = []
    for position in range(quote.first, quote.last + 1):
        span, text = region.spans[position], plain(region.raw(position), unlinkable)
        if not text or span.kind is UnitKind.HEADER:
            continue
        if span.kind is UnitKind.ROW:
            lines += _row(region, position, begins=not (lines and lines[-1].startswith("|")))
        elif span.following and lines:
            lines[-1] += f" {text}"
        else:
            lines.append(f"- {text.rstrip('.')}" if span.kind is UnitKind.ITEM else text)
    if quote.more:
        lines.append(f"and {quote.more} more")
    return "\n".join(f"> {line}" for line in lines) + f" [{number}]"


def _row(region: Region, position: int, *, begins: bool) -> list[str]:
    """A table's row; where it begins what is shown of the table, under the header."""
    lead = region.spans[position].lead
    cells = plain_cells(region.raw(position), unlinkable)
    lines = [f"| {' | '.join(cells)} |"]
    columns = harmless(region.passage.chunk.columns).split(" | ") if lead is None else []
    names = plain_cells(region.raw(lead), unlinkable) if lead is not None else columns
    if begins and any(names):
        names = [*[""] * (len(cells) - len(names)), *names]
        lines[:0] = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    return lines
