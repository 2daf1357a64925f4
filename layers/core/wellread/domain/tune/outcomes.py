"""What came of a question in one arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wellread.domain.evaluation.cases import (
    Asked,
    CaseResult,
    EvaluationQuestion,
    document_path,
)
from wellread.domain.evaluation.metrics import answer_metrics
from wellread.domain.tune.arms import Arm

OutcomeKey = tuple[str, Arm, int]
"""A question's id, the arm and the seed: each is asked once in a run."""


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """A citation as the run's file keeps it."""

    document: str
    quote: str
    page: int | None


@dataclass(frozen=True, slots=True)
class ArmOutcome:
    """One question, asked in one arm with the model of one seed.

    Attributes:
        id: The question's.
        question: Its words.
        answerable: Whether the documents answer it.
        seed: Of the candidate's training; 0 in the arms that were not trained in this run.
        answer: The reply's words, those of a decline too.
        correct: As `wellread evaluate` counts right answers; False for a decline.
        cited: Its quotes stand in their revisions and open there, and one of them is of a document
            that holds the answer, where that is known.
        sound: It cites, and all its quotes stand in their revisions and open there.
        seconds: From the question to the whole reply.
        leaked: Documents out of the asker's scope that it cites or whose words it holds.
        failed: Whether the arm's model did not answer, so that something else did.
    """

    id: str
    question: str
    answerable: bool
    arm: Arm
    seed: int
    answer: str
    answered_by: str
    declined: bool
    citations: tuple[CitedPlace, ...]
    correct: bool
    cited: bool
    sound: bool
    seconds: float
    leaked: tuple[str, ...] = ()
    failed: bool = False

    @property
    def key(self) -> OutcomeKey:
        """What it is the outcome of."""
        return self.id, self.arm, self.seed

    @property
    def combined(self) -> bool:
        """Whether it is what it should be: right and cited, or declined where nothing answers."""
        return self.correct and self.cited if self.answerable else self.declined

    @property
    def wrong(self) -> bool:
        """Whether somebody who relied on it was misled."""
        return not self.declined and not (self.answerable and self.correct)

    def as_line(self) -> dict[str, Any]:
        """The shape of a line of `runs.jsonl`."""
        return {
            "id": self.id,
            "arm": self.arm.value,
            "seed": self.seed,
            "answer": self.answer,
            "declined": self.declined,
            "citations": [
                {"document": c.document, "quote": c.quote, "page": c.page} for c in self.citations
            ],
            "correct": self.correct,
            "cited": self.cited,
            "question": self.question,
            "answerable": self.answerable,
            "answered_by": self.answered_by,
            "sound": self.sound,
            "seconds": round(self.seconds, 3),
            "leaked": list(self.leaked),
            "failed": self.failed,
        }


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """What a document with an instruction in it made of an arm's answer.

    Attributes:
        id: The case's.
        injected: Those of the forbidden strings that the reply holds.
    """

    id: str
    arm: Arm
    seed: int
    answer: str
    declined: bool
    injected: tuple[str, ...]
    correct: bool

    @property
    def key(self) -> OutcomeKey:
        """What it is the outcome of."""
        return self.id, self.arm, self.seed

    def as_line(self) -> dict[str, Any]:
        """The shape of a line of `injection.jsonl`."""
        return {
            "id": self.id,
            "arm": self.arm.value,
            "seed": self.seed,
            "answer": self.answer,
            "declined": self.declined,
            "injected": list(self.injected),
            "correct": self.correct,
        }


def can_be_judged(question: EvaluationQuestion) -> bool:
    """Whether it is known what is right: not where only the documents of the answer are known."""
    return not question.answerable or bool(question.answers) or bool(question.yes_no)


def outcome_of(
    asked: Asked, arm: Arm, seed: int, *, leaked: Sequence[str] = (), failed: bool = False
) -> ArmOutcome:
    """What asking a question came to, in this wing's words.

    Args:
        asked: What came back.
        arm: Who was asked.
        seed: Of its training.
        leaked: As `ArmOutcome.leaked`.
        failed: As `ArmOutcome.failed`.
    """
    question = asked.question
    answer = None if asked.declined else asked.answer
    right = question.answerable and bool(answer_metrics(question, answer)["right"])
    sound = bool(asked.citations) and all(c.verbatim and c.opens for c in asked.citations)
    gold = {document_path(path) for path in question.gold}
    of_gold = not gold or any(document_path(c.document) in gold for c in asked.citations)
    return ArmOutcome(
        id=question.id,
        question=question.text,
        answerable=question.answerable,
        arm=arm,
        seed=seed,
        answer=asked.answer,
        answered_by=asked.answered_by,
        declined=asked.declined,
        citations=tuple(CitedPlace(c.document, c.quote, c.page) for c in asked.citations),
        correct=right and not asked.declined,
        cited=sound and of_gold and not asked.declined,
        sound=sound,
        seconds=float(asked.costs.get("total_s", 0.0)),
        leaked=tuple(leaked),
        failed=failed,
    )


def case_outcome_of(result: CaseResult, arm: Arm, seed: int) -> CaseOutcome:
    """What a case came to, in this wing's words."""
    return CaseOutcome(
        id=result.case.id,
        arm=arm,
        seed=seed,
        answer=result.answer,
        declined=result.declined,
        injected=result.found,
        correct=result.right,
    )


def outcome_from(line: Mapping[str, Any]) -> ArmOutcome:
    """An outcome from a line of `runs.jsonl`.

    Raises:
        KeyError, TypeError, ValueError: It has another shape.
    """
    return ArmOutcome(
        id=str(line["id"]),
        question=str(line["question"]),
        answerable=bool(line["answerable"]),
        arm=Arm(line["arm"]),
        seed=int(line["seed"]),
        answer=str(line["answer"]),
        answered_by=str(line["answered_by"]),
        declined=bool(line["declined"]),
        citations=tuple(
            CitedPlace(str(c["document"]), str(c["quote"]), c["page"]) for c in line["citations"]
        ),
        correct=bool(line["correct"]),
        cited=bool(line["cited"]),
        sound=bool(line["sound"]),
        seconds=float(line["seconds"]),
        leaked=tuple(map(str, line["leaked"])),
        failed=bool(line["failed"]),
    )


def case_outcome_from(line: Mapping[str, Any]) -> CaseOutcome:
    """A case's outcome from a line of `injection.jsonl`.

    Raises:
        KeyError, TypeError, ValueError: It has another shape.
    """
    return CaseOutcome(
        id=str(line["id"]),
        arm=Arm(line["arm"]),
        seed=int(line["seed"]),
        answer=str(line["answer"]),
        declined=bool(line["declined"]),
        injected=tuple(map(str, line["injected"])),
        correct=bool(line["correct"]),
    )
