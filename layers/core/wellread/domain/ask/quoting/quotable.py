"""The places of passages that could be quoted, each with what gives it its meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wellread.domain.ask.quoting.pieces import NEVER_ALONE, quotable
from wellread.domain.ask.searching.identifiers import identifiers
from wellread.domain.knowledge.documents import ParsedText, Passage
from wellread.domain.text.plain import plain_cells, plain_unit
from wellread.domain.text.sentences import Span, UnitKind, split_sentences
from wellread.domain.text.words import NEGATIONS, STOPWORDS, stem, words

REACH = 1_500
"""Characters read on either side of a passage: a cut parts no list from its introduction."""

NOT = "not"
"""Stands among the stems of a text that denies something: "not allowed" is not "allowed"."""

_FEW_WORDS, _TITLE_WORDS, _LONGEST_POINTER = 5, 10, 25
_LINK = re.compile(r"\[((?:\\.|[^\[\]\\])*+)\]\([^()]*\)")
_POINTS_ELSEWHERE = re.compile(
    r"^\W*(?:for\b[^.;]{0,80}\W)?(?:see|siehe)\b|^\W*(?:for|to learn) (?:more|further)\b"
    r"|\b(?:see|siehe)\W*$",
    re.IGNORECASE,
)
_BAND = re.compile(
    r"\W*+(?:(?:up to|under|over|above|below|from|between|less than|more than|at least|at most|bis|"
    r"ab|unter|über|von|mehr als|weniger als)\s++)?[<>≤≥~]?\s*+[$€£]?\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Region:
    """Passages that lie close together with the section around them, cut into units.

    Attributes:
        passage: The best of them.
        rank: Its position among those found.
        offset: Where `text` begins in the revision; the spans' offsets count from there.
        read: Each unit as it would be shown; "" for what never is.
        frame: Stems of the document's title, the headings above and its path.
        around: Stems of the passages.
        found: The units that lie in the passages; the others are read along.
    """

    passage: Passage
    rank: int
    offset: int
    text: str
    spans: tuple[Span, ...]
    read: tuple[str, ...]
    frame: frozenset[str]
    around: frozenset[str]
    found: tuple[int, ...]

    @classmethod
    def of(
        cls, low: int, high: int, source: ParsedText, members: Sequence[tuple[int, Passage]]
    ) -> Region:
        """Read passages, each with its rank, between two offsets of their revision."""
        rank, passage = members[0]
        chunk, text = passage.chunk, source.text[low:high]
        spans = split_sentences(text, (chunk.title, *chunk.heading_path))
        read = tuple(
            plain_unit(text, spans, n, chunk.columns)
            if quotable(text[span.start : span.end])
            else ""
            for n, span in enumerate(spans)
        )
        frame = stems_of(" ".join((chunk.title, *chunk.heading_path, passage.document)))
        around = stems_of(" ".join(each.chunk.text for _, each in members))
        ranges = [(each.chunk.start - low, each.chunk.end - low) for _, each in members]
        found = tuple(
            n
            for n, span in enumerate(spans)
            if any(span.start < end and start < span.end for start, end in ranges)
        )
        return cls(passage, rank, low, text, tuple(spans), read, frame, around, found)

    def raw(self, position: int) -> str:
        """A unit as it stands in the document."""
        return self.text[self.spans[position].start : self.spans[position].end]

    def siblings(self, position: int) -> list[int]:
        """The items of a unit's list or the rows of its table, each by its first unit."""
        mine = self.spans[position]
        return [
            n
            for n, span in enumerate(self.spans)
            if (span.kind, span.lead, span.following) == (mine.kind, mine.lead, False)
        ]

    def end_of(self, position: int) -> int:
        """The last unit of the item that begins at a position."""
        while position + 1 < len(self.spans) and self.spans[position + 1].following:
            position += 1
        return position


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit, or a whole list, that could be quoted.

    Attributes:
        first, last: The units that are quoted at the least.
        lead: What introduces it and is shown with it: a list's or table's lead, a question.
        own: Stems of the text and its lead.
    """

    region: Region
    first: int
    last: int
    text: str
    lead: str = ""
    is_list: bool = False
    own: frozenset[str] = frozenset()

    @property
    def compared(self) -> str:
        """The text under what is right above it, for an embedder."""
        chunk = self.region.passage.chunk
        above = self.lead or (chunk.heading_path or (chunk.title,))[-1]
        return f"{above.rstrip('.: ')}: {self.text}" if above else self.text

    @property
    def held(self) -> frozenset[str]:
        """Stems of the text, of what introduces it and of where it stands."""
        return self.own | self.region.frame

    @property
    def telling(self) -> frozenset[str]:
        """Stems that an item or row does not share with all of its list or table."""
        own = stems_of(self.text)
        if self.region.spans[self.last].kind not in (UnitKind.ITEM, UnitKind.ROW):
            return own
        others = [n for n in self.region.siblings(self.last) if n != self.last]
        shared = [stems_of(self.region.read[n]) for n in others]
        return own - frozenset.intersection(*shared) if shared else own


def candidates(
    passages: Sequence[Passage], parsed: Callable[[Passage], ParsedText | None]
) -> list[Candidate]:
    """All that could be quoted of these passages.

    Args:
        passages: Best first.
        parsed: The stored revision of a passage, always the same object; None where it is not
            kept. A passage that does not stand in it is not quoted.
    """
    groups: list[tuple[int, int, ParsedText, list[tuple[int, Passage]]]] = []
    for rank, passage in enumerate(passages):
        source, chunk = parsed(passage), passage.chunk
        if source is None or source.text[chunk.start : chunk.end] != chunk.text:
            continue
        low, high = _section(source, chunk.start, chunk.end)
        members = [(rank, passage)]
        for group in list(groups):
            if group[2] is source and group[0] < high and low < group[1]:
                groups.remove(group)
                low, high = min(low, group[0]), max(high, group[1])
                members = [*group[3], *members]
        groups.append((low, high, source, sorted(members, key=lambda member: member[0])))
    regions = [Region.of(*group) for group in groups]
    return [each for region in regions for n in region.found for each in _at(region, n)]


def _section(source: ParsedText, start: int, end: int) -> tuple[int, int]:
    """The section around a chunk, as far as it is read along."""
    low, high = source.section(start, end)
    if low <= start - REACH:
        low = min(source.text.find("\n", start - REACH, start) + 1 or start, start)
    if high > end + REACH:
        high = max(source.text.rfind("\n", end, end + REACH), end)
    return low, high


def _at(region: Region, position: int) -> Iterator[Candidate]:
    """The unit at a position, where it is an answer by itself, and the list that it introduces."""
    span, text = region.spans[position], region.read[position]
    if not text or span.kind in NEVER_ALONE:
        return
    if _points_elsewhere(region, position) or (
        span.lead is not None and _points_elsewhere(region, span.lead)
    ):
        return
    below = [
        n
        for n, other in enumerate(region.spans)
        if (other.lead, other.kind, other.following) == (position, UnitKind.ITEM, False)
    ]
    if below:
        said = " ".join((text, *(region.read[n] for n in below)))
        yield _made(region, position, region.end_of(below[-1]), said, is_list=True)
    above = _question_above(region, position)
    if below or (_introduces(region, position) and above is None):
        return
    first, lead = position, region.read[span.lead] if span.lead is not None else ""
    if above is None and span.following and _introduces(region, position - 1):
        above = position - 1
    if above is not None:
        first, lead = above, region.read[above]
    yield _made(region, first, position, text, lead)


def _made(
    region: Region, first: int, last: int, text: str, lead: str = "", *, is_list: bool = False
) -> Candidate:
    return Candidate(region, first, last, text, lead, is_list, stems_of(f"{lead} {text}"))


def _introduces(region: Region, position: int) -> bool:
    """Whether a unit only says what the next ones are about: "9.1 Governing law.", "What?"."""
    text, bare = region.read[position], region.raw(position).rstrip("*_ ")
    if not text:
        return False
    if text.endswith("?") or bare.endswith(":"):
        return True
    telling = [w for w in re.findall(r"[^\W\d_][\w'’-]*", text) if w.lower() not in STOPWORDS]
    if not telling:
        return not any(c.isdigit() for c in text)
    after = region.spans[position + 1 : position + 2]
    if region.spans[position].following or not after or not after[0].following:
        return False
    if all(word[0].isupper() for word in telling):
        return len(telling) <= _TITLE_WORDS
    return len(telling) <= _FEW_WORDS and not bare.endswith((".", "!"))


def _points_elsewhere(region: Region, position: int) -> bool:
    """Whether a unit only says where to read on: most of it links, or it says "see"."""
    raw, text = region.raw(position), region.read[position]
    linked, long = sum(len(found[1].split()) for found in _LINK.finditer(raw)), len(text.split())
    short = long <= _LONGEST_POINTER
    return 2 * linked > long or (short and _POINTS_ELSEWHERE.search(text) is not None)


def _question_above(region: Region, position: int) -> int | None:
    """The question that a unit answers: the one right above it, or above its paragraph."""
    if region.read[position].endswith("?") or region.spans[position].kind is UnitKind.ROW:
        return None
    above = position - 1
    while above > 0 and region.spans[above + 1].following and region.read[above][-1:] != "?":
        above -= 1
    asks = above >= 0 and region.spans[above].kind is not UnitKind.HEADER
    return above if asks and region.read[above].endswith("?") else None


def is_band(region: Region, position: int) -> bool:
    """Whether a row or item is one of several that divide a scale: "3 to 15 years: 6 hours".

    Such a row has its meaning from the others: nobody reads "15 years and over" of 8 years.
    """
    row = region.spans[position].kind is UnitKind.ROW
    keys = [
        next(filter(None, plain_cells(region.raw(n))), "")
        if row
        else re.split(r":\s|\s[–—-]\s", region.read[n], maxsplit=1)[0]
        for n in region.siblings(position)
    ]
    return len(keys) > 1 and all(_BAND.match(key) and not identifiers(key) for key in keys)


def stems_of(text: str) -> frozenset[str]:
    """A text's stems, neighbours joined ("Ground Truth" holds "GroundTruth"), and `NOT`."""
    said = words(text)
    telling = [word for word in said if word not in STOPWORDS]
    joined = (a + b for a, b in pairwise(telling))
    denies = {NOT} if not (NEGATIONS - {"without"}).isdisjoint(said) else set()
    return frozenset(map(stem, (*telling, *joined))) | denies
