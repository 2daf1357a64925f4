"""How well each place would answer a question, and how sure that is, by graded signs alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from statistics import fmean

from wellread.domain.ask.quoting.quotable import Candidate
from wellread.domain.ask.searching.asked_for import AskedFor, holds
from wellread.domain.text.words import STOPWORDS, stem
from wellread.ports.models import Comparison, Embedder, WordAware

COMPARED = 40
"""So many candidates, those with the best words and ranks, are compared by meaning too."""

ANSWER_MEANING = 0.65
"""Where on the common scale of meaning the answer to a question usually is."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What each sign counts in the score of a `Ranked`; rank is its passage's."""

    meaning: float = 0.4
    coverage: float = 0.3
    closeness: float = 0.3
    exactness: float = 0.1
    rank: float = 0.06


SHARES = Shares()
"""`python -m benchmarks.quoting` prints what each of them gains."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with what speaks for it; the signs are on scales that embedders share.

    Attributes:
        coverage: The share of the question that it and the place where it stands hold.
        meaning: How close it is to the question, and to what of the question does not merely name
            the document: 0 for unrelated texts, see `ANSWER_MEANING`.
        closeness: How close its words are to the question's, word by word, those left out that
            its title or headings hold: they tell nothing of whether this sentence is the answer.
        exactness: The share of its own words that are asked for.
    """

    candidate: Candidate
    coverage: float
    exactness: float
    meaning: float = 0.0
    closeness: float = 0.0

    def score(self, shares: Shares = SHARES) -> float:
        """What it is ranked by."""
        return (
            shares.meaning * self.meaning
            + shares.coverage * self.coverage
            + shares.closeness * self.closeness
            + shares.exactness * self.exactness
            + shares.rank / (1 + self.candidate.region.rank / 2)
        )


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells an answer from what merely looks like one; no sign decides alone.

    Attributes:
        nearness: Of the question and the best passage, on the scale of `meaning`.
        meaning, coverage, closeness: Of the best candidate.
        closest: The greatest closeness of all candidates.
        words: Of the question: a long one is never covered whole.
    """

    nearness: float
    meaning: float
    coverage: float
    closeness: float
    closest: float
    words: float


WEIGHTS = Signs(nearness=4.25, meaning=3.8, coverage=1.5, closeness=2.1, closest=2.05, words=0.18)
BIAS = -9.1
"""Of a logistic regression over five sets at once (docs/evaluating.md), strongly regularised, each
set and both kinds of question counting the same. The bias is 0.4 above the fitted one: a wrong
decline is worse than a quote that is seen to be beside the point. `python -m benchmarks.quoting`
fits them again, and leaves each sign and each set out in turn."""


def confidence(signs: Signs) -> float:
    """How sure it is, between 0 and 1, that a question is answered."""
    logit = BIAS + sum(w * x for w, x in zip(astuple(WEIGHTS), astuple(signs), strict=True))
    return 1 / (1 + math.exp(-logit))


class Likeness:
    """Ranks candidates with an embedder."""

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        """Compare with this embedder, asked for when it is needed."""
        self._load = embedder
        self._scale: _Scale | None = None

    def rank(self, asked: AskedFor, found: Sequence[Candidate]) -> list[Ranked]:
        """The most promising of those that speak of what the question names, best first."""
        rarity = asked.rarity(found)
        first = _sorted(
            Ranked(each, asked.covered(rarity, each), asked.met_by(each))
            for each in asked.about(found)
        )[:COMPARED]
        if not first:
            return []
        nearest = min((r.candidate.region for r in first), key=lambda region: region.rank)
        # The document's name in a question is close to every text in it, so the rest counts too;
        # and of a follow-up what is new.
        wanted = [asked.text, *filter(None, (asked.rest(nearest.frame), asked.follow_up))]
        scale = self._scaled()
        compared = _compare(self._load(), wanted, [r.candidate.compared for r in first])
        return _sorted(
            Ranked(
                each.candidate,
                each.coverage,
                each.exactness,
                fmean(scale.meaning(row[place].cosine) for row in compared),
                scale.closeness(asked, rarity, each.candidate, compared[0][place]),
            )
            for place, each in enumerate(first)
        )

    def signs(self, asked: AskedFor, ranked: Sequence[Ranked]) -> Signs:
        """The signs in what was ranked; at least one."""
        best = ranked[0]
        cosines = [r.candidate.region.passage.cosine for r in ranked]
        known = [cosine for cosine in cosines if cosine is not None]
        return Signs(
            nearness=self._scaled().meaning(max(known)) if known else best.meaning,
            meaning=best.meaning,
            coverage=best.coverage,
            closeness=best.closeness,
            closest=max(each.closeness for each in ranked),
            words=len(asked.weights),
        )

    def _scaled(self) -> _Scale:
        if self._scale is None:
            self._scale = _Scale.of(self._load())
        return self._scale


def _sorted(ranked: Iterable[Ranked]) -> list[Ranked]:
    return sorted(ranked, key=lambda r: (-r.score(), r.candidate.region.rank, r.candidate.first))


@dataclass(frozen=True, slots=True)
class _Scale:
    """What an embedder's numbers mean, measured once.

    Some give unrelated texts a cosine of 0.0 and an answer to a question 0.6, some 0.7 and 0.85,
    and words likewise.
    """

    unrelated: float
    stretch: float
    unrelated_words: float
    stretch_words: float

    @classmethod
    def of(cls, embedder: Embedder) -> _Scale:
        compared = _compare(embedder, [q for q, _ in _ANSWERED], [a for _, a in _ANSWERED])
        count = range(len(_ANSWERED))
        pairs = [[compared[n][(n + by) % len(count)] for n in count] for by in (0, 1)]
        meaning, unrelated = (fmean(c.cosine for c in row) for row in pairs)
        near = ([value for c in row for value in _near(c).values()] for row in pairs)
        close, far = (fmean(values or [1.0]) for values in near)
        stretch = ANSWER_MEANING / max(meaning - unrelated, 0.05)
        return cls(unrelated, stretch, far, 1.0 / max(close - far, 0.05))

    def meaning(self, cosine: float) -> float:
        return (cosine - self.unrelated) * self.stretch

    def closeness(
        self, asked: AskedFor, rarity: Mapping[str, float], candidate: Candidate, found: Comparison
    ) -> float:
        near, total, weight_of_all = _near(found), 0.0, 0.0
        for word, weight in rarity.items():
            if word in asked.identifiers or holds(candidate.region.frame, word):
                continue
            if word in near:
                value = (near[word] - self.unrelated_words) * self.stretch_words
            else:  # an embedder that compares no words, or cuts them otherwise
                value = float(holds(candidate.own, word))
            total += weight * value
            weight_of_all += weight
        return total / weight_of_all if weight_of_all else 1.0


def _near(found: Comparison) -> dict[str, float]:
    """How close the closest word of the text is to each content stem of the question."""
    return {stem(w.lower()): value for w, value in found.words if w.lower() not in STOPWORDS}


def _compare(
    embedder: Embedder, questions: Sequence[str], texts: Sequence[str]
) -> Sequence[Sequence[Comparison]]:
    if isinstance(embedder, WordAware):
        return embedder.compare(questions, texts)
    said = embedder.embed_documents(texts)
    return [
        [Comparison(sum(a * b for a, b in zip(asked, vector, strict=True)), ()) for vector in said]
        for asked in map(embedder.embed_question, questions)
    ]


_ANSWERED = (
    ("How long does water take to boil?", "A litre of water boils after about four minutes."),
    ("When does the library open?", "The library is open from nine on weekdays."),
    ("Which bus goes to the airport?", "Take line 12 from the station to the airport terminal."),
    ("What is the largest planet?", "Jupiter is bigger than every other planet."),
    ("How do I prune an apple tree?", "Cut back the branches of an apple tree in late winter."),
    ("Who pays the deposit?", "The tenant hands over the deposit before moving in."),
)
"""Questions with their answers; each is unrelated to the next one's."""
