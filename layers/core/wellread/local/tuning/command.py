"""`wellread fine-tune`: from documents to a tuned model, promoted only if it is better."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click

from wellread.domain.tune.report import PROMOTED
from wellread.local.data_folder import data_option
from wellread.local.documents_cli import stack_option
from wellread.local.printing import json_option, print_json
from wellread.local.tuning import pictures, recipes
from wellread.local.tuning.knowledge import Knowledge, of_data_folder, of_set
from wellread.local.tuning.run import MARKDOWN, Finished, Wanted, Workshop, fine_tune

NOT_PROMOTED = 4
"""The exit code of a run that ended well, with a model that does not answer."""

_folder = click.Path(path_type=Path, file_okay=False)


@click.command("fine-tune")
@click.option(
    "--recipe",
    default=recipes.DEFAULT,
    show_default=True,
    help="How to train: a name, or a YAML file.",
)
@click.option(
    "--set",
    "folder",
    type=_folder,
    help="Holds docs/ and questions.jsonl. [default: the knowledge base of --data]",
)
@click.option("--out", type=_folder, help="Where the report goes. [default: in the data folder]")
@click.option(
    "--seeds",
    type=click.IntRange(min=1, max=10),
    default=3,
    show_default=True,
    help="Trainings, with other seeds: luck is not promoted.",
)
@click.option("--name", help="Of the run. [default: made of what it is]")
@click.option(
    "--base",
    default="packaged",
    show_default=True,
    help="The model to start from: packaged, a GGUF file, or a fetched model's name.",
)
@click.option(
    "--specialised", help="A ready model made for RAG, to compare with: a GGUF file, or a name."
)
@click.option("--limit", type=click.IntRange(min=1), help="Ask only the first so many questions.")
@click.option(
    "--injection",
    type=_folder,
    help="Holds docs/ and cases.jsonl: documents with instructions in them (with --set).",
)
@click.option(
    "--as",
    "audiences",
    multiple=True,
    help="Who may ask the model; it learns only what they may read (may be repeated). "
    "[default: everyone]",
)
@click.option("--approve", is_flag=True, help="Leave the last word to a person.")
@stack_option
@data_option
@json_option
def fine_tune_command(
    recipe: str,
    folder: Path | None,
    out: Path | None,
    seeds: int,
    name: str | None,
    base: str,
    specialised: str | None,
    limit: int | None,
    injection: Path | None,
    audiences: tuple[str, ...],
    stack: str | None,
    data: Path | None,
    *,
    approve: bool,
    as_json: bool,
) -> None:
    """Tune a model on your documents; promote it only if it is measured better.

    Ends with 0 where it was promoted, and with 4 where it was not, with the reason.
    """
    from wellread.adapters.training.child_training import ChildTraining

    if name is not None and not re.fullmatch(
        r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?", name
    ):
        raise click.UsageError("--name takes letters, digits and hyphens, at most 64.")
    if stack is not None:
        if name is None or folder is not None or data is not None or injection is not None:
            raise click.UsageError(
                "--stack goes with --name alone: the stack's parameters say the rest."
            )
        _end(_on_stack(stack, name, as_json=as_json))
        return
    wanted = Wanted(
        knowledge=_knowledge(folder, out, injection, data, audiences),
        recipe=recipes.recipe_facts(recipe),
        base=base,
        out=out,
        name=name,
        seeds=seeds,
        limit=limit,
        specialised=specialised,
        approval=approve,
    )
    finished = fine_tune(wanted, Workshop(ChildTraining()), partial(click.echo, err=as_json))
    if as_json:
        print_json(finished.report)
    else:
        _show(finished)
    _end(finished.report)


def _on_stack(stack: str, name: str, *, as_json: bool) -> Mapping[str, Any]:
    """Have a deployed stack do the run, and tell how it ended."""
    from wellread.local.fine_tune_stack import start_run

    ended = start_run(stack, name, say=partial(click.echo, err=as_json))
    if as_json:
        print_json(dict(ended))
    else:
        click.secho(f"{str(ended['verdict']).capitalize()}. {ended['reason']}", bold=True)
    return ended


def _end(report: Mapping[str, Any]) -> None:
    if report["verdict"] != PROMOTED:
        sys.exit(NOT_PROMOTED)


def _knowledge(
    folder: Path | None,
    out: Path | None,
    injection: Path | None,
    data: Path | None,
    audiences: tuple[str, ...],
) -> Knowledge:
    if folder is None:
        if injection is not None:
            raise click.UsageError("--injection goes with --set: it replaces documents.")
        return of_data_folder(data, audiences)
    if audiences:
        raise click.UsageError("--as is of your own knowledge base; a set is for everyone.")
    return of_set(folder, out or Path(), injection, data)


def _show(finished: Finished) -> None:
    click.echo()
    click.echo((finished.out / MARKDOWN).read_text(encoding="utf-8"))
    for line in finished.table:
        click.echo(line)
    if pictures.PICTURE not in finished.files:
        click.echo(pictures.MISSING, err=True)
    click.echo(f"Written to {finished.out}: {', '.join(finished.files)}")
    click.secho(
        f"{finished.report['verdict'].capitalize()}. {finished.report['reason']}", bold=True
    )
