"""Answers in the documents' own words: no language model, nothing invented."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from wellread.adapters.embedded.extractive_question import AnswerKind, Question, holds_quantity
from wellread.adapters.embedded.extractive_ranking import UnitRanking, defines, holds
from wellread.adapters.embedded.extractive_support import Signs, confidence, read_signs
from wellread.adapters.embedded.extractive_units import AnswerUnit, answer_units
from wellread.domain.prompting import Prompt
from wellread.domain.words import NEGATIONS, content_words, words
from wellread.ports import Embedder

ENOUGH = 0.5
"""Less sure than that is a decline."""

MAX_SENTENCES = 3
MAX_WORDS = 60
"""An answer is at most so long, its first sentence apart."""

COMPANION, VERDICT_COMPANION = 0.8, 0.95
"""A further sentence must score that share of the best one; a yes or no hardly needs one."""

COMPANION_MEANING = 0.65
"""A further sentence must be that close to the question, as a share of the best one's closeness."""

NEXT_COMPANION = 0.7
"""The sentence that goes on the best one's paragraph need score that share of it only."""

DUPLICATE = 0.7
"""Two sentences that share so much of their words say the same."""


_CONDITION = re.compile(
    r"(?<=\w)[,;]?\s+(?:provided that|provided|unless|except|as long as|so long as|sofern|außer)\b",
    re.I,
)
_SAID_VERDICT = re.compile(r"^(?:yes|no|ja|nein)\s*[,.:;–—-]\s*(?=\S)", re.IGNORECASE)


class ExtractiveGenerator:
    """Picks the sentences that answer a question, or none. It knows how sure it is."""

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        """Compares question and sentences with this embedder, asked for when it is needed."""
        self._ranking = UnitRanking(embedder)
        self._last: tuple[Prompt, _Ranked] | None = None

    @property
    def name(self) -> str:
        """Who speaks."""
        return "extractive"

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """Sentences of the passages, each with its marker; nothing where none answers."""
        ranked = self._ranked(prompt)
        if ranked.confidence < ENOUGH:
            return
        question, units = ranked.question, ranked.units
        for unit in _joined(_chosen(question, units)):
            verdict = _verdict(question, unit) if unit.score == units[0].score else ""
            markers = "".join(f"[{number + 1}]" for number in unit.passages)
            # A document that says "No, only dogs are allowed" needs no second "No".
            sentence = _SAID_VERDICT.sub("", unit.sentence) if verdict else unit.sentence
            yield f"{verdict}{sentence} {markers} "

    def confidence(self, prompt: Prompt) -> float:
        """How sure it is that the passages answer; from 0.5 on it speaks."""
        return self._ranked(prompt).confidence

    def signs(self, prompt: Prompt) -> Signs | None:
        """What its confidence rests on; None where nothing in the passages could be an answer."""
        return self._ranked(prompt).signs

    def _ranked(self, prompt: Prompt) -> _Ranked:
        last = self._last
        if last is not None and last[0] is prompt:
            return last[1]  # asked for its confidence after it spoke
        question = Question.of(prompt.standalone, prompt.question)
        units: Sequence[AnswerUnit] = ()
        if prompt.passages and question.stems:
            told = _sentences_told(prompt) if question.follow_up else ""
            units = self._ranking.rank(question, answer_units(prompt.passages), told)
        signs = None
        if units:
            nearness = self._ranking.nearness(prompt.passages, units)
            signs = read_signs(question, units, nearness)
        ranked = _Ranked(question, units, signs)
        self._last = (prompt, ranked)
        return ranked


@dataclass(frozen=True, slots=True)
class _Ranked:
    question: Question
    units: Sequence[AnswerUnit]
    signs: Signs | None

    @property
    def confidence(self) -> float:
        return 0.0 if self.signs is None else confidence(self.signs)


def _sentences_told(prompt: Prompt) -> str:
    last = prompt.turns[-1] if prompt.turns else None
    return "" if last is None or last.declined else last.answer


def _chosen(question: Question, ranked: Sequence[AnswerUnit]) -> list[AnswerUnit]:
    best = ranked[0]
    chosen = [best]
    room = MAX_WORDS - len(best.sentence.split())
    enough = VERDICT_COMPANION if question.kind is AnswerKind.YES_NO else COMPANION
    # A row of another number or name says nothing of the one asked about.
    named = [name for name in question.names if holds(best.shown, name)]
    rest = sorted(ranked[1:], key=lambda unit: not _goes_on(unit, best))
    for unit in rest:
        if len(chosen) == MAX_SENTENCES:
            break
        next_one = _goes_on(unit, best)
        if not next_one and not all(holds(unit.shown | unit.frame, name) for name in named):
            continue
        if unit.score < (min(enough, NEXT_COMPANION) if next_one else enough) * best.score:
            continue
        if unit.meaning < COMPANION_MEANING * best.meaning and not next_one:
            continue  # it shares the question's words and speaks of something else
        length = len(unit.sentence.split())
        if length <= room and not any(_same(unit, other) for other in chosen):
            chosen.append(unit)
            room -= length
    if question.kind is AnswerKind.YES_NO:
        return chosen
    order = {unit.passages[0]: place for place, unit in reversed(list(enumerate(chosen)))}
    return sorted(
        chosen,
        key=lambda unit: (not _leads(question, unit), order[unit.passages[0]], unit.start),
    )


def _leads(question: Question, unit: AnswerUnit) -> bool:
    """Whether a sentence comes before what else is said: a definition, a figure asked for."""
    if question.kind is AnswerKind.DEFINITION:
        return defines(question, unit)
    return question.wants_quantity and holds_quantity(question, unit.text)


def _goes_on(unit: AnswerUnit, best: AnswerUnit) -> bool:
    return unit.goes_on == best.start and unit.passages[0] == best.passages[-1]


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
    claim = _CONDITION.split(unit.sentence, maxsplit=1)[0]
    denying = NEGATIONS - {"without"}  # "without extra cost" denies nothing
    return "No: " if not denying.isdisjoint(words(claim)) else "Yes: "
