"""What each sign of the quoting answerer is worth, on every set and on a set it was not fitted on.

python -m benchmarks.quoting --set DIR --set DIR
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.ingested_set import ingested_set, sets_option
from wellread.adapters.embedded.sqlite_revisions import SqliteRevisionStore
from wellread.domain.access.scope import EVERYONE, Scope
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Mode
from wellread.domain.ask.quoting.quotes import quote_of
from wellread.domain.evaluation.cases import EvaluationQuestion
from wellread.domain.evaluation.metrics import RIGHT_SUPPORT, answer_metrics
from wellread.domain.evaluation.statistics import area_under_curve
from wellread.services.ask.likeness import SHARES, Ranked, Shares, Signs, confidence
from wellread.services.ask.quoting import ENOUGH, Quoting

RIDGE = 60.0
"""Pulls the weights of standardised signs towards nothing: what the sets share shall remain."""

_STEPS = 50
_SCOPE = Scope.of(EVERYONE)

Array = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Fit = tuple[Array, float]


@dataclass(frozen=True, slots=True)
class Read:
    """A set, read by the answerer.

    Attributes:
        ranked: For each answerable question with known answers, what could be quoted.
        signs: A row a question that anything was found for.
        answerable: Whether it is answerable.
    """

    ranked: Sequence[tuple[EvaluationQuestion, Sequence[Ranked]]]
    signs: Array
    answerable: Flags


@click.command()
@sets_option
def main(folders: tuple[Path, ...]) -> None:
    """Print what each sign gains: in choosing the quote, and in telling whether there is one."""
    logging.disable(logging.INFO)
    sets = {folder.name: _read(folder) for folder in folders}
    click.echo("\n".join(_choosing(sets)))
    click.echo()
    click.echo("\n".join(_declining(sets)))
    weights, bias = fit({name: (each.signs, each.answerable) for name, each in sets.items()})
    named = zip((field.name for field in fields(Signs)), weights, strict=True)
    click.echo("\nfitted on all: " + ", ".join(f"{name} {weight:.2f}" for name, weight in named))
    click.echo(f"bias {bias:.2f}")


def _choosing(sets: Mapping[str, Read]) -> list[str]:
    """How often the best quote alone is right, forced to answer."""
    ways = {"as shipped": SHARES} | {
        f"without {field.name}": replace(SHARES, **{field.name: 0.0}) for field in fields(Shares)
    }
    lines = [
        "| best quote is right (forced) | " + " | ".join(sets) + " |",
        "| --- |" + " --- |" * len(sets),
    ]
    for name, shares in ways.items():
        cells = [f"{_right(each.ranked, shares):.3f}" for each in sets.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def _right(ranked: Sequence[tuple[EvaluationQuestion, Sequence[Ranked]]], shares: Shares) -> float:
    right = 0
    for question, each in ranked:
        if each:
            best = max(each, key=lambda r: r.score(shares))
            support = answer_metrics(question, quote_of(best.candidate).text).get("support", 0.0)
            right += support >= RIGHT_SUPPORT
    return right / max(len(ranked), 1)


def _declining(sets: Mapping[str, Read]) -> list[str]:
    """What the confidence is worth: as shipped, each set left out, each sign left out."""
    known = {name: (each.signs, each.answerable) for name, each in sets.items()}
    names = [field.name for field in fields(Signs)]
    lines = [
        "| area under the curve of confidence | " + " | ".join(sets) + " |",
        "| --- |" + " --- |" * len(sets),
    ]

    def row(name: str, cells: Sequence[str]) -> None:
        lines.append(f"| {name} | " + " | ".join(cells) + " |")

    row(
        "as shipped: answered, declined, area",
        [_cell([confidence(Signs(*r)) for r in s], a) for s, a in known.values()],
    )
    if len(known) > 1:
        cells = []
        for name, (signs, answerable) in known.items():
            others = {other: values for other, values in known.items() if other != name}
            weights, bias = fit(others)
            cells.append(_cell(_sure(signs, weights, bias), answerable))
        row("the set left out: answered, declined, area", cells)
    for place, sign in enumerate(names):
        less = {n: (np.delete(s, place, axis=1), a) for n, (s, a) in known.items()}
        weights, bias = fit(less)
        areas = [_area(_sure(s, weights, bias), a) for s, a in less.values()]
        row(f"without {sign}, fitted: area", [f"{area:.3f}" for area in areas])
    return lines


def fit(sets: Mapping[str, tuple[Array, Flags]]) -> Fit:
    """Weights and bias of a logistic regression, each set and both kinds of question alike.

    The ridge makes the estimates too timid, so they are stretched to fit once more.
    """
    signs = np.vstack([values for values, _ in sets.values()])
    answerable = np.concatenate([known for _, known in sets.values()]).astype(float)
    share = np.concatenate([_balanced(known) for _, known in sets.values()])
    centre, spread = signs.mean(axis=0), signs.std(axis=0) + 1e-9
    weights = _regress((signs - centre) / spread, answerable, share, RIDGE)
    slopes = weights[:-1] / spread
    bias = float(weights[-1] - slopes @ centre)
    stretch, shift = _regress((signs @ slopes + bias)[:, None], answerable, share, 0.0)
    return slopes * stretch, bias * stretch + shift


def _regress(signs: Array, answerable: Array, share: Array, ridge: float) -> Array:
    """Newton's method; the last weight is the bias, which no ridge pulls."""
    rows = np.column_stack([signs, np.ones(len(signs))])
    pull = np.append(np.full(rows.shape[1] - 1, ridge), 0.0)
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        sure = 1 / (1 + np.exp(-rows @ weights))
        slope = rows.T @ (share * (sure - answerable)) + pull * weights
        curvature = (rows * (share * sure * (1 - sure))[:, None]).T @ rows + np.diag(pull + 1e-9)
        weights -= np.linalg.solve(curvature, slope)
    return weights


def _balanced(answerable: Flags) -> Array:
    ones = max(1, int(answerable.sum()))
    zeros = max(1, int((~answerable).sum()))
    return np.where(answerable, 0.5 / ones, 0.5 / zeros) * len(answerable)


def _sure(signs: Array, weights: Array, bias: float) -> Array:
    sure: Array = 1 / (1 + np.exp(-(signs @ weights + bias)))
    return sure


def _area(sure: Sequence[float] | Array, answerable: Flags) -> float:
    pairs = zip(np.asarray(sure).tolist(), answerable.tolist(), strict=True)
    return area_under_curve(list(pairs)) or 0.0


def _cell(sure: Sequence[float] | Array, answerable: Flags) -> str:
    sure = np.asarray(sure)
    answered = (sure[answerable] >= ENOUGH).mean()
    declined = (sure[~answerable] < ENOUGH).mean()
    return f"{answered:.3f}, {declined:.3f}, {_area(sure, answerable):.3f}"


def _read(folder: Path) -> Read:
    rows: list[tuple[float, ...]] = []
    known: list[bool] = []
    ranked = []
    with ingested_set(folder) as opened:
        services = opened.services
        quoting = Quoting(
            services.choice.wanted, SqliteRevisionStore(opened.services.adapters.database)
        )
        limit = opened.services.settings.passages
        for question in opened.questions:
            found = services.retrieval.retrieve(question.text, _SCOPE, limit)
            prompt = Prompt(question.text, question.text, tuple(found), Mode.RAG)
            reading = quoting.read(prompt)
            if question.answerable and question.answers:
                ranked.append((question, reading.ranked))
            if reading.signs is not None:
                rows.append(tuple(float(value) for value in astuple(reading.signs)))
                known.append(question.answerable)
    return Read(ranked, np.array(rows), np.array(known, dtype=bool))


if __name__ == "__main__":
    main()
