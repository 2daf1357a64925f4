"""Quotes: contiguous pieces of a document under where they stand. A quote never concludes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wellread.domain.ask.quotable import Candidate, Region, is_band
from wellread.domain.prompting import speaks_to_the_model
from wellread.domain.sentences import UnitKind, plain, plain_cells
from wellread.domain.words import LEANING, words

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
        """Offset in the revision's text."""
        return self.region.offset + self.region.spans[self.first].start

    @property
    def end(self) -> int:
        """Offset in the revision's text."""
        return self.region.offset + self.region.spans[self.last].end

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(self.region.read[self.first : self.last + 1])

    @property
    def words(self) -> int:
        """How long it is."""
        return len(self.text.split())

    def reaching(self, last: int) -> Quote:
        """The quote, grown to a later unit of its paragraph."""
        return replace(self, last=max(last, self.last))

    def touches(self, other: Quote) -> bool:
        """Whether two quotes share a unit, or follow each other in one block."""
        if self.region is not other.region:
            return False
        one, two = sorted((self, other), key=lambda quote: quote.first)
        return two.first <= one.last or (
            two.first == one.last + 1 and self.region.spans[two.first].following
        )

    def joined(self, other: Quote) -> Quote:
        """Both as one."""
        return replace(
            self,
            first=min(self.first, other.first),
            last=max(self.last, other.last),
            more=min(self.more, other.more),
        )


def quote_of(candidate: Candidate, *, whole: bool = False) -> Quote:
    """The least that can be quoted of a candidate without changing what it means.

    Args:
        candidate: What to quote.
        whole: Of an item or a row, quote its whole list or table.
    """
    region, first, last = candidate.region, candidate.first, candidate.last
    kind = region.spans[last].kind
    if candidate.is_list:
        items = [n for n in region.siblings(last) or [last] if n > first]
        return _within(region, first, items)
    if kind in (UnitKind.ITEM, UnitKind.ROW) and not region.spans[last].following:
        siblings = region.siblings(last)
        if whole or is_band(region, last):
            lead = region.spans[last].lead
            begins = siblings[0] if lead is None or kind is UnitKind.ROW else lead
            return _within(region, begins, siblings)
        return Quote(region, first, last, len(siblings) - 1)
    if _leans(region.read[first]) and region.spans[first].following and region.read[first - 1]:
        first -= 1
    return Quote(region, first, last)


def _within(region: Region, first: int, items: Sequence[int]) -> Quote:
    """As many items from the first one on as may be quoted at once."""
    shown = 0
    for count, item in enumerate(items):
        quote = Quote(region, first, region.end_of(item), len(items) - count - 1)
        if count and quote.words > LIST_WORDS:
            break
        shown = count
    return Quote(region, first, region.end_of(items[shown]), len(items) - shown - 1)


def _leans(text: str) -> bool:
    """Whether a sentence begins with a word for something in the one before it."""
    return not LEANING.isdisjoint(words(text)[:1])


def place_of(quote: Quote, dated: str = "") -> str:
    """Where a quote stands, in words: title, headings, and the line that introduces it."""
    region, chunk = quote.region, quote.region.passage.chunk
    lead = region.spans[quote.first].lead
    path = list(chunk.heading_path)
    if chunk.columns:
        path.pop()
    if region.spans[quote.first].kind is UnitKind.ITEM and lead is not None:
        path.append(region.read[lead])
    names = [
        plain(name).rstrip(".: ")
        for name in dict.fromkeys((chunk.title, *path))
        if name and not speaks_to_the_model(name)
    ]
    if dated and names:
        names[0] += f" ({dated})"
    return " › ".join(dict.fromkeys(filter(None, names)))


def shown(quote: Quote, number: int) -> str:
    """A quote as markdown: sentences as they follow, lists as lists, tables under their header."""
    region = quote.region
    lines: list[str] = []
    for position in range(quote.first, quote.last + 1):
        span, text = region.spans[position], region.read[position]
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
    return "\n".join([*(f"> {line}" for line in lines[:-1]), f"> {lines[-1]} [{number}]"])


def _row(region: Region, position: int, *, begins: bool) -> list[str]:
    """A table's row; where it begins what is shown of the table, under the header."""
    lead = region.spans[position].lead
    cells = plain_cells(region.raw(position))
    lines = [f"| {' | '.join(cells)} |"]
    columns = region.passage.chunk.columns.split(" | ") if lead is None else []
    names = plain_cells(region.raw(lead)) if lead is not None else columns
    if begins and any(names):
        names = [*[""] * (len(cells) - len(names)), *names]
        lines[:0] = [f"| {' | '.join(names)} |", f"|{'---|' * len(names)}"]
    return lines
