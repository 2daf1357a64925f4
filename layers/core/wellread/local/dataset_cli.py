"""`wellread dataset`: what models are tuned on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from wellread.domain.access.scope import EVERYONE, shown
from wellread.domain.ask.prompting import SMALL_MODEL_PASSAGE_CHARACTERS
from wellread.domain.evaluation.cases import parse_questions
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidConfigurationError, NotFoundError
from wellread.domain.tune.manifests import TRAIN, Manifest
from wellread.domain.tune.models import TunedModel
from wellread.local.data_folder import data_option
from wellread.local.documents_cli import place_of, stack_option
from wellread.local.printing import json_option, named, print_json, printable
from wellread.services.tune.dataset_work import DatasetProgress
from wellread.services.tune.lineage import Traced

_SAY_EVERY = 20
"""Rows between two lines of progress."""


@click.group()
def dataset() -> None:
    """Datasets: what models are tuned on."""


@dataset.command()
@data_option
@stack_option
@click.option(
    "--audience",
    "audiences",
    multiple=True,
    help="Who may ask the model; only what all of them may read is learnt (may be repeated). "
    f"[default: {EVERYONE}]",
)
@click.option(
    "--questions",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="questions.jsonl of an evaluation: the documents it asks about are held out. "
    "[default: a fifth of all, and questions are made about these]",
)
@click.option("--rows", type=click.IntRange(min=1), default=200, show_default=True)
@click.option(
    "--passage-characters",
    type=click.IntRange(min=200),
    default=SMALL_MODEL_PASSAGE_CHARACTERS,
    show_default=True,
    help="How much of passages the model reads.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of what is drawn.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write it here too.")
@json_option
def build(
    data: Path | None,
    stack: str | None,
    audiences: tuple[str, ...],
    questions: Path | None,
    rows: int,
    passage_characters: int,
    seed: int,
    out: Path | None,
    *,
    as_json: bool,
) -> None:
    """Make a dataset of the documents as they are now, and keep it."""
    held_out = None if questions is None else _asked_about(questions)
    readers = frozenset(audiences or (EVERYONE,))
    with place_of(data, stack) as place:
        services = place.services
        _say(_plan(rows, readers, held_out), as_json=as_json)
        _say(services.teacher_words, as_json=as_json)
        manifest = services.datasets.build(
            readers,
            held_out=held_out,
            size=rows,
            passage_characters=passage_characters,
            seed=seed,
            progress=_progress(as_json=as_json),
        )
        if out is not None:
            services.stored_datasets.put_into(manifest.dataset, out)
        if as_json:
            print_json(manifest.as_json())
            return
        _print(manifest)
        if out is not None:
            click.echo(f"Written to {out}")


@dataset.command()
@click.argument("name", required=False)
@data_option
@stack_option
@click.option("--examples", type=click.IntRange(min=0), default=3, show_default=True)
@json_option
def show(
    name: str | None, data: Path | None, stack: str | None, examples: int, *, as_json: bool
) -> None:
    """Show what the dataset NAME is made of, or list all of them."""
    with place_of(data, stack) as place:
        stored = place.services.stored_datasets
        if name is None:
            found = stored.list()
            if as_json:
                print_json([each.as_json() for each in found])
                return
            for each in found:
                click.echo(_line(each))
            if not found:
                click.echo("There is no dataset yet. `wellread dataset build` makes one.")
            return
        manifest = stored.get(name)
        if as_json:
            print_json(manifest.as_json())
            return
        _print(manifest)
        for line in list(stored.lines(name, TRAIN))[:examples]:
            _print_row(line)


@dataset.command()
@click.argument("document")
@data_option
@stack_option
@json_option
def trace(document: str, data: Path | None, stack: str | None, *, as_json: bool) -> None:
    """List the datasets and models that DOCUMENT entered, though it may be deleted by now."""
    with place_of(data, stack) as place:
        traced = place.services.lineage.trace(DocumentId(document))
        if not traced.datasets:
            try:
                known = named(place.services, document)
            except NotFoundError:
                known = DocumentId(document)
            traced = place.services.lineage.trace(known)
        if as_json:
            print_json(_as_json(traced))
            return
        _print_traced(traced)


def _asked_about(questions: Path) -> frozenset[DocumentId]:
    """The documents that an evaluation's questions name."""
    try:
        lines = questions.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConfigurationError(
            f"{str(questions)!r} cannot be read as UTF-8 text. Name the questions.jsonl of an "
            "evaluation with --questions."
        ) from error
    return frozenset(
        DocumentId(name)
        for each in parse_questions(lines, questions.name)
        for name in (*each.gold, *each.related)
    )


def _plan(rows: int, readers: frozenset[str], held_out: frozenset[DocumentId] | None) -> str:
    apart = (
        "a fifth of the documents is held out, with questions about them"
        if held_out is None
        else f"{len(held_out)} documents and their versions are held out for the evaluation"
    )
    names = ", ".join(printable(shown(each)) for each in sorted(readers))
    return f"Making a dataset of up to {rows} rows out of what {names} may read; {apart}."


def _progress(*, as_json: bool) -> Callable[[DatasetProgress], None]:
    said = {"rows": 0}

    def tell(progress: DatasetProgress) -> None:
        if progress.rows < said["rows"]:
            said["rows"] = 0
        if progress.rows - said["rows"] >= _SAY_EVERY or (
            progress.rows == progress.wanted != said["rows"]
        ):
            said["rows"] = progress.rows
            cost = _cost(progress.cost)
            _say(f"{progress.rows} of {progress.wanted}{cost}", as_json=as_json)

    return tell


def _cost(cost: dict[str, float]) -> str:
    if not cost.get("requests"):
        return ""
    dollars = f", {cost['dollars']:.2f} dollars" if "dollars" in cost else ""
    return f" ({cost['requests']:.0f} requests to the teacher{dollars})"


def _say(sentence: str, *, as_json: bool) -> None:
    """Say what is done; a program reads but the outcome."""
    click.echo(sentence, err=as_json)


def _line(manifest: Manifest) -> str:
    when = datetime.fromtimestamp(manifest.created_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    readers = ", ".join(printable(shown(each)) for each in sorted(manifest.audiences))
    return (
        f"{manifest.dataset}  {when}  {manifest.counts.get('train', 0)} rows of "
        f"{len(manifest.documents)} documents, for {readers}, by {printable(manifest.made_by)}"
    )


def _print(manifest: Manifest) -> None:
    click.echo(_line(manifest))
    for name, count in sorted(manifest.counts.items()):
        click.echo(f"  {name.replace('_', ' '):<32} {count:>6}")
    click.echo(f"  {'held-out documents':<32} {len(manifest.held_out):>6}")
    if manifest.erased:
        click.echo(f"  {'documents erased since':<32} {len(manifest.erased):>6}")
    if cost := _cost(dict(manifest.cost)):
        click.echo(f" {cost}")


def _print_row(line: str) -> None:
    row = json.loads(line)
    question = row["prompt"][-1]["content"].rpartition("Question: ")[2]
    click.echo(f"\n{row['kind']}, of {printable(row['document'])}")
    click.echo(f"  {printable(question)}")
    click.echo(f"  {printable(row['completion'][0]['content'])}")


def _as_json(traced: Traced) -> dict[str, object]:
    return {
        "document": traced.document,
        "datasets": [
            {"dataset": each.dataset, "erased": traced.document in each.erased}
            for each in traced.datasets
        ],
        "models": [
            {
                "run": model.run,
                "status": model.status.value,
                "dataset": model.dataset,
                "saw_erased": traced.document in model.saw_erased,
            }
            for model in traced.models
        ],
    }


def _print_traced(traced: Traced) -> None:
    if not traced.datasets:
        click.echo(f"{printable(traced.document)} entered no dataset.")
        return
    for each in traced.datasets:
        erased = "; its rows were erased" if traced.document in each.erased else ""
        click.echo(f"{_line(each)}{erased}")
    for model in traced.models:
        click.echo(f"{_model(model)}{_seen(traced.document, model)}")
    if not traced.models:
        click.echo("No model was trained on it.")


def _model(model: TunedModel) -> str:
    return f"{printable(model.run)}  {model.status.value}, trained on {model.dataset}"


def _seen(document: DocumentId, model: TunedModel) -> str:
    return "; it learnt from the document before that was deleted" * (document in model.saw_erased)
