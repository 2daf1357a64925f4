"""Asks the arms, each through the very service that answers people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from wellread.domain.ask.questions import Asker
from wellread.domain.evaluation.cases import EvaluationQuestion, InjectionCase
from wellread.domain.tune.arms import Arm
from wellread.domain.tune.outcomes import (
    ArmOutcome,
    CaseOutcome,
    case_outcome_of,
    outcome_of,
)
from wellread.ports.ask import Quoter
from wellread.ports.models import Chat, Generator, Verifier
from wellread.services.ask.answering import Answering
from wellread.services.ask.drafting import Generators
from wellread.services.ask.tuned import GivenModel
from wellread.services.evaluation.run import Evaluation, Retrieve
from wellread.services.ingest.documents import Documents
from wellread.services.tune.few_shot import FewShot, WorkedExample
from wellread.services.tune.watched import Watched


class Speaking(Generator, Chat, Protocol):
    """A model that can be asked a question with passages, and anything else."""


AnswerWith = Callable[[Generators], Answering]
"""The product's answering, with these to speak."""


class AskedArm:
    """One arm with its model, ready to be asked."""

    def __init__(
        self, arm: Arm, seed: int, evaluation: Evaluation, watched: Watched | None
    ) -> None:
        """`Arms.arm` makes one."""
        self.arm, self.seed = arm, seed
        self._evaluation = evaluation
        self._watched = watched

    def warm_up(self) -> None:
        """Have everything loaded that the first question would wait for."""
        self._evaluation.warm_up()
        self._failed()

    def ask(self, question: EvaluationQuestion) -> ArmOutcome:
        """Ask one question, in a thread of its own.

        Raises:
            TransientError: Try again.
        """
        asked = self._evaluation.ask(question)
        return outcome_of(asked, self.arm, self.seed, failed=self._failed())

    def ask_case(self, case: InjectionCase) -> CaseOutcome:
        """Ask a case's question; its document must be in its place already."""
        return case_outcome_of(self._evaluation.ask_case(case), self.arm, self.seed)

    def _failed(self) -> bool:
        """Whether the model failed since this was last asked."""
        if self._watched is None:
            return False
        failed, self._watched.failed = self._watched.failed, False
        return failed


class Arms:
    """Makes arms to be asked, out of models."""

    def __init__(
        self,
        answer_with: AnswerWith,
        documents: Documents,
        retrieve: Retrieve,
        quoting: Quoter,
        verifier: Callable[[Generator], Verifier],
        *,
        asker: Asker,
    ) -> None:
        """Ask nothing yet.

        Args:
            answer_with: Makes what answers people.
            documents: Opens what citations lead to.
            retrieve: The retrieval that answers draw on.
            quoting: Answers without a model.
            verifier: Who checks what a model says, as for people who ask it.
            asker: Who asks: everybody who might, and nobody else.
        """
        self._answer_with = answer_with
        self._documents = documents
        self._retrieve = retrieve
        self._quoting = quoting
        self._verifier = verifier
        self._asker = asker

    def arm(
        self,
        arm: Arm,
        model: Speaking | None = None,
        seed: int = 0,
        examples: Sequence[WorkedExample] = (),
    ) -> AskedArm:
        """An arm with its model.

        Args:
            arm: Which.
            model: None where the arm has none.
            seed: Of the model's training.
            examples: What the model is shown before each question.
        """
        watched = None
        if model is not None:
            watched = Watched(FewShot(model, examples) if examples else model)
        tuned = None if watched is None else GivenModel(watched)
        speaking = Generators(
            quoting=self._quoting,
            model=None if arm.mode.tuned else watched,
            tuned=tuned if arm.mode.tuned else None,
            verifier=None if model is None else self._verifier(model),
        )
        evaluation = Evaluation(
            self._answer_with(speaking),
            self._documents,
            self._retrieve,
            asker=self._asker,
            mode=arm.mode,
            depth=0,
        )
        return AskedArm(arm, seed, evaluation, watched)
