"""Fit how sure the answerer is, and print what that is worth on a set it was not fitted on.

python -m benchmarks.declines --set DIR --set DIR
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.ingested_set import ingested_set, sets_option
from wellread.adapters.embedded.extractive_generator import ENOUGH, ExtractiveGenerator
from wellread.adapters.embedded.extractive_support import Signs, confidence
from wellread.domain.access import EVERYONE, Scope
from wellread.domain.evaluation_statistics import area_under_curve
from wellread.domain.prompting import Prompt
from wellread.domain.questions import Mode

RIDGE = 60.0
"""Pulls the weights of standardised signs towards nothing: what the sets share shall remain."""

_STEPS = 50
_SCOPE = Scope.of(EVERYONE)

Array = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
Fit = tuple[Array, float]


@click.command()
@sets_option
def main(folders: tuple[Path, ...]) -> None:
    """Tell answerable from unanswerable questions, as shipped and with each set left out."""
    logging.disable(logging.INFO)
    sets = {folder.name: _signs_of(folder) for folder in folders}
    lines = [
        "| set | questions | as shipped: answered, declined, area | left out: answered, declined, "
        "area |",
        "| --- | --- | --- | --- |",
    ]
    for name, (signs, answerable) in sets.items():
        shipped = np.array([confidence(Signs(*row)) for row in signs])
        others = {other: values for other, values in sets.items() if other != name}
        cells = [_cell(shipped, answerable)]
        if others:
            weights, bias = fit(others)
            cells.append(_cell(1 / (1 + np.exp(-(signs @ weights + bias))), answerable))
        counted = f"{int(answerable.sum())} + {int((~answerable).sum())}"
        lines.append(" | ".join([f"| {name}", counted, *cells]) + " |")
    click.echo("\n".join(lines))
    weights, bias = fit(sets)
    named = zip((field.name for field in fields(Signs)), weights, strict=True)
    click.echo("\nfitted on all: " + ", ".join(f"{name} {weight:.2f}" for name, weight in named))
    click.echo(f"bias {bias:.2f}")


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


def _cell(sure: Sequence[float] | Array, answerable: Flags) -> str:
    sure = np.asarray(sure)
    area = area_under_curve(list(zip(sure.tolist(), answerable.tolist(), strict=True)))
    answered = (sure[answerable] >= ENOUGH).mean()
    declined = (sure[~answerable] < ENOUGH).mean()
    return f"{answered:.3f}, {declined:.3f}, {area or 0.0:.3f}"


def _signs_of(folder: Path) -> tuple[Array, Flags]:
    """The signs of each question that anything was found for, and whether it is answerable."""
    rows: list[tuple[float, ...]] = []
    known: list[bool] = []
    with ingested_set(folder) as opened:
        services = opened.stack.services
        generator = ExtractiveGenerator(services.choice.wanted)
        limit = opened.stack.settings.passages
        for question in opened.questions:
            found = services.retrieval.retrieve(question.text, _SCOPE, limit)
            prompt = Prompt(question.text, question.text, tuple(found), Mode.RAG)
            if (signs := generator.signs(prompt)) is not None:
                rows.append(tuple(float(value) for value in astuple(signs)))
                known.append(question.answerable)
    return np.array(rows), np.array(known, dtype=bool)


if __name__ == "__main__":
    main()
