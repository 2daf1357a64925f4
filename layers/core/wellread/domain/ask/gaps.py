"""What people ask that the documents do not answer, grouped by what it is about."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wellread.domain.access.scope import Scope, is_personal
from wellread.domain.ask.answers import Declined, DeclineReason, Reply
from wellread.domain.ask.questions import AskerId, ThreadId
from wellread.domain.ask.searching.identifiers import identifiers
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.text.words import content_words

ALIKE = 0.4
"""Questions of one group share words that weigh so much, as a cosine.

`python -m benchmarks.same_questions`: 43 of 90 pairs of a question and a rewording of it that was
made to be hard to find do, and 180 of 96,490 other pairs, most of which are about one thing.
"""

_UNSEEN = 100
"""So many other questions are thought to be there that have none of these words: of a few questions
the words that they share would count for nothing otherwise."""

_MISSED = frozenset({DeclineReason.NOT_IN_DOCUMENTS, DeclineReason.NOT_GROUNDED})

_Words = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that the documents did not answer.

    Attributes:
        question: As it was searched for, understandable without its thread.
        viewers: Whose eyes the reply was for, as `Scope.viewers` has it.
        at: When, seconds since the epoch.
        drawn_on: Documents whose words may be in it.
    """

    thread: ThreadId
    turn: int
    question: str
    asker: AskerId
    viewers: frozenset[frozenset[str]]
    at: float
    drawn_on: frozenset[DocumentId] = frozenset()

    def within(self, reader: Scope) -> bool:
        """Whether a reader may read all that the reply could have been drawn from.

        What no one but a person may read is not looked for: its questions are that person's.
        """
        asked = [
            frozenset(name for name in viewer if not is_personal(name)) for viewer in self.viewers
        ]
        return bool(reader.viewers) and all(
            any(viewer <= reading for viewer in asked) for reading in reader.viewers
        )


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions about one thing.

    Attributes:
        wording: One of them: that which the others are most like.
        questions: How many there are.
        askers: How many people asked them.
        last: When it was asked last, seconds since the epoch.
    """

    wording: str
    questions: int
    askers: int
    last: float


@dataclass(frozen=True, slots=True)
class GapReport:
    """What was not answered between two moments.

    Attributes:
        gaps: What several people asked, or the reader: most askers first.
        alone: How many questions one person alone asked, whose words are theirs.
    """

    since: float
    until: float
    gaps: tuple[Gap, ...]
    alone: int

    def as_values(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "since": self.since,
            "until": self.until,
            "gaps": [
                {
                    "question": gap.wording,
                    "questions": gap.questions,
                    "askers": gap.askers,
                    "last": gap.last,
                }
                for gap in self.gaps
            ],
            "alone": self.alone,
        }


def is_missed(reply: Reply) -> bool:
    """Whether a reply says that the documents do not answer its question."""
    return isinstance(reply.outcome, Declined) and reply.outcome.reason in _MISSED


def gaps_of(
    asked: Sequence[Unanswered], reader: AskerId | None, since: float, until: float
) -> GapReport:
    """Group questions, and say of them what a reader may know.

    The words of a question are its asker's. They are shown to the asker, and where another one
    asked about the same thing.
    """
    shown: list[Gap] = []
    alone = 0
    for group in _groups(asked):
        askers = {each.asker for each, _ in group}
        if len(askers) < 2 and reader not in askers:
            alone += len(group)
            continue
        wording = max(group, key=lambda one: (_likeness(one, group), one[0].at))[0].question
        last = max(each.at for each, _ in group)
        shown.append(Gap(wording, len(group), len(askers), last))
    shown.sort(key=lambda gap: (-gap.askers, -gap.questions, -gap.last, gap.wording))
    return GapReport(since, until, tuple(shown), alone)


_Weighed = tuple[Unanswered, _Words]


def _groups(asked: Sequence[Unanswered]) -> list[list[_Weighed]]:
    """Each question with those before it that it is most like on average."""
    groups: list[list[_Weighed]] = []
    for one in zip(asked, _weigh([each.question for each in asked]), strict=True):
        likeness = [sum(_cosine(one[1], other[1]) for other in g) / len(g) for g in groups]
        best = max(range(len(groups)), key=likeness.__getitem__, default=None)
        if best is not None and likeness[best] >= ALIKE:
            groups[best].append(one)
        else:
            groups.append([one])
    return groups


def _likeness(one: _Weighed, group: Iterable[_Weighed]) -> float:
    """How much a question is like those that others asked."""
    return sum(_cosine(one[1], other) for each, other in group if each.asker != one[0].asker)


def _weigh(questions: Sequence[str]) -> list[_Words]:
    """The words of each question by how rare they are among all, of length 1."""
    words = [frozenset(content_words(each)) | frozenset(identifiers(each)) for each in questions]
    held = Counter(word for each in words for word in each)
    weighed: list[_Words] = []
    for each in words:
        among = len(questions) + _UNSEEN
        weights = {word: math.log(among / (1 + held[word])) for word in each}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        weighed.append({word: weight / length for word, weight in weights.items()})
    return weighed


def likeness_of(questions: Sequence[str]) -> Callable[[int, int], float]:
    """How much two of these questions, by their positions, are about one thing: 0 to 1."""
    weighed = _weigh(questions)
    return lambda one, other: _cosine(weighed[one], weighed[other])


def _cosine(first: _Words, second: _Words) -> float:
    return sum(weight * second.get(word, 0.0) for word, weight in first.items())
