"""One fine-tuning run on one machine, from the dataset to the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from wellread.domain.ask.prompting import PROMPT_VERSION
from wellread.domain.evaluation.cases import EvaluationQuestion
from wellread.domain.knowledge.errors import PermanentError
from wellread.domain.tune.dataset_faults import faults_of
from wellread.domain.tune.evidence import Evidence
from wellread.domain.tune.gate import Ruling, figures_of, rule
from wellread.domain.tune.manifests import Manifest
from wellread.domain.tune.models import ModelStatus, TunedModel
from wellread.domain.tune.outcomes import ArmOutcome, can_be_judged
from wellread.domain.tune.report import RunFacts, StepCost, build_report
from wellread.ports.tune import TrainingJob, TrainingProgress
from wellread.services.tune.asking import Asking, Spoken
from wellread.services.tune.few_shot import worked_examples
from wellread.services.tune.run_folder import RunFolder
from wellread.services.tune.run_plan import Parts, RunPlan, Say


class FineTuning:
    """Dataset, training, evaluation, gate, promotion: in this order, each once."""

    def __init__(self, parts: Parts, folder: RunFolder, say: Say) -> None:
        """Nothing is done yet.

        Args:
            parts: What does the work.
            folder: What is done already.
            say: Is told how far it is.
        """
        self._parts, self._folder, self._say = parts, folder, say

    def run(self, plan: RunPlan) -> dict[str, Any]:
        """Do all that is not done yet; the report in the shape of `report.json`.

        Raises:
            ConflictError: Another run of this name was begun, or another model was promoted
                meanwhile.
            PermanentError: A step failed; the message says why and what to do.
            InvalidConfigurationError: Something is not set up; the message says how.
        """
        if (finished := self._finished(plan)) is not None:
            return finished
        incumbent = self._incumbent(plan)
        self._folder.begin(_facts(plan, incumbent))
        manifest = self._dataset()
        for seed in range(plan.seeds):
            self._train(plan, seed)
        chosen = self._chosen(plan.seeds)
        self._register(plan, manifest, chosen)
        questions = list(self._parts.questions(self._folder.dataset))
        asked = [question for question in questions if can_be_judged(question)]
        left_out = len(questions) - len(asked)
        evidence = self._ask(plan, asked[: plan.limit], manifest, chosen, incumbent)
        ruling = rule(evidence)
        model = self._decide(plan, evidence, ruling, incumbent)
        facts = RunFacts(
            run=plan.run,
            base=plan.base_name,
            recipe=plan.recipe_name,
            seeds=plan.seeds,
            dataset=manifest,
            steps=self._folder.costs(),
            dollars=manifest.cost.get("dollars"),
            left_out=left_out,
            about={**plan.about, "status": model.status.value},
        )
        promoted = model.status is ModelStatus.PROMOTED
        report = build_report(
            facts, evidence, ruling, promoted=promoted, reason=_reason(model, ruling)
        )
        self._folder.end(report)
        return report

    def _finished(self, plan: RunPlan) -> dict[str, Any] | None:
        """The report of a run that came to its end; None of one that did not."""
        model = next((m for m in self._parts.models.list() if m.run == plan.run), None)
        if model is None or model.status is ModelStatus.CANDIDATE:
            return None
        return self._folder.report()

    def _incumbent(self, plan: RunPlan) -> TunedModel | None:
        """The tuned model to beat; where this run was promoted by an earlier try, what it beat."""
        models = self._parts.models
        promoted = models.promoted()
        if promoted is None or promoted.run != plan.run:
            return promoted
        return None if promoted.follows is None else models.get(promoted.follows)

    def _dataset(self) -> Manifest:
        manifest = self._folder.manifest()
        if manifest is None:
            self._say.step("build the dataset", 0)
            with self._timed("build the dataset"):
                manifest = self._parts.build(
                    self._folder.dataset, lambda done, total: self._say.done(done, f"of {total}")
                )
        return manifest

    def _train(self, plan: RunPlan, seed: int) -> None:
        if self._folder.trained(seed):
            return
        name = f"train seed {seed}"
        self._say.step(name, 0)
        job = TrainingJob(
            run=plan.run,
            dataset=self._folder.dataset,
            recipe=plan.recipe,
            base=plan.base,
            output=self._folder.seed(seed),
            seed=seed,
            overrides=plan.overrides,
        )
        with self._timed(name):
            self._parts.jobs.train(job, self._trained)
        if not self._folder.trained(seed):
            raise PermanentError(
                f"The training with seed {seed} ended without a model. Its log lies in "
                f"{str(self._folder.seed(seed))!r}."
            )

    def _trained(self, progress: TrainingProgress) -> None:
        loss = "" if progress.loss is None else f", loss {progress.loss:.3f}"
        held_out = progress.held_out_loss
        loss += "" if held_out is None else f", held out {held_out:.3f}"
        self._say.done(progress.step, f"of {progress.steps} steps{loss}")

    def _chosen(self, seeds: int) -> int:
        """The seed whose model is to be promoted: by the validation rows, never by the verdict."""
        losses = {
            seed: float(loss)
            for seed in range(seeds)
            if isinstance(loss := self._folder.metrics(seed).get("held_out_loss"), int | float)
        }
        return min(losses, key=lambda seed: (losses[seed], seed)) if losses else 0

    def _register(self, plan: RunPlan, manifest: Manifest, chosen: int) -> None:
        self._parts.models.register(
            TunedModel(
                run=plan.run,
                base=plan.base_name,
                location=str(self._folder.model(chosen).resolve()),
                dataset=manifest.dataset,
                recipe=plan.recipe_name,
                prompt_version=manifest.prompt_version,
                audiences=manifest.audiences,
                passage_characters=manifest.passage_characters,
                created_at=self._parts.clock(),
            )
        )

    def _ask(
        self,
        plan: RunPlan,
        questions: Sequence[EvaluationQuestion],
        manifest: Manifest,
        chosen: int,
        incumbent: TunedModel | None,
    ) -> Evidence:
        characters = manifest.passage_characters
        asking = Asking(
            self._folder,
            self._parts.speakers,
            base=Spoken(str(plan.base), characters),
            specialised=Spoken(str(plan.specialised), characters) if plan.specialised else None,
            promoted=None
            if incumbent is None or not self._parts.models.understands(incumbent)
            else Spoken(incumbent.location, incumbent.passage_characters),
            examples=worked_examples(self._folder.train_rows()),
            tuned={
                seed: Spoken(str(self._folder.model(seed)), characters)
                for seed in range(plan.seeds)
            },
        )
        for step in asking.steps(questions):
            self._say.step(step.name, len(step.questions))
            with self._timed(step.name):
                for number, _ in enumerate(step.ask(self._parts.arms), start=1):
                    self._say.done(number)
        for put_in in asking.case_steps(plan.cases, chosen):
            self._say.step(put_in.name, len(put_in.cases))
            with self._timed(put_in.name), self._parts.injecting() as (arms, put):
                for number, _ in enumerate(put_in.ask(arms, put), start=1):
                    self._say.done(number)
        outcomes = self._of(questions)
        return Evidence(
            outcomes=self._parts.leaks.marked(outcomes),
            incumbent=asking.incumbent,
            chosen=chosen,
            cases=self._folder.cases(),
            faults=faults_of(
                manifest,
                self._folder.rows(),
                asked_about=frozenset(d for q in questions for d in (*q.gold, *q.related)),
                readable=self._parts.readable,
                prompt_version=PROMPT_VERSION,
            ),
        )

    def _of(self, questions: Sequence[EvaluationQuestion]) -> list[ArmOutcome]:
        """What was asked, without what an earlier try asked beyond these questions."""
        wanted = {question.id for question in questions}
        return [one for one in self._folder.outcomes() if one.id in wanted]

    def _decide(
        self, plan: RunPlan, evidence: Evidence, ruling: Ruling, incumbent: TunedModel | None
    ) -> TunedModel:
        """Promote, or keep why not; what was decided before stays."""
        models = self._parts.models
        model = models.get(plan.run)
        if model.status is not ModelStatus.CANDIDATE:
            return model
        metrics = figures_of(evidence, ruling)
        if not ruling.passed:
            return models.failed(plan.run, ruling.reason, metrics)
        return models.passed(
            plan.run,
            ruling.reason,
            metrics,
            incumbent=None if incumbent is None else incumbent.run,
            approval=plan.approval,
        )

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = self._parts.used()
        try:
            yield
        finally:
            ended = self._parts.used()
            self._folder.keep_cost(StepCost(name, ended[0] - began[0], ended[1] - began[1]))


def _facts(plan: RunPlan, incumbent: TunedModel | None) -> dict[str, Any]:
    return {
        "run": plan.run,
        "base": str(plan.base),
        "recipe": str(plan.recipe),
        "overrides": dict(plan.overrides),
        "seeds": plan.seeds,
        "prompt_version": PROMPT_VERSION,
        **plan.facts,
        "incumbent": None if incumbent is None else incumbent.run,
    }


def _reason(model: TunedModel, ruling: Ruling) -> str:
    if model.status is ModelStatus.AWAITING_APPROVAL:
        return (
            f"It passed, and waits for approval: `wellread models promote {model.run}`. "
            f"{ruling.reason}"
        )
    return model.reason or ruling.reason
