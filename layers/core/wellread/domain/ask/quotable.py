"""The places of passages that could be quoted, each with what gives it its meaning."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wellread.domain.ask.identifiers import identifiers
from wellread.domain.documents import ParsedText, Passage
from wellread.domain.prompting import speaks_to_the_model
from wellread.domain.sentences import Span, UnitKind, plain, plain_unit, split_sentences
from wellread.domain.words import NEGATIONS, STOPWORDS, content_words, stem, words

REACH = 1_500
"""Characters read on either side of a passage: a cut parts no list from its introduction."""

NOT = "not"
"""Stands among the stems of a text that denies something: "not allowed" is not "allowed"."""

_NEVER_ALONE = (UnitKind.HEADING, UnitKind.HEADER, UnitKind.CODE, UnitKind.FRONT)
_FEW_WORDS = 5
_QUESTION_REACH = 3
_LINK = re.compile(r"\[((?:\\.|[^\[\]])*)\]\([^()]*\)")
_MOSTLY_LINKS = 0.4
_POINTS_ELSEWHERE = re.compile(
    r"^\W*(?:for|to learn) (?:more|further)\b|\b(?:see|siehe)\b\W+\w", re.IGNORECASE
)
_LONGEST_POINTER = 25
_BAND = re.compile(
    r"\W*(?:(?:up to|under|over|above|below|from|between|less than|more than|at least|at most|bis|"
    r"ab|unter|über|von|mehr als|weniger als)\s+)?[<>≤≥~]?\s*[$€£]?\d",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of one section of a revision, cut into units.

    Attributes:
        passage: The best passage in it.
        rank: Position of that passage among those found.
        offset: Where the stretch begins in the revision's text.
        spans: Its units; their offsets count from the stretch's beginning.
        read: Each unit as it would be shown; "" for what never is.
        found: Positions of the units that the passages hold; the others are read along.
        frame: Stems of the document's title, the headings above and its path.
        around: Stems of the whole stretch.
    """

    passage: Passage
    rank: int
    offset: int
    text: str
    spans: tuple[Span, ...]
    read: tuple[str, ...]
    found: frozenset[int]
    frame: frozenset[str]
    around: frozenset[str]

    def raw(self, position: int) -> str:
        """A unit as it stands in the document."""
        span = self.spans[position]
        return self.text[span.start : span.end]

    def siblings(self, position: int) -> list[int]:
        """The items of a unit's list or the rows of its table, each by its first unit."""
        kind, lead = self.spans[position].kind, self.spans[position].lead
        if kind not in (UnitKind.ITEM, UnitKind.ROW):
            return []
        here = [
            n
            for n, span in enumerate(self.spans)
            if span.kind is kind and span.lead == lead and not span.following
        ]
        if lead is not None:
            return here
        # Without a lead, a list is what follows without anything between.
        runs = [[here[0]]] if here else [[position]]
        for before, after in pairwise(here):
            if any(self.spans[n].kind is not kind for n in range(before, after)):
                runs.append([])
            runs[-1].append(after)
        return next((run for run in runs if run[0] <= position <= run[-1]), [position])

    def end_of(self, position: int) -> int:
        """The last unit of the item (or row) that begins at a position."""
        last = position
        while last + 1 < len(self.spans) and self.spans[last + 1].following:
            last += 1
        return last


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit, or a whole list, that could be quoted.

    Attributes:
        first, last: The units that are quoted at the least.
        text: What is compared with the question.
        lead: What introduces it and is shown with it: a list's or table's lead, a question.
        own: Stems of the text and of what introduces it.
    """

    region: Region
    first: int
    last: int
    text: str
    lead: str
    own: frozenset[str]
    is_list: bool = False

    @property
    def compared(self) -> str:
        """The text under the innermost heading, for an embedder."""
        chunk = self.region.passage.chunk
        above = self.lead or (chunk.heading_path or (chunk.title,))[-1]
        return f"{above.rstrip('.: ')}: {self.text}" if above else self.text

    @property
    def held(self) -> frozenset[str]:
        """Stems of the text, of what introduces it and of where it stands."""
        return self.own | self.region.frame


def candidates(
    passages: Sequence[Passage], parsed: Callable[[Passage], ParsedText | None]
) -> list[Candidate]:
    """All that could be quoted of these passages.

    Args:
        passages: Best first.
        parsed: The stored revision of a passage; None where it is not kept, or the passage does not
            stand in it: that one is not quoted.
    """
    found: list[Candidate] = []
    for region in _regions(passages, parsed):
        for position in sorted(region.found):
            found += _at(region, position)
    return found


def _regions(
    passages: Sequence[Passage], parsed: Callable[[Passage], ParsedText | None]
) -> Iterator[Region]:
    """The passages' surroundings, those of one section that overlap as one."""
    open_: list[tuple[int, int, int, ParsedText, list[Passage]]] = []
    for rank, passage in enumerate(passages):
        source, chunk = parsed(passage), passage.chunk
        if source is None or source.text[chunk.start : chunk.end] != chunk.text:
            continue
        low, high = _bounds(source, chunk.start, chunk.end)
        for place, (other, start, end, _, members) in enumerate(open_):
            mine = (passage.document, passage.revision)
            if (members[0].document, members[0].revision) == mine and start < high and low < end:
                open_[place] = (
                    other, min(low, start), max(high, end), source, [*members, passage],
                )  # fmt: skip
                break
        else:
            open_.append((rank, low, high, source, [passage]))
    for rank, low, high, source, members in open_:
        yield _region(rank, low, high, source, members)


def _bounds(source: ParsedText, start: int, end: int) -> tuple[int, int]:
    """The section around a chunk, as far as it is read along."""
    starts = [heading.start for heading in source.headings]
    index = bisect_right(starts, start)
    low = max(starts[index - 1] if index else 0, start - REACH)
    if low == start - REACH:
        low = min(source.text.find("\n", low, start) + 1 or start, start)
    following = next((at for at in starts[index:] if at >= end), len(source.text))
    high = min(following, end + REACH)
    if high == end + REACH:
        high = max(source.text.rfind("\n", end, high), end)
    return low, high


def _region(
    rank: int, low: int, high: int, source: ParsedText, members: Sequence[Passage]
) -> Region:
    best = members[0]
    chunk = best.chunk
    text = source.text[low:high]
    spans = tuple(split_sentences(text, (chunk.title, *chunk.heading_path)))
    read = tuple(
        ""
        if speaks_to_the_model(text[span.start : span.end])
        else plain_unit(text, list(spans), n, chunk.columns)
        for n, span in enumerate(spans)
    )
    ranges = [(p.chunk.start - low, p.chunk.end - low) for p in members]
    found = frozenset(
        n
        for n, span in enumerate(spans)
        if any(span.start < end and start < span.end for start, end in ranges)
    )
    frame = stems_of(" ".join((chunk.title, *chunk.heading_path, best.document)))
    around = stems_of(" ".join(p.chunk.text for p in members))
    return Region(best, rank, low, text, spans, read, found, frame, around)


def _at(region: Region, position: int) -> Iterator[Candidate]:
    """The unit at a position, where it is an answer by itself, and the list that it introduces."""
    span, text = region.spans[position], region.read[position]
    if not text or span.kind in _NEVER_ALONE:
        return
    below = _items_below(region, position)
    if below:
        said = " ".join(region.read[n] for n in below if region.read[n])
        yield _made(region, position, region.end_of(below[-1]), f"{text} {said}", "", is_list=True)
    if below or _introduces(region, position) or _points_elsewhere(region.raw(position), text):
        return
    first, lead = position, region.read[span.lead] if span.lead is not None else ""
    asked = _question_above(region, position)
    if asked is not None:
        first, lead = asked, region.read[asked]
    elif span.following and _introduces(region, position - 1):
        first = position - 1
        lead = region.read[first]
    yield _made(region, first, position, text, lead)


def _made(
    region: Region, first: int, last: int, text: str, lead: str, *, is_list: bool = False
) -> Candidate:
    return Candidate(region, first, last, text, lead, stems_of(f"{lead} {text}"), is_list)


def _items_below(region: Region, position: int) -> list[int]:
    return [
        n
        for n, span in enumerate(region.spans)
        if n > position
        and span.lead == position
        and span.kind is UnitKind.ITEM
        and not span.following
    ]


def _introduces(region: Region, position: int) -> bool:
    """Whether a unit only says what the next ones are about: "9.1 Governing law.", "What?"."""
    text, raw = region.read[position], region.raw(position)
    if text.endswith("?") or raw.rstrip("*_ ").endswith(":"):
        return True
    telling = [w for w in re.findall(r"[^\W\d_][\w'’-]*", text) if w.lower() not in STOPWORDS]
    if not telling:
        return not any(c.isdigit() for c in text)
    after = region.spans[position + 1 : position + 2]
    goes_on = bool(after) and after[0].following
    if not goes_on or region.spans[position].following or len(telling) > 2 * _FEW_WORDS:
        return False
    titled = all(word[0].isupper() for word in telling)
    return titled or (len(telling) <= _FEW_WORDS and not raw.rstrip("*_ ").endswith((".", "!")))


def _points_elsewhere(raw: str, text: str) -> bool:
    """Whether a unit only says where to read on."""
    linked = sum(len(found[1].split()) for found in _LINK.finditer(raw))
    long = len(text.split())
    if linked and linked >= _MOSTLY_LINKS * long:
        return True
    return long <= _LONGEST_POINTER and _POINTS_ELSEWHERE.search(text) is not None


def _question_above(region: Region, position: int) -> int | None:
    """The question that a unit answers, where the text is one of questions and answers."""
    for above in range(position - 1, max(-1, position - 1 - _QUESTION_REACH), -1):
        kind = region.spans[above].kind
        if kind in (UnitKind.ROW, UnitKind.HEADER):
            return None
        if region.read[above].endswith("?"):
            return above
        if kind is UnitKind.HEADING:
            return None
    return None


def is_band(region: Region, position: int) -> bool:
    """Whether a row or item is one of several that divide a scale: "3 to 15 years: 6 hours".

    Such a row has its meaning from the others: nobody reads "15 years and over" of 8 years.
    """
    keys = [_key(region, n) for n in region.siblings(position)]
    return len(keys) > 1 and all(_BAND.match(key) and not identifiers(key) for key in keys)


def telling(candidate: Candidate) -> frozenset[str]:
    """Stems that an item or row does not share with all of its list or table."""
    region, last = candidate.region, candidate.last
    own = stems_of(candidate.text)
    others = [stems_of(region.read[n]) for n in region.siblings(last) if n != last]
    return own - frozenset.intersection(*others) if others else own


def _key(region: Region, position: int) -> str:
    """What a row or item is about: its first cell, the words before its colon or dash."""
    raw = region.raw(position)
    if region.spans[position].kind is UnitKind.ROW:
        cells = [cell for cell in raw.strip().strip("|").split("|") if cell.strip()]
        return plain(cells[0]) if cells else ""
    return re.split(r":\s|\s[–—-]\s", region.read[position], maxsplit=1)[0]


def stems_of(text: str) -> frozenset[str]:
    """A text's stems, neighbours joined ("Ground Truth" holds "GroundTruth"), and `NOT`."""
    said = words(text)
    telling = [word for word in said if word not in STOPWORDS]
    joined = {stem(a + b) for a, b in pairwise(telling)}
    denies = {NOT} if not (NEGATIONS - {"without"}).isdisjoint(said) else set()
    return frozenset(content_words(text)) | joined | denies
