"""Answers in the documents' own words: quotes under where they stand, no language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wellread.domain.answers import NOT_FOUND, Answer, Citation, Declined, DeclineReason, Outcome
from wellread.domain.ask.asked import AskedFor, holds
from wellread.domain.ask.quotable import NOT, candidates, stems_of, telling
from wellread.domain.ask.quotes import Quote, place_of, quote_of, shown
from wellread.domain.ask.wording import Wording
from wellread.domain.prompting import Prompt
from wellread.ports import Embedder, RevisionStore
from wellread.services.ask.likeness import Likeness, Ranked, Signs, confidence
from wellread.services.ask.sources import Sources

ENOUGH, NAMED_ENOUGH = 0.5, 0.1
"""Less sure than that is a decline; the lower bar is for what names the identifier asked about."""

MAX_QUOTES = 3
MAX_WORDS = 60
"""All quotes together are at most so long, the first one apart."""

COMPANION, NEXT_COMPANION = 0.8, 0.7
"""A further quote must score that share of the best one; the sentence that goes on with it less."""

DUPLICATE = 0.7
"""Two quotes that share so much of their words, and all figures, say the same."""

JUDGE = "Whether these documents disagree is yours to judge."
"""Stands below quotes of several documents that say nearly the same; it concludes nothing."""

NAME = "extractive"
"""Who answers, as replies and reports name it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What quoting made of a prompt.

    Attributes:
        ranked: What could be quoted, best first.
        signs: What its confidence rests on; None where nothing can be quoted.
    """

    asked: AskedFor
    ranked: Sequence[Ranked]
    signs: Signs | None

    @property
    def confidence(self) -> float:
        """How sure it is, between 0 and 1, that the best one answers."""
        return 0.0 if self.signs is None else confidence(self.signs)

    @property
    def answers(self) -> bool:
        """Whether it is sure enough to quote the best one."""
        return self.confidence >= (NAMED_ENOUGH if self.asked.identifiers else ENOUGH)


class Quoting:
    """Quotes what answers a question, or declines. It knows how sure it is."""

    def __init__(self, embedder: Callable[[], Embedder], revisions: RevisionStore) -> None:
        """Compare with this embedder, asked for when it is needed; quote these texts."""
        self._likeness = Likeness(embedder)
        self._revisions = revisions

    @property
    def name(self) -> str:
        """Who answers."""
        return NAME

    def read(self, prompt: Prompt) -> Reading:
        """What could be quoted of a prompt's passages, ranked."""
        return self._read(prompt, Sources(self._revisions))

    def answer(self, prompt: Prompt) -> Outcome:
        """One to three quotes, or a decline.

        Raises:
            TransientError: A text or the embedder cannot be reached now.
        """
        sources = Sources(self._revisions)
        reading = self._read(prompt, sources)
        if not reading.ranked or not reading.answers:
            return Declined(
                NOT_FOUND, DeclineReason.NOT_IN_DOCUMENTS, NAME, confidence=reading.confidence
            )
        quotes = _chosen(reading)
        citations = tuple(
            sources.citation(quote.region.passage, quote.start, quote.end) for quote in quotes
        )
        return Answer(_text(quotes, citations), citations, NAME, confidence=reading.confidence)

    def _read(self, prompt: Prompt, sources: Sources) -> Reading:
        texts = [f"{each.chunk.embedded_text}\n{each.document}" for each in prompt.passages]
        standalone, question = (
            Wording.of(text, texts).question for text in (prompt.standalone, prompt.question)
        )
        asked = AskedFor.of(standalone, question)
        if not prompt.passages or not asked.weights:
            return Reading(asked, (), None)
        ranked = self._likeness.rank(asked, candidates(prompt.passages, sources.parsed))
        return Reading(asked, ranked, self._likeness.signs(ranked) if ranked else None)


def _chosen(reading: Reading) -> list[Quote]:
    """The best quote, what goes on with it, and others that say as much of what is asked."""
    best, *rest = reading.ranked
    asked = reading.asked
    met = [word for word in asked.weights if asked.names_in(best.candidate, word)]
    quotes, kept = [_quote(asked, best)], [best]
    room = MAX_WORDS - quotes[0].words
    for each in rest:
        lacks = [word for word in met if not asked.names_in(each.candidate, word)]
        place, quote = _grown(quotes, _quote(asked, each))
        if place is None:
            enough = each.score() >= COMPANION * best.score() and (
                not lacks or _adds(asked, each, best)
            )
        else:
            # One that shares most of the words and lacks one speaks of another thing of the kind.
            rival = lacks and 2 * len(lacks) <= len(met)
            enough = each.score() >= NEXT_COMPANION * best.score() and not rival
        if not enough or any(_same(each, other) for other in kept):
            continue
        cost = quote.words - (0 if place is None else quotes[place].words)
        if cost > room or (place is None and len(quotes) == MAX_QUOTES):
            continue
        if place is None:
            quotes.append(quote)
        else:
            quotes[place] = quote
        kept.append(each)
        room -= cost
    return quotes


def _quote(asked: AskedFor, each: Ranked) -> Quote:
    """A candidate's quote; of an item that is asked for no more than the others, the whole list."""
    own = telling(each.candidate)
    named = asked.identifiers or any(holds(own, word) for word in asked.weights)
    return quote_of(each.candidate, whole=not named)


def _grown(quotes: Sequence[Quote], new: Quote) -> tuple[int | None, Quote]:
    """A quote, joined with the one that it goes on with, if there is such a one."""
    for place, quote in enumerate(quotes):
        if quote.touches(new):
            return place, quote.joined(new)
    return None, new


def _adds(asked: AskedFor, each: Ranked, best: Ranked) -> bool:
    """Whether a candidate of the best one's document says what that one leaves open."""
    one, other = each.candidate, best.candidate
    if one.region.passage.document != other.region.passage.document:
        return False
    return any(holds(one.own, word) and not asked.names_in(other, word) for word in asked.weights)


def _same(one: Ranked, other: Ranked) -> bool:
    a, b = one.candidate.own, other.candidate.own
    return not _figures(a ^ b) and _alike(a, b)


def _alike(a: frozenset[str], b: frozenset[str]) -> bool:
    return len(a & b) >= DUPLICATE * max(1, min(len(a), len(b)))


def _figures(stems: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in stems if any(c.isdigit() for c in word))


def _text(quotes: Sequence[Quote], citations: Sequence[Citation]) -> str:
    """The quotes under where they stand; those of several documents with their dates."""
    several = len({citation.document for citation in citations}) > 1
    parts: list[str] = []
    place = ""
    for number, (quote, citation) in enumerate(zip(quotes, citations, strict=True), start=1):
        stands = place_of(quote, citation.dated if several else "")
        said = shown(quote, number)
        parts.append(said if stands == place else f"{stands}\n{said}")
        place = stands
    if several and _of_one_mould(quotes):
        parts.append(JUDGE)
    return "\n\n".join(parts)


def _of_one_mould(quotes: Sequence[Quote]) -> bool:
    """Whether two documents say the same but for figures or a "not"."""
    said = [(quote.region.passage.document, stems_of(quote.text)) for quote in quotes]
    return any(
        one != other and _alike(a - _figures(a) - {NOT}, b - _figures(b) - {NOT}) and a != b
        for place, (one, a) in enumerate(said)
        for other, b in said[:place]
    )
