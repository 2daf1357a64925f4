"""Measure what each verifier of claims keeps of right sentences and lets through of wrong ones.

python -m benchmarks.grounding --set FILE [--verifier words|model|guardrail:ID|onnx:FOLDER]
    [--without SIGNAL] [--ablation] [--fit]
    [--pipeline [--docs DIR] [--always-right]]

Verifiers are made as WELLREAD_VERIFIER makes them; `model` asks the model of the settings. Rows of
a set are `{id, question, sources: [{n, head, text}], right, wrong: [{kind, sentence}]}`, or
`{id, from, source, right: [...], wrong: [{kind, claim}]}`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from benchmarks import grounding_fit
from benchmarks.grounding_checks import (
    RIGHT,
    AlwaysRight,
    Result,
    Row,
    alone,
    on_the_path,
    read_rows,
)
from wellread.adapters.parsing.confined.sandbox import SandboxedParser
from wellread.bootstrap import models
from wellread.domain.ask.checking.claims import Claim
from wellread.domain.ask.checking.support import ENOUGH, WEIGHTS, objection, told
from wellread.domain.knowledge.documents import DocumentId, ParsedText
from wellread.domain.knowledge.errors import DocumentError, WellreadError
from wellread.ports.models import Verifier
from wellread.settings import load_settings

_WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class WordsWithout:
    """`words`, without some of its signals."""

    left_out: Collection[str]
    name: str = "words"

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        """Whether each claim is supported, in order."""
        return [
            objection(claim.text, claim.source, claim.head, self.left_out) < ENOUGH
            for claim in claims
        ]


def shares(results: Iterable[Result]) -> dict[str, float]:
    """The share of each kind that came through."""
    found: dict[str, list[bool]] = {}
    for result in results:
        found.setdefault(result.kind, []).append(result.through)
        if result.kind != RIGHT:
            found.setdefault(_WRONG, []).append(result.through)
    return {kind: sum(through) / len(through) for kind, through in found.items()}


def balanced(share: Mapping[str, float]) -> float:
    """Balanced accuracy: half of what is kept of the right and caught of the wrong."""
    return (share.get(RIGHT, 0.0) + 1 - share.get(_WRONG, 0.0)) / 2


_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--set", "files", multiple=True, required=True, type=_FILE, help="May be repeated.")
@click.option("--verifier", "names", multiple=True, help="May be repeated; else words.")
@click.option("--without", multiple=True, type=click.Choice(sorted(WEIGHTS)), help="Signal.")
@click.option("--ablation", is_flag=True, help="Leave out each signal of words in turn.")
@click.option("--fit", is_flag=True, help="Print weights, and what they are worth held out.")
@click.option("--pipeline", is_flag=True, help="On the path of an answer: found, checked, cited.")
@click.option("--docs", type=_FOLDER, help="Where sources are from: with what stands around them.")
@click.option("--always-right", is_flag=True, help="Check with the labels, too.")
def main(
    files: Sequence[Path],
    names: Sequence[str],
    without: Sequence[str],
    docs: Path | None,
    *,
    ablation: bool,
    fit: bool,
    pipeline: bool,
    always_right: bool,
) -> None:
    """Print what each verifier is worth, by kind; with --ablation, what each signal is."""
    sets = {file.name: read_rows(file) for file in files}
    texts = _parsed(docs) if docs else {}
    try:
        verifiers = {name: _verifier(name, without) for name in names or ["words"]}
        for name, rows in sets.items():
            labels = {AlwaysRight.name: AlwaysRight(rows)} if always_right else {}
            put = partial(on_the_path, texts=texts) if pipeline else alone
            measured = {
                verifier: [result for row in rows for result in put(each, row)]
                for verifier, each in {**verifiers, **labels}.items()
            }
            click.echo(f"\n{name}\n\n" + _table(measured))
    except WellreadError as error:
        raise click.ClickException(str(error)) from error
    if ablation:
        click.echo("\n" + _ablation(sets))
    if fit:
        click.echo("\n" + grounding_fit.report({name: _read(rows) for name, rows in sets.items()}))


def _verifier(name: str, without: Sequence[str]) -> Verifier:
    if without and name == "words":
        return WordsWithout(without)
    settings = load_settings(verifier=name)
    return models.verifier_of(settings, models.model_of(settings))


def _parsed(folder: Path) -> dict[DocumentId, ParsedText]:
    texts = {}
    with contextlib.closing(SandboxedParser()) as parser:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder).as_posix()
            with contextlib.suppress(DocumentError):
                texts[DocumentId(name)] = parser.parse(name, path.read_bytes())
    return texts


def _table(measured: Mapping[str, Sequence[Result]]) -> str:
    results = next(iter(measured.values()))
    kinds = sorted({result.kind for result in results} - {RIGHT})
    columns = [shares(each) for each in measured.values()]
    lines = [
        "| let through | sentences | " + " | ".join(measured) + " |",
        "| --- | ---: |" + " ---: |" * len(columns),
    ]
    for label, among in ((RIGHT, {RIGHT}), (_WRONG, set(kinds)), *((f"- {k}", {k}) for k in kinds)):
        cells = " | ".join(f"{column.get(label.removeprefix('- '), 0.0):.3f}" for column in columns)
        lines.append(f"| {label} | {sum(r.kind in among for r in results)} | {cells} |")
    accuracies = " | ".join(f"{balanced(column):.3f}" for column in columns)
    return "\n".join([*lines, f"| balanced accuracy | {len(results)} | {accuracies} |"])


def _ablation(sets: Mapping[str, Sequence[Row]]) -> str:
    lines = [
        "| left out | "
        + " | ".join(f"{name}: kept, let through, balanced" for name in sets)
        + " |",
        "| --- |" + " --- |" * len(sets),
    ]
    for signal in ("", *sorted(WEIGHTS)):
        cells = []
        for rows in sets.values():
            share = shares(r for row in rows for r in alone(WordsWithout((signal,)), row))
            cells.append(f"{share[RIGHT]:.3f}, {share[_WRONG]:.3f}, {balanced(share):.3f}")
        lines.append(f"| {signal or 'nothing'} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _read(rows: Sequence[Row]) -> list[grounding_fit.Read]:
    return [
        grounding_fit.Read(
            told(claim.text, claim.source, claim.head), said.kind == RIGHT, number, row.style
        )
        for number, row in enumerate(rows)
        for said in row.said
        for claim in said.claims
    ]


if __name__ == "__main__":
    main()
