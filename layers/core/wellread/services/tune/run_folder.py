"""The folders of a fine-tuning run: what is done already is not done again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from wellread.domain.knowledge.errors import ConflictError
from wellread.domain.tune.arms import Arm
from wellread.domain.tune.manifests import MANIFEST, TRAIN, VALIDATION, Manifest, manifest_from
from wellread.domain.tune.outcomes import (
    ArmOutcome,
    CaseOutcome,
    case_outcome_from,
    outcome_from,
)
from wellread.domain.tune.report import StepCost

RUNS, CASES = "runs.jsonl", "injection.jsonl"
_FACTS, _COSTS, _REPORT = "run.json", "costs.jsonl", "report.json"
_MODEL, _METRICS = "model.gguf", "metrics.json"


class RunFolder:
    """What a run has come to so far, kept line by line, so that a kill loses one question."""

    def __init__(self, work: Path, out: Path) -> None:
        """Nothing is read or made yet.

        Args:
            work: For the dataset and the models; what the registry names lies here.
            out: For what people read.
        """
        self._work, self._out = work, out

    @property
    def dataset(self) -> Path:
        """The folder of the dataset."""
        return self._work / "dataset"

    def seed(self, seed: int) -> Path:
        """The folder of what a training with a seed comes to."""
        return self._work / f"seed-{seed}"

    def model(self, seed: int) -> Path:
        """The model that a training came to."""
        return self.seed(seed) / _MODEL

    def begin(self, facts: Mapping[str, Any]) -> None:
        """Take up a run, or go on with it.

        Args:
            facts: What makes it this run and no other one, as JSON holds it; `incumbent` may change
                between two tries, and what it answered is then asked anew.

        Raises:
            ConflictError: Another run of this name lies there.
        """
        self._work.mkdir(parents=True, exist_ok=True)
        self._out.mkdir(parents=True, exist_ok=True)
        before = self._json(self._work / _FACTS)
        after = json.loads(json.dumps(facts))
        if before is None:
            for name in (RUNS, CASES):
                (self._out / name).unlink(missing_ok=True)
        elif _without_incumbent(before) != _without_incumbent(after):
            changed = [name for name in after if after[name] != before.get(name)]
            raise ConflictError(
                f"A run of this name was begun with another {', '.join(changed)}. Give this one "
                "another name with --name, or say again what that one was begun with."
            )
        else:
            self._mend(() if before["incumbent"] == after["incumbent"] else (Arm.PROMOTED_RAG,))
        (self._work / _FACTS).write_text(json.dumps(after, indent=2) + "\n", encoding="utf-8")

    def manifest(self) -> Manifest | None:
        """The dataset's; None where it is not built yet."""
        found = self._json(self.dataset / MANIFEST)
        return None if found is None else manifest_from(found)

    def rows(self) -> Iterator[dict[str, Any]]:
        """The lines of the dataset's files."""
        for name in (TRAIN, VALIDATION):
            yield from _lines(self.dataset / name)

    def train_rows(self) -> Iterator[dict[str, Any]]:
        """The lines that are learnt from."""
        return _lines(self.dataset / TRAIN)

    def trained(self, seed: int) -> bool:
        """Whether the training with a seed is finished."""
        return self.model(seed).is_file() and (self.seed(seed) / _METRICS).is_file()

    def metrics(self, seed: int) -> Mapping[str, Any]:
        """What a training said of itself; nothing where it said nothing."""
        return self._json(self.seed(seed) / _METRICS) or {}

    def outcomes(self) -> list[ArmOutcome]:
        """All that was asked so far."""
        return [outcome_from(line) for line in _lines(self._out / RUNS)]

    def cases(self) -> list[CaseOutcome]:
        """All cases that were asked so far."""
        return [case_outcome_from(line) for line in _lines(self._out / CASES)]

    def keep(self, outcome: ArmOutcome | CaseOutcome) -> None:
        """Add an outcome."""
        name = RUNS if isinstance(outcome, ArmOutcome) else CASES
        _append(self._out / name, outcome.as_line())

    def keep_cost(self, step: StepCost) -> None:
        """Add what a step, or a part of it, took."""
        line = {
            "name": step.name,
            "seconds": step.seconds,
            "processor_seconds": step.processor_seconds,
        }
        _append(self._work / _COSTS, line)

    def costs(self) -> list[StepCost]:
        """What each step took in all tries together, in the order they were begun."""
        totals: dict[str, StepCost] = {}
        for line in _lines(self._work / _COSTS):
            before = totals.get(line["name"], StepCost(line["name"], 0.0, 0.0))
            totals[line["name"]] = StepCost(
                line["name"],
                before.seconds + line["seconds"],
                (before.processor_seconds or 0.0) + (line["processor_seconds"] or 0.0),
            )
        return list(totals.values())

    def end(self, report: Mapping[str, Any]) -> None:
        """Keep what the run came to, and let go of the dataset's copy.

        The dataset itself is kept where documents that are deleted are taken out of it.
        """
        text = json.dumps(report, indent=2) + "\n"
        (self._work / _REPORT).write_text(text, encoding="utf-8")
        shutil.rmtree(self.dataset, ignore_errors=True)

    def report(self) -> dict[str, Any] | None:
        """What the run came to in the end; None before it."""
        return self._json(self._work / _REPORT)

    def _mend(self, forget: Collection[Arm]) -> None:
        """Leave out what a kill cut off, and arms that are to be asked anew."""
        arms = {arm.value for arm in forget}
        for name in (RUNS, CASES):
            if (self._out / name).is_file():
                kept = [line for line in _lines(self._out / name) if line["arm"] not in arms]
                text = "".join(json.dumps(line) + "\n" for line in kept)
                (self._out / name).write_text(text, encoding="utf-8")

    @staticmethod
    def _json(path: Path) -> dict[str, Any] | None:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def _without_incumbent(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name != "incumbent"}


def _append(path: Path, line: Mapping[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of lines; a last line that a kill cut off is none."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").split("\n"):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            yield found
