"""Answers in the documents' own words: no language model, nothing invented."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from statistics import fmean, median

from wellread.adapters.embedded.extractive_question import AnswerKind, Question, holds_quantity
from wellread.adapters.embedded.extractive_units import AnswerUnit, answer_units
from wellread.domain.prompting import Prompt
from wellread.domain.words import NEGATIONS, content_words, stem, words
from wellread.ports import Embedder

MAX_SENTENCES = 3
MAX_WORDS = 60
"""An answer is at most so long, its first sentence apart."""

EMBEDDED_UNITS = 40
"""So many units, those with the best words and ranks, are compared by meaning too."""

MEANING_WEIGHT, WORDS_WEIGHT, RANK_WEIGHT, CUE_WEIGHT, FOCUS_WEIGHT = 0.4, 0.4, 0.06, 0.06, 0.15
"""Shares of similarity, shared words, passage rank, answer type and focus in a unit's score."""

LEANING_COST = 0.04
"""What a sentence loses that begins with a word for something in the sentence before it."""

ANSWER_MEANING = 0.65
"""Where on the common scale of meaning the answer to a question usually is."""

REPEATING_COST = 0.08
"""What a sentence loses that the last answer held, where the question follows up on that."""

HEADING_SHARE, PASSAGE_SHARE = 0.8, 0.4
"""A question's word found only in the title or headings, or only elsewhere in the passage, counts
that much."""

COVERAGE_SUPPORT, MARGIN_SUPPORT = 0.3, 0.5
"""What covered words and standing out add to the meaning of the best unit."""

MISSING_NAME, MISSING_QUANTITY = 0.1, 0.12
"""What a missing name takes away, and a missing quantity where one is asked for."""

ENOUGH_SUPPORT = 0.67
"""Less support than that is a decline.

Set with the shares above on two sets at once, so that each answers and declines more than
four in five: a large one of technical pages, whose unanswerable questions are near misses, and a
small one of office rules, whose questions share few words with the answers.
"""

ENOUGH_TO_COMPARE, TYPICAL_MEANING = 8, 0.25
"""Among fewer units nothing stands out: what else was found is taken to be at most so close."""

COMPANION, VERDICT_COMPANION = 0.8, 0.95
"""A further sentence must score that share of the best one; a yes or no hardly needs one."""

COMPANION_MEANING = 0.85
"""A further sentence must be that close to the question, as a share of the best one's closeness."""

DUPLICATE = 0.7
"""Two sentences that share so much of their words say the same."""


_DATE_OR_TIME = re.compile(
    r"\d|\b(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|"
    r"june|july|august|september|october|november|december|day|week|month|year|immediately|after|"
    r"before)s?\b",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"^(?:this|that|these|those|it|they|he|she|such|otherwise|however|also|in this case|then|"
    r"therefore|another|dies|dieser?s?|sie|er|es|außerdem|allerdings|jedoch)\b",
    re.IGNORECASE,
)
_SAID_VERDICT = re.compile(r"^(?:yes|no|ja|nein)\s*[,.:;–—-]\s*(?=\S)", re.IGNORECASE)
_ALIKE = {
    stem(word): frozenset(map(stem, group.split()))
    for group in ("max maximum limit quota upper", "min minimum lower", "price cost fee charge")
    for word in group.split()
}
"""Words that questions and documents use for each other everywhere."""


class ExtractiveGenerator:
    """Picks the sentences that answer a question, or none."""

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        """Compares question and sentences with this embedder, asked for when it is needed."""
        self._load = embedder
        self._scale: tuple[float, float] | None = None

    @property
    def _embedder(self) -> Embedder:
        return self._load()

    @property
    def name(self) -> str:
        """Who speaks."""
        return "extractive"

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """Sentences of the passages, each with its marker; nothing where none answers."""
        question = Question.of(prompt.standalone, prompt.question)
        if not prompt.passages or not question.stems:
            return
        told = _sentences_told(prompt) if question.follow_up else ""
        ranked = self._ranked(question, answer_units(prompt.passages), told)
        if not ranked or not _answers(question, ranked):
            return
        for unit in _joined(_chosen(question, ranked)):
            verdict = _verdict(question, unit) if unit.score == ranked[0].score else ""
            markers = "".join(f"[{number + 1}]" for number in unit.passages)
            # A document that says "No, only dogs are allowed" needs no second "No".
            sentence = _SAID_VERDICT.sub("", unit.sentence) if verdict else unit.sentence
            yield f"{verdict}{sentence} {markers} "

    def _ranked(
        self, question: Question, units: Sequence[AnswerUnit], told: str
    ) -> list[AnswerUnit]:
        rarity = _rarity(question, units)
        scored = [replace(unit, coverage=_coverage(rarity, unit)) for unit in units]
        scored.sort(key=lambda u: (-(u.coverage + _rank_score(u)), u.passages, u.start))
        scored = scored[:EMBEDDED_UNITS]
        if not scored:
            return []
        wanted = [self._embedder.embed_question(question.text)]
        if question.follow_up:
            wanted.append(self._embedder.embed_question(question.follow_up))
        meanings = self._embedder.embed_documents([unit.embedded for unit in scored])
        rated = []
        for unit, vector in zip(scored, meanings, strict=True):
            closeness = [self._calibrated(_dot(asked, vector)) for asked in wanted]
            score = (
                MEANING_WEIGHT * fmean(closeness)
                + WORDS_WEIGHT * unit.coverage
                + RANK_WEIGHT * _rank_score(unit)
                + CUE_WEIGHT * _cue(question, unit)
                + FOCUS_WEIGHT * _focus(question, unit)
                - (REPEATING_COST if told and unit.text in told else 0.0)
                - (LEANING_COST if _LEANING.match(unit.text) else 0.0)
            )
            rated.append(replace(unit, meaning=max(closeness), score=score))
        return sorted(rated, key=lambda u: (-u.score, u.passages, u.start))

    def _calibrated(self, cosine: float) -> float:
        """A cosine on a scale that embedders share.

        Some embedders give unrelated texts 0.0 and an answer to a question 0.6, some 0.7 and 0.85:
        what this one gives is measured once.
        """
        if self._scale is None:
            asked = [self._embedder.embed_question(question) for question, _ in _ANSWERED]
            said = self._embedder.embed_documents([answer for _, answer in _ANSWERED])
            related = fmean(_dot(q, s) for q, s in zip(asked, said, strict=True))
            others = [*said[1:], said[0]]
            unrelated = fmean(_dot(q, s) for q, s in zip(asked, others, strict=True))
            self._scale = (unrelated, ANSWER_MEANING / max(related - unrelated, 0.05))
        unrelated, stretch = self._scale
        return (cosine - unrelated) * stretch


_ANSWERED = (
    ("How long does water take to boil?", "A litre of water boils after about four minutes."),
    ("When does the library open?", "The library is open from nine on weekdays."),
    ("Which bus goes to the airport?", "Take line 12 from the station to the airport terminal."),
    ("What is the largest planet?", "Jupiter is bigger than every other planet."),
    ("How do I prune an apple tree?", "Cut back the branches of an apple tree in late winter."),
    ("Who pays the deposit?", "The tenant hands over the deposit before moving in."),
)
"""Questions with their answers; each is unrelated to the next one's."""


def _sentences_told(prompt: Prompt) -> str:
    last = prompt.turns[-1] if prompt.turns else None
    return "" if last is None or last.declined else last.answer


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _rarity(question: Question, units: Sequence[AnswerUnit]) -> dict[str, float]:
    """The question's stems by how much they tell among these passages."""
    weights = {}
    for word, weight in question.stems.items():
        # A word of the title tells nothing among the passages of that document.
        holding = sum(1 for unit in units if _holds(unit.shown | unit.frame, word))
        weights[word] = weight * math.log(1 + (len(units) + 1) / (holding + 0.5))
    return weights


def _holds(stems: frozenset[str], word: str) -> bool:
    if word in stems or not stems.isdisjoint(_ALIKE.get(word, ())):
        return True
    # Compounds: "Urlaubstage" holds "Urlaub".
    return len(word) >= 5 and any(other.startswith(word) for other in stems)


def _coverage(rarity: dict[str, float], unit: AnswerUnit) -> float:
    """The share of the question that a unit covers, by itself or through where it stands."""
    found = 0.0
    for word, weight in rarity.items():
        if _holds(unit.shown, word):
            found += weight
        elif _holds(unit.frame, word):
            found += HEADING_SHARE * weight
        elif _holds(unit.surroundings, word):
            found += PASSAGE_SHARE * weight
    return found / (sum(rarity.values()) or 1.0)


def _rank_score(unit: AnswerUnit) -> float:
    """How high its passage and its document were found; rows of one table share the latter."""
    return (1 / (1 + unit.passages[0] / 2) + 1 / (1 + unit.best_of_document / 2)) / 2


def _focus(question: Question, unit: AnswerUnit) -> float:
    """How exactly what a unit is about (a row's first cell) is what the question is about."""
    if unit.is_list:
        return 0.0
    about = [word for word in unit.about if not word.isdigit()]
    asked = {word for word in question.stems if not _holds(unit.frame, word)} or set(question.stems)
    met = sum(1 for word in asked if _holds(frozenset(about), word))
    # Each word of the question counts once: "datasets in a dataset group" is not "dataset groups".
    covered = len(question.stems.keys() & set(about))
    return (covered / len(about) + met / len(asked)) / 2 if about else 0.0


def _cue(question: Question, unit: AnswerUnit) -> float:
    """Whether a unit has the shape of the answer that is wanted: 1 has it, 0 has not."""
    if question.kind is AnswerKind.NUMBER:
        return float(any(c.isdigit() for c in unit.text))
    if question.kind is AnswerKind.LIST:
        return float(unit.is_list or unit.text.count(",") >= 2)
    if question.kind is AnswerKind.TIME:
        return float(_DATE_OR_TIME.search(unit.text) is not None)
    return 0.0 if unit.is_list else 0.5


def _answers(question: Question, ranked: Sequence[AnswerUnit]) -> bool:
    """Whether the best unit answers the question at all.

    Neither words nor meaning tell by themselves: a paraphrase shares no words, and among documents
    about one subject everything is close to every question. So what the best unit covers counts,
    how close it is, and how far it stands out from what else was found; and a name that is asked
    about must be there.
    """
    best = ranked[0]
    background = median(unit.meaning for unit in ranked)
    if len(ranked) < ENOUGH_TO_COMPARE:
        background = min(background, TYPICAL_MEANING)
    unnamed = any(not _holds(best.shown | best.frame, name) for name in question.names)
    support = (
        best.meaning
        + COVERAGE_SUPPORT * best.coverage
        + MARGIN_SUPPORT * (best.meaning - background)
        - (MISSING_NAME if unnamed else 0.0)
        - (
            MISSING_QUANTITY
            if question.wants_quantity and not holds_quantity(question, best.text)
            else 0.0
        )
    )
    return support >= ENOUGH_SUPPORT


def _chosen(question: Question, ranked: Sequence[AnswerUnit]) -> list[AnswerUnit]:
    best = ranked[0]
    chosen = [best]
    room = MAX_WORDS - len(best.sentence.split())
    enough = VERDICT_COMPANION if question.kind is AnswerKind.YES_NO else COMPANION
    for unit in ranked[1:]:
        if len(chosen) == MAX_SENTENCES or unit.score < enough * best.score:
            break
        if unit.meaning < COMPANION_MEANING * best.meaning:
            continue  # it shares the question's words and speaks of something else
        length = len(unit.sentence.split())
        if length <= room and not any(_same(unit, other) for other in chosen):
            chosen.append(unit)
            room -= length
    if question.kind is AnswerKind.YES_NO:
        return chosen
    order = {unit.passages[0]: place for place, unit in reversed(list(enumerate(chosen)))}
    return sorted(chosen, key=lambda unit: (order[unit.passages[0]], unit.start))


def _joined(chosen: Sequence[AnswerUnit]) -> list[AnswerUnit]:
    """Items of one list under their introduction, once."""
    joined: list[AnswerUnit] = []
    for unit in chosen:
        last = joined[-1] if joined else None
        if last and unit.introduction and unit.introduction == last.introduction:
            joined[-1] = replace(
                last,
                text=f"{last.text.rstrip('.')}; {unit.text}",
                passages=tuple(dict.fromkeys((*last.passages, *unit.passages))),
                score=max(last.score, unit.score),
            )
        else:
            joined.append(unit)
    return joined


def _same(one: AnswerUnit, other: AnswerUnit) -> bool:
    a, b = one.shown, other.shown
    if one.is_list or other.is_list:
        return len(a & b) >= DUPLICATE * min(len(a), len(b))
    # Rows and items of one list share their lead; what tells them apart is their own words.
    a, b = one.own, other.own
    return len(a & b) >= DUPLICATE * max(1, min(len(a), len(b)))


def _verdict(question: Question, unit: AnswerUnit) -> str:
    """Yes or no before the best sentence of an answer to a yes/no question."""
    if question.kind is not AnswerKind.YES_NO:
        return ""
    about, verdict = unit.verdict
    if not question.stems.keys().isdisjoint(content_words(about)):
        return "No: " if verdict == "no" else "Yes: "
    return "No: " if not NEGATIONS.isdisjoint(words(unit.sentence)) else "Yes: "
