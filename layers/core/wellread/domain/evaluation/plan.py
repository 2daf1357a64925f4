"""What to ask, and what to compare it with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wellread.domain.ask.questions import Mode
from wellread.domain.evaluation.cases import EvaluationQuestion, InjectionCase
from wellread.domain.evaluation.comparison import Rows


@dataclass(frozen=True, slots=True)
class EvaluationPlan:
    """What to evaluate.

    Attributes:
        name: Of the set of questions, for people.
        questions: To ask.
        cases: Of documents with instructions in them.
        against: Finished runs to compare with, by their names.
        pool: Finished runs that count as part of this one when comparing.
    """

    name: str
    questions: tuple[EvaluationQuestion, ...]
    mode: Mode = Mode.RAG
    cases: tuple[InjectionCase, ...] = ()
    against: Mapping[str, Rows] = field(default_factory=dict)
    pool: tuple[Rows, ...] = ()
