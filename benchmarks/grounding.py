"""Measure what each verifier of claims keeps of right sentences and lets through of wrong ones.

python -m benchmarks.grounding --set FILE [--verifier words] [--without SIGNAL] [--ablation] [--fit]
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import click

from benchmarks.grounding_fit import fitted
from wellread.domain.ask.support import ENOUGH, WEIGHTS, objection, told
from wellread.domain.evaluation_statistics import area_under_curve
from wellread.domain.prompting import is_decline
from wellread.domain.sentences import split_sentences

_MARKER = re.compile(r"\s*\[(\d+)\]")
_MARKERS_AFTER_STOP = re.compile(r"([.!?])((?:\s*\[\d+\])+)")
_RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence and what is said to support it."""

    id: str
    text: str
    source: str
    head: str = ""


class Verifier(Protocol):
    """Tells which claims their sources support."""

    @property
    def name(self) -> str:
        """What it is called on the command line."""

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        """Whether each claim is supported, in order."""


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in the source's words."""

    without: Collection[str] = ()
    name: str = "words"

    def verify(self, claims: Sequence[Claim]) -> Sequence[bool]:
        """Whether each claim is supported, in order."""
        return [
            objection(claim.text, claim.source, claim.head, self.without) < ENOUGH
            for claim in claims
        ]


VERIFIERS: Mapping[str, Callable[[Collection[str]], Verifier]] = {"words": Words}
"""Name → what makes a verifier, given the signals to leave out."""


@dataclass(frozen=True, slots=True)
class Row:
    """A claim and what is wrong with it, `right` if nothing is."""

    kind: str
    claim: Claim


def rows_of(file: Path) -> list[Row]:
    """The claims of a set, in either of the two formats."""
    found: list[Row] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if "sources" in record:
            found += _of_answer(record)
        else:
            passage = record["source"]
            said = [(_RIGHT, text) for text in record["right"]]
            said += [(wrong["kind"], wrong["claim"]) for wrong in record["wrong"]]
            found += [Row(kind, Claim(record["id"], text, passage)) for kind, text in said]
    return found


def _of_answer(record: Mapping[str, Any]) -> Iterator[Row]:
    said = [] if is_decline(record["right"]) else [(_RIGHT, record["right"])]
    said += [(wrong["kind"], wrong["sentence"]) for wrong in record["wrong"]]
    for kind, answer in said:
        text = _MARKERS_AFTER_STOP.sub(r"\2\1", answer)
        for unit in split_sentences(text):
            sentence = text[unit.start : unit.end]
            marked = {int(number) for number in _MARKER.findall(sentence)}
            cited = [s for s in record["sources"] if s["n"] in marked] or record["sources"]
            source = "\n\n".join(source["text"] for source in cited)
            head = "\n".join(source["head"] for source in cited)
            yield Row(kind, Claim(record["id"], _MARKER.sub("", sentence), source, head))


def measured(verifier: Verifier, rows: Sequence[Row]) -> dict[str, float]:
    """The share of each kind that the verifier lets through."""
    passed = verifier.verify([row.claim for row in rows])
    shares: dict[str, list[bool]] = {}
    for row, through in zip(rows, passed, strict=True):
        shares.setdefault(row.kind, []).append(through)
        if row.kind != _RIGHT:
            shares.setdefault("wrong", []).append(through)
    return {kind: sum(through) / len(through) for kind, through in shares.items()}


def balanced(shares: Mapping[str, float]) -> float:
    """Balanced accuracy: half of what is kept of the right and caught of the wrong."""
    return (shares.get(_RIGHT, 0.0) + 1 - shares.get("wrong", 0.0)) / 2


@click.command()
@click.option(
    "--set", "files", multiple=True, required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A set; may be repeated.",
)  # fmt: skip
@click.option("--verifier", "names", multiple=True, type=click.Choice(sorted(VERIFIERS)))
@click.option("--without", multiple=True, type=click.Choice(sorted(WEIGHTS)), help="Signal.")
@click.option("--ablation", is_flag=True, help="Leave out each signal in turn.")
@click.option("--fit", is_flag=True, help="Print weights, and what they are worth held out.")
def main(
    files: Sequence[Path],
    names: Sequence[str],
    without: Sequence[str],
    ablation: bool,
    fit: bool,
) -> None:
    """Print what each verifier is worth, by kind; with --ablation, what each signal is."""
    sets = {file.name: rows_of(file) for file in files}
    verifiers = [VERIFIERS[name](without) for name in names or sorted(VERIFIERS)]
    for name, rows in sets.items():
        click.echo(f"\n{name}: {len(rows)} claims\n\n" + _table(verifiers, rows))
    if ablation:
        click.echo("\n" + _ablation(sets))
    if fit:
        click.echo("\n" + _fit(sets))


def _table(verifiers: Sequence[Verifier], rows: Sequence[Row]) -> str:
    results = [measured(verifier, rows) for verifier in verifiers]
    lines = [
        "| let through | " + " | ".join(verifier.name for verifier in verifiers) + " |",
        "| --- |" + " ---: |" * len(verifiers),
    ]
    kinds = sorted({row.kind for row in rows} - {_RIGHT})
    for label, kind in ((_RIGHT, _RIGHT), ("wrong", "wrong"), *((f"- {k}", k) for k in kinds)):
        cells = " | ".join(f"{result.get(kind, 0.0):.3f}" for result in results)
        lines.append(f"| {label} | {cells} |")
    accuracies = " | ".join(f"{balanced(result):.3f}" for result in results)
    return "\n".join([*lines, f"| balanced accuracy | {accuracies} |"])


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
            shares = measured(Words((signal,)), rows)
            cells.append(f"{shares[_RIGHT]:.3f}, {shares['wrong']:.3f}, {balanced(shares):.3f}")
        lines.append(f"| {signal or 'nothing'} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _fit(sets: Mapping[str, Sequence[Row]]) -> str:
    """Weights fitted on all sets, and on the others for each set."""
    read = {
        name: [
            (told(row.claim.text, row.claim.source, row.claim.head), row.kind == _RIGHT)
            for row in rows
        ]
        for name, rows in sets.items()
    }
    weights = fitted(list(read.values()))
    lines = [f'    "{name}": {weight:.2f},' for name, weight in weights.items()]
    for name, rows in read.items():
        others = [values for other, values in read.items() if other != name]
        if others:
            held_out = fitted(others)
            against = [
                (sum(w * signals.get(n, 1.0) for n, w in held_out.items()), right)
                for signals, right in rows
            ]
            kept = [total < ENOUGH for total, right in against if right]
            let = [total < ENOUGH for total, right in against if not right]
            area = area_under_curve([(-total, right) for total, right in against])
            lines.append(
                f"{name} with weights of the others: kept {sum(kept) / len(kept):.3f}, "
                f"let through {sum(let) / len(let):.3f}, area {area or 0.0:.3f}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
