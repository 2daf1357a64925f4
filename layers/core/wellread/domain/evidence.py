"""Whether a passage says what a sentence claims, and in which of its words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from wellread.domain.documents import Passage
from wellread.domain.prompting import speaks_to_the_model
from wellread.domain.sentences import Span, UnitKind, plain_unit, split_sentences
from wellread.domain.words import NEGATIONS, STOPWORDS, numbers, stem, words, written_numbers

SUPPORT = 0.5
"""Share of a sentence's content words that the passage, its title and headings must hold."""

LOCAL_SUPPORT = 0.4
"""Share that the quoted words must hold by themselves: a sentence glued together from all over a
passage is nobody's statement."""

NAME_WEIGHT = 2.0
"""How much more a name (a capital amid the sentence, a digit) counts than another word."""

QUOTE_CHARACTERS = 600
"""A quote that covers several sentences stays shorter than this, so that a person reads it."""

_NEGATION_REACH = 3
"""A negation is about so many content words after it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a generated sentence claims.

    Attributes:
        weights: Stem → how much it counts.
        required: Numbers, and identifiers with digits: all must be in the passage.
        negated: Stems that a negation is about.
    """

    sentence: str
    weights: dict[str, float]
    required: frozenset[str]
    negated: frozenset[str]

    @classmethod
    def of(cls, sentence: str) -> Statement:
        """Reads a sentence."""
        names = {
            stem(part)
            for name in re.findall(r"(?<=[^\s.!?:;] )[^\W\d_][\w-]*", sentence)
            if any(c.isupper() for c in name)
            for part in words(name)
        }
        weights: dict[str, float] = {}
        for word in words(sentence):
            if word not in STOPWORDS:
                is_name = stem(word) in names or any(c.isdigit() for c in word)
                weights[stem(word)] = NAME_WEIGHT if is_name else 1.0
        # Numbers must be there anyway, so they do not make up for missing words.
        named = {word: weight for word, weight in weights.items() if not word.isdigit()}
        return cls(sentence, named or weights, written_numbers(sentence), _negated_stems(sentence))

    def covered(self, stems: Iterable[str]) -> float:
        """The share of the statement that these stems hold."""
        held = self.weights.keys() & set(stems)
        return sum(self.weights[word] for word in held) / sum(self.weights.values())


@dataclass(frozen=True, slots=True)
class QuotableUnit:
    """A unit of a passage that may be quoted; `lead` is what its header or introduction adds."""

    span: Span
    words: str
    stems: frozenset[str]
    numbers: frozenset[str]
    negated: frozenset[str]
    lead_stems: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a passage says, prepared for checking sentences against it."""

    units: tuple[QuotableUnit, ...]
    frame: frozenset[str]
    frame_numbers: frozenset[str]
    everything: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(cls, passage: Passage, title: str) -> Evidence:
        """Reads a passage."""
        chunk = passage.chunk
        spans = split_sentences(chunk.text, (chunk.title, *chunk.heading_path))
        read = [plain_unit(chunk.text, spans, n, chunk.columns) for n in range(len(spans))]
        units = []
        for position, span in enumerate(spans):
            raw = chunk.text[span.start : span.end]
            # Headings are in the frame; a quote that begins with one reads badly.
            if not read[position] or span.kind is UnitKind.HEADING or speaks_to_the_model(raw):
                continue
            lead = read[span.lead] if span.lead is not None else ""
            units.append(
                QuotableUnit(
                    span,
                    " ".join(words(read[position])),
                    _stems(read[position]),
                    numbers(read[position]) | numbers(raw),
                    _negated_stems(read[position]),
                    _stems(lead) if not speaks_to_the_model(lead) else frozenset(),
                )
            )
        frame_text = " ".join((title, chunk.title, *chunk.heading_path))
        frame = _stems(frame_text)
        everything = frame.union(*(unit.stems for unit in units))
        return cls(tuple(units), frame, numbers(frame_text), everything)

    def match(self, statement: Statement) -> tuple[float, int, int] | None:
        """How well the passage supports a statement, and the offsets to quote; None: it does not.

        The quote is the shortest run of units among those that hold most of the statement.
        """
        if statement.covered(self.everything) < SUPPORT:
            return None
        best: tuple[float, int, int, int] | None = None
        for first in range(len(self.units)):
            stems: set[str] = set()
            found: set[str] = set(self.frame_numbers)
            for last in range(first, len(self.units)):
                unit = self.units[last]
                start, end = self.units[first].span.start, unit.span.end
                if last > first and end - start > QUOTE_CHARACTERS:
                    break
                stems |= unit.stems
                found |= unit.numbers
                local = statement.covered(stems)
                if local < LOCAL_SUPPORT or not statement.required <= found:
                    continue
                if self._misreads_row(statement, first, last):
                    continue
                lead = self.units[first].lead_stems | unit.lead_stems
                covered = statement.covered(stems | self.frame | lead)
                if covered < SUPPORT or not self._agrees(statement, first, last):
                    continue
                candidate = (round(covered + local, 6), start - end, start, end)
                if best is None or candidate[:2] > best[:2]:
                    best = candidate
        return None if best is None else (best[0], best[2], best[3])

    def _misreads_row(self, statement: Statement, first: int, last: int) -> bool:
        """Whether a value of one row was put to the name of another."""
        for unit in self.units[first : last + 1]:
            if unit.span.kind is not UnitKind.ROW:
                continue
            names = {word for word in unit.stems - unit.lead_stems if not word.isdigit()}
            if names and names.isdisjoint(statement.weights):
                return True
            several = last > first and statement.required and unit.numbers
            if several and unit.numbers.isdisjoint(statement.required):
                return True
        return False

    def part(self, statement: Statement) -> QuotableUnit | None:
        """The unit that holds most of a statement."""
        best = max(self.units, key=lambda unit: statement.covered(unit.stems), default=None)
        return best if best is not None and statement.covered(best.stems) > 0 else None

    def _agrees(self, statement: Statement, first: int, last: int) -> bool:
        """Whether statement and quote deny the same things."""
        run = self.units[first : last + 1]
        said = " ".join(words(statement.sentence))
        if any(said in unit.words for unit in run):
            return True
        denied = frozenset[str]().union(*(unit.negated for unit in run))
        stems = frozenset[str]().union(*(unit.stems for unit in run))
        if _mostly(statement.negated, stems) and statement.negated.isdisjoint(denied):
            return False
        return not any(
            _mostly(unit.negated, statement.weights.keys())
            and unit.negated.isdisjoint(statement.negated)
            for unit in run
        )


def _mostly(about: frozenset[str], stems: Collection[str]) -> bool:
    """Whether at least half of what a negation is about is among these stems."""
    telling = [word for word in about if not word.isdigit()]
    return bool(telling) and 2 * sum(1 for word in telling if word in stems) >= len(telling)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in STOPWORDS)


def _negated_stems(text: str) -> frozenset[str]:
    found: set[str] = set()
    reach = 0
    for word in words(text):
        if word in NEGATIONS:
            reach = _NEGATION_REACH
        elif word not in STOPWORDS and reach:
            found.add(stem(word))
            reach -= 1
    return frozenset(found)
