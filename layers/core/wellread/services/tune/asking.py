"""Which arm is asked what, in which order: what was asked before is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from wellread.domain.evaluation.cases import EvaluationQuestion, InjectionCase
from wellread.domain.tune.arms import CANDIDATE, Arm
from wellread.domain.tune.outcomes import ArmOutcome, CaseOutcome
from wellread.services.tune.evaluating import Arms, Speaking
from wellread.services.tune.few_shot import WorkedExample
from wellread.services.tune.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Spoken:
    """A model that can be asked.

    Attributes:
        location: As `TunedModel.location`.
        passage_characters: How much of passages it reads.
    """

    location: str
    passage_characters: int


class Speakers(Protocol):
    """Runs models."""

    def speaking(self, model: Spoken) -> AbstractContextManager[Speaking]:
        """A model, until it is let go.

        Raises:
            InvalidConfigurationError: There is no such model, or nothing runs it.
        """


_Opening = Callable[[], AbstractContextManager[Speaking | None]]


@dataclass(frozen=True, slots=True)
class AskStep:
    """Questions for one arm and seed."""

    name: str
    arm: Arm
    seed: int
    questions: Sequence[EvaluationQuestion]
    speaking: _Opening
    folder: RunFolder
    examples: Sequence[WorkedExample] = ()

    def ask(self, arms: Arms) -> Iterator[ArmOutcome]:
        """Ask them, keeping each outcome as it comes.

        Raises:
            TransientError: Try again.
            InvalidConfigurationError: The model cannot be run.
        """
        with self.speaking() as model:
            asked = arms.arm(self.arm, model, self.seed, self.examples)
            asked.warm_up()
            for question in self.questions:
                outcome = asked.ask(question)
                self.folder.keep(outcome)
                yield outcome


@dataclass(frozen=True, slots=True)
class CaseStep:
    """Cases for one arm and seed."""

    name: str
    arm: Arm
    seed: int
    cases: Sequence[InjectionCase]
    speaking: _Opening
    folder: RunFolder

    def ask(self, arms: Arms, put: Callable[[InjectionCase], None]) -> Iterator[CaseOutcome]:
        """Ask them, each with its document in place.

        Raises:
            TransientError: Try again.
            InvalidConfigurationError: The model cannot be run.
        """
        with self.speaking() as model:
            asked = arms.arm(self.arm, model, self.seed)
            for case in self.cases:
                put(case)
                outcome = asked.ask_case(case)
                self.folder.keep(outcome)
                yield outcome


class Asking:
    """The steps of an evaluation. One model is loaded at a time, and asked arm by arm.

    Questions of one arm begin alike, so the model need not read its instructions (and the worked
    examples) anew for each of them.
    """

    def __init__(
        self,
        folder: RunFolder,
        speakers: Speakers,
        *,
        base: Spoken,
        specialised: Spoken | None,
        promoted: Spoken | None,
        examples: Sequence[WorkedExample],
        tuned: Mapping[int, Spoken],
    ) -> None:
        """Nothing is asked yet.

        Args:
            folder: What was asked already.
            speakers: Runs the models.
            base: The base model.
            specialised: A ready model made for RAG; None for none.
            promoted: The tuned model that answers now; None for none.
            examples: For the arm with worked examples.
            tuned: The candidate's models by their seeds.
        """
        self._folder = folder
        self._speakers = speakers
        self._base, self._specialised, self._promoted = base, specialised, promoted
        self._examples = examples
        self._tuned = tuned

    def steps(self, questions: Sequence[EvaluationQuestion]) -> Iterator[AskStep]:
        """What is left to ask."""
        done = {outcome.key for outcome in self._folder.outcomes()}
        for arm, seed, speaking in self._arms():
            left = [each for each in questions if (each.id, arm, seed) not in done]
            if left:
                name = f"ask {_named(arm, seed)}"
                shown = self._examples if arm is Arm.BASE_FEW_SHOT else ()
                yield AskStep(name, arm, seed, left, speaking, self._folder, shown)

    @property
    def incumbent(self) -> Arm:
        """What answers now."""
        return Arm.RAG if self._promoted is None else Arm.PROMOTED_RAG

    def case_steps(self, cases: Sequence[InjectionCase], chosen: int) -> Iterator[CaseStep]:
        """The cases that are left to ask, of what answers now and what would be promoted."""
        done = {outcome.key for outcome in self._folder.cases()}
        for arm, seed, speaking in self._arms():
            left = [each for each in cases if (each.id, arm, seed) not in done]
            if left and (arm is self.incumbent or (arm is CANDIDATE and seed == chosen)):
                name = f"ask {arm.says} with hidden instructions"
                yield CaseStep(name, arm, seed, left, speaking, self._folder)

    def _arms(self) -> Iterator[tuple[Arm, int, _Opening]]:
        yield Arm.EXTRACTIVE, 0, nullcontext
        yield Arm.BASE, 0, self._of(self._base)
        yield Arm.RAG, 0, self._of(self._base)
        if self._examples:
            yield Arm.BASE_FEW_SHOT, 0, self._of(self._base)
        if self._specialised is not None:
            yield Arm.SPECIALISED_RAG, 0, self._of(self._specialised)
        if self._promoted is not None:
            yield Arm.PROMOTED_RAG, 0, self._of(self._promoted)
        for seed, model in self._tuned.items():
            yield Arm.TUNED, seed, self._of(model)
            yield CANDIDATE, seed, self._of(model)

    def _of(self, model: Spoken) -> _Opening:
        return lambda: self._speakers.speaking(model)


def _named(arm: Arm, seed: int) -> str:
    return f"{arm.says}, seed {seed}" if arm.of_candidate else arm.says
