"""The middle of a run far away: the candidate is asked, question by question, and judged."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from wellread.domain.ask.prompting import PROMPT_VERSION
from wellread.domain.evaluation.cases import EvaluationQuestion, parse_questions
from wellread.domain.knowledge.errors import PermanentError
from wellread.domain.tune.arms import Arm
from wellread.domain.tune.dataset_faults import Readable, faults_of
from wellread.domain.tune.evidence import Evidence
from wellread.domain.tune.gate import Ruling, figures_of, rule
from wellread.domain.tune.manifests import HELD_OUT, TRAIN, VALIDATION, Manifest
from wellread.domain.tune.markdown import as_markdown
from wellread.domain.tune.models import RunName, TunedModel
from wellread.domain.tune.outcomes import ArmOutcome, can_be_judged, outcome_from
from wellread.domain.tune.report import RunFacts, StepCost, build_report
from wellread.services.tune.evaluating import AskedArm
from wellread.services.tune.leaks import Leaks
from wellread.services.tune.remote_plan import RemotePlan
from wellread.services.tune.remote_training import DATASET, TRAINED
from wellread.services.tune.run_notes import RunNotes
from wellread.services.tune.stored_datasets import StoredDatasets
from wellread.services.tune.tuned_models import TunedModels

INCUMBENT, JUDGED = "incumbent", "judged"
"""Names of notes."""

QUESTIONS, REPORT, REPORT_PAGE = "questions.json", "report.json", "report.md"
_OUTCOMES = "outcome-"

AskedArms = Callable[[TunedModel, TunedModel | None], Sequence[AskedArm]]
"""The arms to ask, of a candidate and of the tuned model that answers now."""


class RemoteJudging:
    """Asks what answers now and what might, and has the gate compare them."""

    def __init__(
        self,
        plan: RemotePlan,
        notes: RunNotes,
        datasets: StoredDatasets,
        models: TunedModels,
        arms: AskedArms,
        leaks: Callable[[frozenset[str]], Leaks],
        readable: Readable,
        *,
        without_tuned: Arm,
    ) -> None:
        """Nothing is asked yet.

        Args:
            plan: What all runs have in common.
            notes: What is done already.
            datasets: Keeps datasets.
            models: Knows which model answers.
            arms: Makes what is asked.
            leaks: Looks for what must not be in answers, for those of some audiences.
            readable: Who may read what.
            without_tuned: What answers where no tuned model does.
        """
        self._plan = plan
        self._notes = notes
        self._datasets = datasets
        self._models = models
        self._arms = arms
        self._leaks = leaks
        self._readable = readable
        self._without_tuned = without_tuned

    def questions(self, run: RunName) -> dict[str, Any]:
        """Write down what is asked, for whoever gives out the questions one by one.

        Raises:
            PermanentError: The dataset has no questions about documents that it held out.
        """
        if self._notes.get(run, INCUMBENT) is None:
            answering = self._models.answering()
            run_now = None if answering is None else answering.run
            self._notes.keep(run, INCUMBENT, {"run": run_now})
        lines = [line for question, line in self._held_out(run) if can_be_judged(question)]
        if not lines:
            raise PermanentError(
                "The dataset has no questions about documents that were held out, so nothing can "
                "be measured. Add documents."
            )
        self._notes.put(run, QUESTIONS, json.dumps(lines))
        return {"count": len(lines), "name": QUESTIONS}

    def answer(self, run: RunName, line: Mapping[str, Any]) -> dict[str, Any]:
        """Ask one question in every arm, unless that was done already.

        Raises:
            TransientError: Try again: a model wakes, or did not answer.
        """
        (question,) = parse_questions([json.dumps(line)], QUESTIONS)
        name = f"{_OUTCOMES}{question.id}.jsonl"
        if self._notes.read(run, name) is None:
            asked = [
                arm.ask(question) for arm in self._arms(self._models.get(run), self._before(run))
            ]
            text = "".join(json.dumps(one.as_line()) + "\n" for one in asked)
            self._notes.put(run, name, text)
        return {"answered": question.id}

    def judge(self, run: RunName) -> dict[str, Any]:
        """Compare what was answered, and write the report.

        A run whose questions were not all answered is judged by those that were.
        """
        known = self._notes.get(run, JUDGED)
        if known is not None:
            return known
        evidence = self._evidence(run)
        ruling = rule(evidence)
        self._write_report(run, evidence, ruling)
        figures = figures_of(evidence, ruling)
        note = {"passed": ruling.passed, "reason": ruling.reason, "figures": figures}
        return self._notes.keep(run, JUDGED, note)

    def _evidence(self, run: RunName) -> Evidence:
        manifest = self._manifest(run)
        questions = [question for question, _ in self._held_out(run)]
        return Evidence(
            outcomes=self._leaks(manifest.audiences).marked(self._outcomes(run)),
            incumbent=self._without_tuned if self._before(run) is None else Arm.PROMOTED_RAG,
            faults=faults_of(
                manifest,
                [
                    json.loads(line)
                    for name in (TRAIN, VALIDATION)
                    for line in self._datasets.lines(manifest.dataset, name)
                ],
                asked_about=frozenset(d for q in questions for d in (*q.gold, *q.related)),
                readable=self._readable,
                prompt_version=PROMPT_VERSION,
            ),
        )

    def _outcomes(self, run: RunName) -> list[ArmOutcome]:
        return [
            outcome_from(json.loads(line))
            for name in self._notes.files(run, _OUTCOMES)
            for line in (self._notes.read(run, name) or "").splitlines()
        ]

    def _write_report(self, run: RunName, evidence: Evidence, ruling: Ruling) -> None:
        trained, manifest = self._notes.known(run, TRAINED), self._manifest(run)
        asked = {one.id for one in evidence.outcomes}
        facts = RunFacts(
            run=run,
            base=self._plan.base,
            recipe=self._plan.recipe,
            seeds=1,
            dataset=manifest,
            steps=[StepCost("train", float(trained["seconds"]))],
            about={"trained_on": self._plan.instance, "cost": trained["cost"]},
            dollars=trained["dollars"],
            left_out=len(self._held_out(run)) - len(asked),
        )
        report = build_report(facts, evidence, ruling, promoted=False, reason=ruling.reason)
        self._notes.put(run, REPORT, json.dumps(report, indent=2) + "\n")

    def _before(self, run: RunName) -> TunedModel | None:
        """The tuned model that answered when the evaluation began."""
        before = self._notes.known(run, INCUMBENT)["run"]
        return None if before is None else self._models.get(RunName(before))

    def _manifest(self, run: RunName) -> Manifest:
        return self._datasets.get(str(self._notes.known(run, DATASET)["dataset"]))

    def _held_out(self, run: RunName) -> list[tuple[EvaluationQuestion, Mapping[str, Any]]]:
        dataset = str(self._notes.known(run, DATASET)["dataset"])
        lines = list(self._datasets.lines(dataset, HELD_OUT))
        questions = parse_questions(lines, HELD_OUT) if lines else ()
        return [(q, json.loads(line)) for q, line in zip(questions, lines, strict=True)]


def report_with(text: str, *, verdict: str, reason: str) -> tuple[str, str]:
    """A report as JSON and as a page, with how the run ended in it.

    Args:
        text: The report as it was written when it was judged.
        verdict: How the run ended.
        reason: Why.
    """
    report = {**json.loads(text), "verdict": verdict, "reason": reason}
    return json.dumps(report, indent=2) + "\n", as_markdown(report, [])
