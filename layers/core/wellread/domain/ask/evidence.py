"""Where in a passage stands what a sentence claims: what is quoted beside it.

Whether the passage supports the sentence is another matter, and a `Verifier`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wellread.domain.knowledge.documents import Passage
from wellread.domain.text.injection import speaks_to_the_model
from wellread.domain.text.plain import plain_unit
from wellread.domain.text.sentences import Span, UnitKind, split_sentences
from wellread.domain.text.words import STOPWORDS, content_words, negated, numbers, stem, words

QUOTE_CHARACTERS = 600
"""A quote that covers several sentences stays shorter than this, so that a person reads it."""

NEIGHBOUR_CHARACTERS = 1_500
"""So much of the text on either side of a chunk belongs to what a claim is checked against."""

_NAME_WEIGHT = 2.0
"""How much more a name (a capital amid the sentence) or a figure tells of a place."""

_NOT = "(not)"


def telling(sentence: str) -> dict[str, float]:
    """What of a sentence tells where it stands: stem or figure → how much it counts."""
    names = {
        stem(part)
        for name in re.findall(r"(?<=[^\s.!?:;] )[^\W\d_][\w-]*", sentence)
        if any(c.isupper() for c in name)
        for part in words(name)
    }
    weights = {
        word: _NAME_WEIGHT if word in names else 1.0
        for word in content_words(sentence)
        if not word.isdigit()
    }
    weights |= dict.fromkeys(numbers(sentence), _NAME_WEIGHT)
    # A denial tells two sentences of one passage apart, but is no place by itself.
    return weights | {_NOT: 0.5} if weights and negated(sentence) else weights


@dataclass(frozen=True, slots=True)
class Place:
    """Offsets in a chunk's text, and which of a sentence's telling words they hold."""

    start: int
    end: int
    held: frozenset[str]
    share: float


@dataclass(frozen=True, slots=True)
class _Unit:
    span: Span
    stems: frozenset[str]
    lead: frozenset[str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a passage says, prepared for finding sentences in it."""

    units: tuple[_Unit, ...]
    frame: frozenset[str]

    @classmethod
    def of(cls, passage: Passage) -> Evidence:
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
            lead_stems = frozenset() if speaks_to_the_model(lead) else _stems(lead)
            units.append(_Unit(span, _stems(read[position]) | numbers(raw), lead_stems))
        return cls(tuple(units), _stems(" ".join((chunk.title, *chunk.heading_path))))

    def place(self, weights: dict[str, float]) -> Place | None:
        """The shortest run of units among those that hold most of what tells.

        Where none holds anything (an answer in another language), it is the passage's beginning.
        None: there is nothing to quote.
        """
        best: tuple[tuple[float, float, int, int], frozenset[str]] | None = None
        for first in range(len(self.units)):
            stems = frozenset[str]()
            lead = self.frame
            for last in range(first, len(self.units)):
                start, end = self.units[first].span.start, self.units[last].span.end
                if last > first and end - start > QUOTE_CHARACTERS:
                    break
                stems |= self.units[last].stems & weights.keys()
                lead |= self.units[last].lead
                share = _share(weights, stems | (lead & weights.keys()))
                rank = (share, _share(weights, stems), start - end, -first)
                if stems and (best is None or rank > best[0]):
                    best = rank, stems
        if best is not None:
            (share, _, length, first), stems = best
            start = self.units[-first].span.start
            return Place(start, start - length, stems, share)
        if not self.units:
            return None
        start = self.units[0].span.start
        ends = [u.span.end for u in self.units if u.span.end - start <= QUOTE_CHARACTERS]
        return Place(start, max(ends, default=self.units[0].span.end), frozenset(), 0.0)


def surroundings(text: str, start: int, end: int) -> tuple[int, int]:
    """Offsets of a chunk with the text around it, from where a paragraph begins to where one ends.

    Args:
        text: The whole text.
        start: Where the chunk begins.
        end: Where it ends.
    """
    low = max(start - NEIGHBOUR_CHARACTERS, 0)
    high = min(end + NEIGHBOUR_CHARACTERS, len(text))
    if low > 0:
        found = next((at for b in ("\n\n", "\n") if (at := text.find(b, low, start)) >= 0), start)
        low = found
    if high < len(text):
        found = next((at for b in ("\n\n", "\n") if (at := text.rfind(b, end, high)) >= 0), end)
        high = found
    return low, high


def without_commands(text: str) -> str:
    """The text without sentences addressed to the model: they support nothing."""
    if not speaks_to_the_model(text):
        return text
    kept, position = [], 0
    for span in split_sentences(text):
        if speaks_to_the_model(text[span.start : span.end]):
            kept.append(text[position : span.start])
            position = span.end
    return "".join((*kept, text[position:]))


def _share(weights: dict[str, float], held: frozenset[str]) -> float:
    return round(sum(weights[word] for word in held) / sum(weights.values()), 6) if held else 0.0


def _stems(text: str) -> frozenset[str]:
    stems = {stem(word) for word in words(text) if word not in STOPWORDS and not word.isdigit()}
    return frozenset(stems) | numbers(text) | (frozenset({_NOT}) if negated(text) else frozenset())
