"""Answers in the documents' own words: quotes under where they stand, no language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wellread.domain.ask.answers import (
    NOT_FOUND,
    Answer,
    Citation,
    Declined,
    DeclineReason,
    Outcome,
)
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.quoting.quotable import NOT, candidates, stems_of
from wellread.domain.ask.quoting.quotes import Quote, place_of, quote_of, shown
from wellread.domain.ask.searching.asked_for import AskedFor, holds
from wellread.domain.ask.searching.wording import Wording, cut
from wellread.ports.ingest import RevisionStore
from wellread.ports.models import Embedder
from wellread.services.ask.likeness import Likeness, Ranked, Signs, confidence
from wellread.services.ask.sources import Sources

ENOUGH = 0.5
"""Less sure than that is a decline."""

COVERED, CLOSE = 0.9, 0.75
"""What holds so much of the question, in words so close to its own, is quoted in any case: the
meanings of short sentences, and of other languages, are far apart for an embedder."""

NAMED_ENOUGH = 0.5
"""What names the identifiers asked about need only cover so much of the question: a number means
nothing to an embedder."""

MAX_QUOTES = 3
MAX_WORDS = 100
"""All quotes together are at most so long, the first one apart."""

COMPANION = 0.6
"""A further quote must score that share of the best one."""

DUPLICATE = 0.7
"""Two quotes that share so much of their words, and all figures, say the same."""

JUDGE = "Whether these documents disagree is yours to judge."
"""Stands below quotes of several documents that say nearly the same; it concludes nothing."""

NAME = "extractive"
"""Who answers, as replies and reports name it."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What could be quoted of a prompt's passages, best first, and the signs in it, if any."""

    asked: AskedFor
    ranked: Sequence[Ranked]
    signs: Signs | None

    @property
    def confidence(self) -> float:
        """How sure it is, between 0 and 1, that the best one answers."""
        return 0.0 if self.signs is None else confidence(self.signs)

    @property
    def answers(self) -> bool:
        """Whether that is sure enough to quote it."""
        if self.signs is None:
            return False
        best = self.signs
        named = bool(self.asked.identifiers) and best.coverage >= NAMED_ENOUGH
        said = best.coverage >= COVERED and best.closeness >= CLOSE
        return named or said or self.confidence >= ENOUGH


class Quoting:
    """Quotes what answers a question, or declines. It knows how sure it is."""

    def __init__(self, embedder: Callable[[], Embedder], revisions: RevisionStore) -> None:
        """Compare with this embedder, asked for when it is needed; quote these texts."""
        self._likeness = Likeness(embedder)
        self._revisions = revisions

    def read(self, prompt: Prompt, sources: Sources | None = None) -> Ranking:
        """What could be quoted of a prompt's passages."""
        parsed = (sources or Sources(self._revisions)).parsed
        texts = [cut(each.searched_text) for each in prompt.passages]
        spelled = {
            text: Wording.among(text, texts).question
            for text in {prompt.standalone, prompt.question}
        }
        asked = AskedFor.of(spelled[prompt.standalone], spelled[prompt.question])
        found = candidates(prompt.passages, parsed) if asked.weights else []
        ranked = self._likeness.rank(asked, found)
        return Ranking(asked, ranked, self._likeness.signs(asked, ranked) if ranked else None)

    def answer(self, prompt: Prompt) -> Outcome:
        """One to three quotes, or a decline.

        Raises:
            TransientError: A text or the embedder cannot be reached now.
        """
        sources = Sources(self._revisions)
        ranking = self.read(prompt, sources)
        sure = ranking.confidence
        if not ranking.answers:
            return Declined(NOT_FOUND, DeclineReason.NOT_IN_DOCUMENTS, NAME, confidence=sure)
        quotes = _chosen(ranking)
        citations = tuple(sources.citation(q.region.passage, q.start, q.end) for q in quotes)
        return Answer(_text(quotes, citations), citations, NAME, confidence=sure)


def _chosen(ranking: Ranking) -> list[Quote]:
    """The best quote, what goes on with it, and others that say as much of what is asked."""
    asked, (best, *rest) = ranking.asked, ranking.ranked
    met = [word for word in asked.weights if asked.holds(best.candidate, word)]
    quotes, kept = [_quote(asked, best)], [best]
    room = MAX_WORDS - len(quotes[0].text.split())
    for each in rest:
        if each.score() < COMPANION * best.score() or any(_same(each, k) for k in kept):
            continue
        lacks = [word for word in met if not asked.holds(each.candidate, word)]
        new = _quote(asked, each)
        place, quote = next(
            ((n, grown) for n, old in enumerate(quotes) if (grown := old.joined(new))),
            (len(quotes), new),
        )
        if place < len(quotes):
            explains = each.candidate.region.spans[each.candidate.last].following
            wanted = not lacks or (explains and not _rivals(met, each, best))
            cost = -len(quotes[place].text.split())
        else:
            wanted, cost = not lacks or _adds(asked, each, best), 0
        cost += len(quote.text.split())
        if wanted and cost <= room and place < MAX_QUOTES:
            quotes[place:] = [quote, *quotes[place + 1 :]]
            kept.append(each)
            room -= cost
    return quotes


def _quote(asked: AskedFor, each: Ranked) -> Quote:
    """A candidate's quote; of an item that is asked for no more than the others, the whole list."""
    own = each.candidate.telling
    named = asked.identifiers or any(holds(own, word) for word in asked.weights)
    return quote_of(each.candidate, whole=not named)


def _adds(asked: AskedFor, each: Ranked, best: Ranked) -> bool:
    """Whether a candidate of the best one's document says what that one leaves open."""
    one, other = each.candidate, best.candidate
    same = one.region.passage.document == other.region.passage.document
    return same and any(asked.holds(one, w) and not asked.holds(other, w) for w in asked.weights)


def _rivals(met: Sequence[str], each: Ranked, best: Ranked) -> bool:
    """Whether a sentence says of another thing of the kind what the best one says of the asked."""
    mine = [word for word in met if holds(best.candidate.own, word)]
    shared = [word for word in mine if holds(each.candidate.own, word)]
    return len(mine) > len(shared) and 2 * len(shared) >= len(mine)


def _same(one: Ranked, other: Ranked) -> bool:
    if one.candidate.region is other.candidate.region:
        said, told = one.candidate.text, other.candidate.text
        return said in told or told in said
    a, b = one.candidate.own, other.candidate.own
    return not _figures(a ^ b) and NOT not in a ^ b and _alike(a, b)


def _alike(a: frozenset[str], b: frozenset[str]) -> bool:
    return len(a & b) >= DUPLICATE * max(1, min(len(a), len(b)))


def _figures(stems: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in stems if any(c.isdigit() for c in word))


def _text(quotes: Sequence[Quote], citations: Sequence[Citation]) -> str:
    """The quotes under where they stand; those of several documents with their dates."""
    several = len({citation.document for citation in citations}) > 1
    parts: list[str] = []
    before = ""
    for number, (quote, citation) in enumerate(zip(quotes, citations, strict=True), start=1):
        place = place_of(quote, citation.dated if several else "")
        above = "" if place == before else f"{place}\n"
        parts.append(f"{above}{shown(quote, number)}")
        before = place
    said = [(c.document, stems_of(q.text)) for c, q in zip(citations, quotes, strict=True)]
    if any(
        one != other and a != b and _alike(a - _figures(a) - {NOT}, b - _figures(b) - {NOT})
        for place_, (one, a) in enumerate(said)
        for other, b in said[:place_]
    ):
        parts.append(JUDGE)
    return "\n\n".join(parts)
