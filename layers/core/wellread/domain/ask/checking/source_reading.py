"""A source read once, so that many claims can be held against it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from wellread.domain.ask.checking.claim_words import Word, opposite_stems, read
from wellread.domain.text.plain import plain, plain_unit
from wellread.domain.text.sentences import Span, UnitKind, split_sentences

_SAME_BEGINNING = 4
"""Words that share fewer letters at the beginning are different words."""

_SAME_SHARE = 0.6
_ABBREVIATION = range(2, 7)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, list item or table row of a source.

    Attributes:
        words: In order; a row's cells stand under their names.
        lead: What introduces it: the line above a list.
        stems: Of the words and the lead.
        heading: Stems of the heading it stands under.
        first_segment: What to add to a word's segment to tell it from those of other units.
    """

    words: list[Word]
    lead: list[Word]
    stems: frozenset[str]
    heading: frozenset[str]
    first_segment: int
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What the source has for a word of a claim.

    Attributes:
        stem: As the source writes it; None where it says nothing of the kind.
        likeness: 1 for the same word, less for one that begins alike.
        opposite: Whether the source has it with, or without, a denying prefix.
    """

    stem: str | None = None
    likeness: float = 0.0
    opposite: bool = False


@dataclass(slots=True)
class Source:
    """A passage that claims are held against."""

    units: list[Unit]
    head: frozenset[str]
    places: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    _units_with: Counter[str] = field(default_factory=Counter)
    _beginnings: dict[str, list[str]] = field(default_factory=dict)
    _joined: dict[str, str] = field(default_factory=dict)
    _initials: str = ""
    segment_stems: list[set[str]] = field(default_factory=list)
    number_neighbours: Counter[str] = field(default_factory=Counter)
    numbers: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, head: str = "") -> Source:
        """Reads a passage and its title and headings."""
        title = read(plain(head))
        columns = head.rpartition(" > ")[2]
        source = cls(
            list(_units(text, columns if " | " in columns else "")),
            frozenset(word.stem for word in title),
        )
        source._index(title)
        return source

    def _index(self, title: list[Word]) -> None:
        for number, unit in enumerate(self.units):
            self._units_with.update(unit.stems)
            for position, word in enumerate(unit.words):
                self.places.setdefault(word.stem, []).append((number, position))
                segment = unit.first_segment + word.segment
                while len(self.segment_stems) <= segment:
                    self.segment_stems.append(set())
                self.segment_stems[segment].add(word.stem)
                if word.number:
                    self.numbers.setdefault(word.stem, []).append((number, position))
                    self.number_neighbours.update(unit.stems | unit.heading)
        for stem in self.head:
            self.places.setdefault(stem, [])
        for stem in self.places:
            self._beginnings.setdefault(stem[:_SAME_BEGINNING], []).append(stem)
        initials: list[str] = []
        for words in (*(unit.words for unit in self.units), title):
            for one, other in pairwise(words):
                self._joined.setdefault(one.text + other.text, one.stem)
            initials.append("".join(word.text[0] for word in words))
            initials.append("".join(word.text[0] for word in words if word.content))
        self._initials = " ".join(initials)

    def rarity(self, stem: str) -> float:
        """How much a word tells about which unit is meant."""
        return math.log(1 + len(self.units) / max(1, self._units_with[stem]))

    def find(self, word: Word) -> Found:
        """What the source has for a word: itself, a relative, its opposite, its long form."""
        if word.stem in self.places:
            return Found(word.stem, 1.0)
        if word.number:
            return Found()
        if joined := self._joined.get(word.text):
            return Found(joined, 1.0)
        if alike := self._alike(word.stem):
            return alike
        for stem in opposite_stems(word.stem):
            if stem in self.places:
                return Found(stem, 0.9, opposite=True)
        if word.name and len(word.text) in _ABBREVIATION and word.text in self._initials:
            return Found("@" + word.text, 0.8)
        return Found()

    def _alike(self, stem: str) -> Found | None:
        best: Found | None = None
        for other in self._beginnings.get(stem[:_SAME_BEGINNING], ()):
            shared = _shared(stem, other)
            share = shared / max(len(stem), len(other))
            alike = shared >= _SAME_BEGINNING and share >= _SAME_SHARE
            if alike and (best is None or share > best.likeness):
                best = Found(other, share)
        return best


def _shared(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _units(text: str, columns: str) -> Iterator[Unit]:
    spans = split_sentences(text)
    heading: frozenset[str] = frozenset()
    segments = 0
    for position, span in enumerate(spans):
        words = read(_plain(text, spans, position, columns))
        if not words:
            continue
        lead: list[Word] = []
        if span.lead is not None and span.kind is not UnitKind.ROW:
            lead = read(plain(text[spans[span.lead].start : spans[span.lead].end]))
        stems = frozenset(word.stem for word in (*words, *lead))
        if span.kind is UnitKind.HEADING:
            heading = stems
        yield Unit(words, lead, stems, heading, segments, span.kind is UnitKind.ROW)
        segments += words[-1].segment + 1


def _plain(text: str, spans: list[Span], position: int, columns: str) -> str:
    span = spans[position]
    if span.kind is UnitKind.CODE:
        return text[span.start : span.end]
    return plain_unit(text, spans, position, columns)
