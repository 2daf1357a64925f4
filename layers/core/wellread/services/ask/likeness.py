"""How well each candidate would answer, and how sure that is, by graded signs alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from statistics import fmean

from wellread.domain.ask.asked import AskedFor, covered, holds
from wellread.domain.ask.quotable import Candidate
from wellread.domain.words import STOPWORDS, stem
from wellread.ports import Comparison, Embedder, WordAware

EMBEDDED = 40
"""So many candidates, those with the best words and ranks, are compared by meaning too."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What each sign counts in a candidate's score: see `Ranked`; rank is its passage's."""

    meaning: float = 0.4
    coverage: float = 0.3
    closeness: float = 0.3
    rank: float = 0.06


SHARES = Shares()
"""`python -m benchmarks.quoting` prints what each of them gains."""

ANSWER_MEANING = 0.65
"""Where on the common scale of meaning the answer to a question usually is."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with what speaks for it; the signs are on scales that embedders share.

    Attributes:
        coverage: The share of the question that it and the place where it stands hold.
        meaning: How close it is to the question, and to what of the question does not merely name
            the document: 0 for unrelated texts, see `ANSWER_MEANING`.
        closeness: How close its words are to those of the question, word by word.
    """

    candidate: Candidate
    coverage: float
    meaning: float = 0.0
    closeness: float = 0.0

    def score(self, shares: Shares = SHARES) -> float:
        """What it is ranked by."""
        return (
            shares.meaning * self.meaning
            + shares.coverage * self.coverage
            + shares.closeness * self.closeness
            + shares.rank / (1 + self.candidate.region.rank / 2)
        )


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells an answer from what merely looks like one.

    Neither words nor meaning tell by themselves: a paraphrase shares no words, and among documents
    about one subject everything is close to every question. So none decides alone, and none is
    taken as it comes: words count by how much they tell among what was found, and those that merely
    name the subject say nothing of whether a sentence answers.

    Attributes:
        nearness: Of the question and the best passage, on the scale of `meaning`.
        meaning: Of the best candidate, as are `coverage` and `closeness`.
        closest: The greatest closeness of all candidates.
    """

    nearness: float
    meaning: float
    coverage: float
    closeness: float
    closest: float


WEIGHTS = Signs(nearness=5.3, meaning=4.3, coverage=1.2, closeness=2.1, closest=2.3)
BIAS = -9.7
"""Of a logistic regression over five sets at once, each set and both kinds of question counting the
same. Strongly regularised, because what is asked for is what the sets have in common.
`python -m benchmarks.quoting` fits them again, and leaves each sign and each set out in turn."""


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
        first = sorted(
            (Ranked(each, covered(asked, rarity, each)) for each in asked.about(found)),
            key=lambda r: (-r.score(), r.candidate.region.rank, r.candidate.first),
        )[:EMBEDDED]
        if not first:
            return []
        scale = self._scaled()
        nearest = min((r.candidate.region for r in first), key=lambda region: region.rank)
        # The document's name in a question is close to every text in it, so the rest counts too;
        # and of a follow-up what is new.
        wanted = [asked.text, *filter(None, (asked.rest(nearest.frame), asked.follow_up))]
        compared = _compare(self._load(), wanted, [r.candidate.compared for r in first])
        rated = [
            Ranked(
                each.candidate,
                each.coverage,
                fmean(scale.meaning(row[place].cosine) for row in compared),
                scale.closeness(asked, rarity, each.candidate, compared[0][place]),
            )
            for place, each in enumerate(first)
        ]
        return sorted(rated, key=lambda r: (-r.score(), r.candidate.region.rank, r.candidate.first))

    def signs(self, ranked: Sequence[Ranked]) -> Signs:
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
        )

    def _scaled(self) -> _Scale:
        if self._scale is None:
            self._scale = _Scale.of(self._load())
        return self._scale


@dataclass(frozen=True, slots=True)
class _Scale:
    """What an embedder's numbers mean.

    Some embedders give unrelated texts a cosine of 0.0 and an answer to a question 0.6, some 0.7
    and 0.85, and words likewise: what this one gives is measured once.
    """

    unrelated: float
    stretch: float
    unrelated_words: float
    stretch_words: float

    @classmethod
    def of(cls, embedder: Embedder) -> _Scale:
        compared = _compare(embedder, [q for q, _ in _ANSWERED], [a for _, a in _ANSWERED])
        related = [compared[n][n] for n in range(len(_ANSWERED))]
        others = [compared[n][(n + 1) % len(_ANSWERED)] for n in range(len(_ANSWERED))]
        meaning, unrelated = (fmean(c.cosine for c in row) for row in (related, others))
        close, far = (
            fmean([near for c in row for _, near in _content(c)] or [1.0])
            for row in (related, others)
        )
        return cls(
            unrelated,
            ANSWER_MEANING / max(meaning - unrelated, 0.05),
            far,
            1.0 / max(close - far, 0.05),
        )

    def meaning(self, cosine: float) -> float:
        """A cosine on the common scale: 0 for unrelated texts, see `ANSWER_MEANING`."""
        return (cosine - self.unrelated) * self.stretch

    def closeness(
        self,
        asked: AskedFor,
        rarity: Mapping[str, float],
        candidate: Candidate,
        compared: Comparison,
    ) -> float:
        """How close a text's words are to the question's, those that name the subject left out.

        "How long does a Foo licence last?" is answered in a document about Foo: that its title
        says so tells nothing of whether this sentence is the answer. 0 as between unrelated texts,
        1 as between a question and its answer.
        """
        found = total = 0.0
        near = {stem(word.lower()): value for word, value in _content(compared)}
        for word, weight in rarity.items():
            if holds(candidate.region.frame, word) or word in asked.identifiers:
                continue
            value = near.get(word)
            if value is None:  # an embedder that compares no words, or cuts them otherwise
                value = 1.0 if holds(candidate.own, word) else 0.0
            else:
                value = (value - self.unrelated_words) * self.stretch_words
            found += weight * value
            total += weight
        return found / total if total else 1.0


def _content(compared: Comparison) -> list[tuple[str, float]]:
    return [(word, value) for word, value in compared.words if word.lower() not in STOPWORDS]


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
