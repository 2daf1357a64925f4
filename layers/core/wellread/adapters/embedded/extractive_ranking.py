"""How well each piece of the passages would answer a question."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from wellread.adapters.embedded.extractive_question import AnswerKind, Question, holds_quantity
from wellread.adapters.embedded.extractive_units import AnswerUnit
from wellread.domain.documents import Passage
from wellread.domain.words import STOPWORDS, content_words, stem
from wellread.ports import Comparison, Embedder, WordAware

EMBEDDED_UNITS = 40
"""So many units, those with the best words and ranks, are compared by meaning too."""

MEANING_WEIGHT, WORDS_WEIGHT, RANK_WEIGHT, CUE_WEIGHT, FOCUS_WEIGHT = 0.4, 0.3, 0.06, 0.06, 0.15
"""Shares of similarity, shared words, passage rank, answer type and focus in a unit's score."""

CLOSENESS_WEIGHT = 0.3
"""Share of how close its words are to those of the question that do not merely name the subject."""

UNQUANTIFIED_COST = 0.1
"""What a sentence loses that names no quantity where one is asked for."""

LEANING_COST = 0.04
"""What a sentence loses that begins with a word for something in the sentence before it."""

ANSWER_MEANING = 0.65
"""Where on the common scale of meaning the answer to a question usually is."""

REPEATING_COST = 0.08
"""What a sentence loses that the last answer held, where the question follows up on that."""

HEADING_SHARE, PASSAGE_SHARE = 0.8, 0.6
"""A question's word found only in the title or headings, or only elsewhere in the passage, counts
that much."""

_DATE_OR_TIME = re.compile(
    r"\d|\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|"
    r"june|july|august|september|october|november|december|day|week|month|year|immediately|after|"
    r"before)s?\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"^(?:an?\s+|the\s+)?(.{2,60}?)(?:\s+\(.{1,40}?\))?\s*"
    r"(?:,?\s+(?:(?:is|are|ist|sind)\s+(?:an?|the|any|one|all|defined|ein\w*|der|die|das)"
    r"|means?|refers? to|stands? for|denotes?|shall mean|bedeutet)\b|:|–|—)",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"^(?:this|that|these|those|it|they|he|she|such|otherwise|however|also|in this case|then|"
    r"therefore|another|dies|dieser?s?|sie|er|es|außerdem|allerdings|jedoch)\b",
    re.IGNORECASE,
)
_ALIKE = {
    stem(word): frozenset(map(stem, group.split()))
    for group in ("max maximum limit quota upper", "min minimum lower", "price cost fee charge")
    for word in group.split()
}
"""Words that questions and documents use for each other everywhere."""


class UnitRanking:
    """Ranks the pieces of passages by how well they would answer."""

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        """Compares question and pieces with this embedder, asked for when it is needed."""
        self._load = embedder
        self._scale: _Scale | None = None

    def rank(self, question: Question, units: Sequence[AnswerUnit], told: str) -> list[AnswerUnit]:
        """The most promising units with their scores, best first.

        Args:
            question: What is asked.
            units: All pieces.
            told: What the thread's last answer said, where the question follows up on it.
        """
        rarity = _rarity(question, units)
        scored = [replace(unit, coverage=_coverage(rarity, unit)) for unit in units]
        scored.sort(key=lambda u: (-(u.coverage + rank_score(u)), u.passages, u.start))
        scored = scored[:EMBEDDED_UNITS]
        if not scored:
            return []
        embedder, scale = self._load(), self._scaled()
        wanted = [question.text, *filter(None, (question.follow_up,))]
        compared = _compare(embedder, wanted, [unit.embedded for unit in scored])
        rated = []
        for position, unit in enumerate(scored):
            meanings = [scale.meaning(row[position].cosine) for row in compared]
            closeness = scale.closeness(rarity, unit, compared[0][position])
            score = (
                MEANING_WEIGHT * fmean(meanings)
                + WORDS_WEIGHT * unit.coverage
                + CLOSENESS_WEIGHT * closeness
                + RANK_WEIGHT * rank_score(unit)
                + CUE_WEIGHT * _cue(question, unit)
                + FOCUS_WEIGHT * _focus(question, unit)
                - (UNQUANTIFIED_COST if _lacks_quantity(question, unit) else 0.0)
                - (REPEATING_COST if told and unit.text in told else 0.0)
                - (LEANING_COST if _LEANING.match(unit.text) else 0.0)
            )
            rated.append(replace(unit, meaning=max(meanings), closeness=closeness, score=score))
        return sorted(rated, key=lambda u: (-u.score, u.passages, u.start))

    def nearness(self, passages: Sequence[Passage], ranked: Sequence[AnswerUnit]) -> float:
        """How close the closest passage is to the question; a unit, without a vector search."""
        cosines = [passage.cosine for passage in passages if passage.cosine is not None]
        if cosines:
            return self._scaled().meaning(max(cosines))
        return max((unit.meaning for unit in ranked), default=0.0)

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
        compared = _compare(
            embedder, [question for question, _ in _ANSWERED], [answer for _, answer in _ANSWERED]
        )
        related = [compared[n][n] for n in range(len(_ANSWERED))]
        others = [compared[n][(n + 1) % len(_ANSWERED)] for n in range(len(_ANSWERED))]
        meaning, unrelated = (fmean(c.cosine for c in row) for row in (related, others))
        close, far = (
            fmean([nearness for c in row for _, nearness in _content(c)] or [1.0])
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

    def closeness(self, rarity: dict[str, float], unit: AnswerUnit, compared: Comparison) -> float:
        """How close a unit's words are to the question's, those that name the subject left out.

        "How long does a Foo licence last?" is answered in a document about Foo: that its title
        says so tells nothing of whether this sentence is the answer. 0 as between unrelated texts,
        1 as between a question and its answer.
        """
        found = total = 0.0
        near = {stem(word.lower()): value for word, value in _content(compared)}
        for word, weight in rarity.items():
            if holds(unit.frame, word):
                continue
            value = near.get(word)
            if value is None:  # an embedder that compares no words, or cuts them otherwise
                value = 1.0 if holds(unit.shown, word) else 0.0
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
        [Comparison(_dot(asked, vector), ()) for vector in said]
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


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _rarity(question: Question, units: Sequence[AnswerUnit]) -> dict[str, float]:
    """The question's stems by how much they tell among these passages."""
    weights = {}
    for word, weight in question.stems.items():
        # A word of the title tells nothing among the passages of that document.
        holding = sum(1 for unit in units if holds(unit.shown | unit.frame, word))
        weights[word] = weight * math.log(1 + (len(units) + 1) / (holding + 0.5))
    return weights


def holds(stems: frozenset[str], word: str) -> bool:
    """Whether a word is among these stems, in any form."""
    if word in stems or not stems.isdisjoint(_ALIKE.get(word, ())):
        return True
    # Compounds: "Urlaubstage" holds "Urlaub".
    return len(word) >= 5 and any(other.startswith(word) for other in stems)


def _coverage(rarity: dict[str, float], unit: AnswerUnit) -> float:
    """The share of the question that a unit covers, by itself or through where it stands."""
    found = 0.0
    for word, weight in rarity.items():
        if holds(unit.shown, word):
            found += weight
        elif holds(unit.frame, word):
            found += HEADING_SHARE * weight
        elif holds(unit.surroundings, word):
            found += PASSAGE_SHARE * weight
    return found / (sum(rarity.values()) or 1.0)


def rank_score(unit: AnswerUnit) -> float:
    """How high its passage and its document were found; rows of one table share the latter."""
    return (1 / (1 + unit.passages[0] / 2) + 1 / (1 + unit.best_of_document / 2)) / 2


def _focus(question: Question, unit: AnswerUnit) -> float:
    """How exactly what a unit is about (a row's first cell) is what the question is about."""
    if unit.is_list:
        return 0.0
    about = [word for word in unit.about if not word.isdigit()]
    asked = {word for word in question.stems if not holds(unit.frame, word)} or set(question.stems)
    met = sum(1 for word in asked if holds(frozenset(about), word))
    # Each word of the question counts once: "datasets in a dataset group" is not "dataset groups".
    covered = len(question.stems.keys() & set(about))
    return (covered / len(about) + met / len(asked)) / 2 if about else 0.0


def defines(question: Question, unit: AnswerUnit) -> bool:
    """Whether a sentence says what the thing asked about is: "X is a ...", "“X” means ..."."""
    found = _DEFINITION.match(unit.introduction or unit.text)
    defined = content_words(found[1]) if found else []
    return bool(defined) and all(word in question.stems for word in defined)


def _lacks_quantity(question: Question, unit: AnswerUnit) -> bool:
    return question.wants_quantity and not holds_quantity(question, unit.text)


def _cue(question: Question, unit: AnswerUnit) -> float:
    """Whether a unit has the shape of the answer that is wanted: 1 has it, 0 has not."""
    if question.kind is AnswerKind.NUMBER:
        return float(any(c.isdigit() for c in unit.text))
    if question.kind is AnswerKind.LIST:
        return float(unit.is_list or unit.text.count(",") >= 2)
    if question.kind is AnswerKind.TIME:
        return float(_DATE_OR_TIME.search(unit.text) is not None)
    if question.kind is AnswerKind.DEFINITION:
        return float(defines(question, unit))
    return 0.0 if unit.is_list else 0.5
