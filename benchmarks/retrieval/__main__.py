"""Print what each way of ranking is worth, on one set or several.

python -m benchmarks.retrieval --set DIR --set DIR
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import click

from benchmarks.ingested_set import sets_option
from benchmarks.retrieval.searches import Searched, search_set
from benchmarks.retrieval.variants import BASELINE, Variant, variants
from wellread.domain.evaluation.cases import EvaluationQuestion
from wellread.domain.evaluation.metrics import evidence_metrics, retrieval_metrics
from wellread.domain.evaluation.statistics import compare
from wellread.domain.knowledge.documents import Passage

CUTOFFS = (1, 3, 5, 8)
"""Of evidence; eight passages are what an answer may draw on."""

COLUMNS = ("ndcg@10", "evidence@1", "evidence@3", "evidence@8")

_RANKED_PASSAGES = 100

Values = dict[str, float]


@click.command()
@sets_option
@click.option("--slow", is_flag=True, help="Also variants that embed sentences of passages.")
@click.option("--only", multiple=True, help="Ways whose names hold this (may be repeated).")
@click.option("--beside", default=BASELINE, help="Compare with the way whose name holds this.")
def main(folders: tuple[Path, ...], slow: bool, only: tuple[str, ...], beside: str) -> None:
    """Compare ways to rank with one of them, by paired bootstrap."""
    logging.disable(logging.INFO)
    known = [variant for variant in variants() if slow or not variant.slow]
    yardstick = next((variant for variant in known if beside in variant.name), known[0])
    chosen = [
        variant
        for variant in known
        if variant is yardstick or not only or any(name in variant.name for name in only)
    ]
    measured = {folder: _measured(folder, chosen, slow=slow) for folder in folders}
    click.echo(_table(chosen, measured, yardstick.name))


def _measured(folder: Path, chosen: Sequence[Variant], *, slow: bool) -> dict[str, list[Values]]:
    """For each variant, the metrics of each question."""
    found: dict[str, list[Values]] = {variant.name: [] for variant in chosen}
    for searched in search_set(folder, sentences=slow):
        for variant in chosen:
            found[variant.name].append(_values(searched, variant.rank(searched)))
    return found


def _values(searched: Searched, ranking: Sequence[Passage]) -> Values:
    question = searched.question
    documents = dict.fromkeys(str(p.document) for p in ranking[:_RANKED_PASSAGES])
    values = retrieval_metrics(question.gold, tuple(documents))
    holds = [_holds(question, passage) for passage in ranking[: CUTOFFS[-1]]]
    if question.evidence or question.answers:
        values |= {f"evidence@{k}": float(any(holds[:k])) for k in CUTOFFS}
    return values


def _holds(question: EvaluationQuestion, passage: Passage) -> bool:
    """Whether a passage holds the evidence, or else a right answer in a gold document."""
    wanted = [question.evidence]
    if not question.evidence:
        if passage.document not in question.gold:
            return False
        wanted = list(question.answers)
    text = passage.chunk.text
    return any(evidence_metrics(each, [text]).get("evidence@1", 0.0) for each in wanted)


def _table(
    chosen: Sequence[Variant], measured: dict[Path, dict[str, list[Values]]], yardstick: str
) -> str:
    sets = [
        f"{folder.resolve().name} ({len(found[yardstick])})" for folder, found in measured.items()
    ]
    head = [
        "ranking",
        *sets,
        f"nDCG@10 beside {yardstick.split(':')[0]}, 95 %",
        f"evidence beside {yardstick.split(':')[0]}, 95 %",
    ]
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for variant in chosen:
        cells = [
            variant.name,
            *(
                " · ".join(_mean(found[variant.name], name) for name in COLUMNS)
                for found in measured.values()
            ),
            _beside(variant.name, yardstick, measured, ["ndcg@10"]),
            _beside(variant.name, yardstick, measured, [f"evidence@{k}" for k in CUTOFFS]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([f"In a set's column: {' · '.join(COLUMNS)}.", "", *lines])


def _mean(rows: Sequence[Values], name: str) -> str:
    values = [row[name] for row in rows if name in row]
    return f"{fmean(values):.3f}" if values else "-"


def _beside(
    variant: str,
    yardstick: str,
    measured: dict[Path, dict[str, list[Values]]],
    names: Sequence[str],
) -> str:
    """The mean difference over all sets, every question counting once."""
    this: dict[tuple[Path, int], float] = {}
    plain: dict[tuple[Path, int], float] = {}
    for folder, found in measured.items():
        for number, (row, other) in enumerate(zip(found[variant], found[yardstick], strict=True)):
            if names[0] in row:
                this[folder, number] = fmean(row[name] for name in names)
                plain[folder, number] = fmean(other[name] for name in names)
    comparison = compare(this, plain)
    if variant == yardstick or comparison is None:
        return ""
    difference = comparison.difference
    shown = f"{difference.value:+.3f} ({difference.low:+.3f} to {difference.high:+.3f})"
    settled = not math.isclose(difference.low, difference.high) and (
        difference.low > 0 or difference.high < 0
    )
    return f"**{shown}**" if settled else shown


if __name__ == "__main__":
    main()
