"""`wellread models`: language models on this machine, and which fine-tuned one answers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from wellread.domain.access.scope import shown
from wellread.domain.tune.models import ModelStatus, RunName, TunedModel
from wellread.local.data_folder import data_option
from wellread.local.documents_cli import place_of, stack_option
from wellread.local.printing import json_option, print_json, printable
from wellread.services.tune.tuned_models import TunedModels

_MODES = "in the modes tuned and tuned_rag"
_NONE = "no fine-tuned model"


@click.group()
def models() -> None:
    """Language models: which there are, and which fine-tuned one answers."""


@models.command(name="list")
@data_option
@stack_option
@json_option
def list_models(data: Path | None, stack: str | None, *, as_json: bool) -> None:
    """List the fine-tuned models, oldest first, and what each was made of."""
    with place_of(data, stack) as place:
        tuned = place.services.tuned_models
        found = tuned.list()
        if as_json:
            print_json([_as_json(model, tuned) for model in found])
            return
        for model in found:
            _print(model, tuned)
        if not found:
            click.echo("No model was fine-tuned yet. `wellread fine-tune` makes one.")


@models.command()
@click.argument("run")
@data_option
@stack_option
@json_option
def promote(run: str, data: Path | None, stack: str | None, *, as_json: bool) -> None:
    """Have the model of RUN answer in the tuned modes, in place of the one that does.

    Only a model that passed the gate is promoted: one that waits for approval, or that answered
    before.
    """
    with place_of(data, stack) as place:
        tuned = place.services.tuned_models
        model = tuned.promotable(RunName(run))
        if _is_promoted(model):
            _say(f"{printable(run)} answers already. Nothing is changed.", as_json=as_json)
        else:
            now = tuned.promoted()
            _say(
                f"{printable(run)} will answer {_MODES}, for {_readers(model)}; {_kept(now)}.",
                as_json=as_json,
            )
            model = tuned.promote(RunName(run))
        if as_json:
            print_json(_as_json(model, tuned))
        else:
            click.echo(f"{printable(model.run)} answers.")


@models.command()
@data_option
@stack_option
@json_option
def rollback(data: Path | None, stack: str | None, *, as_json: bool) -> None:
    """Take the promoted model away, and have the one before it answer again."""
    with place_of(data, stack) as place:
        tuned = place.services.tuned_models
        if now := tuned.promoted():
            earlier = tuned.before(now)
            _say(
                f"{printable(now.run)} will be taken away; {_name(earlier)} will answer {_MODES}.",
                as_json=as_json,
            )
        done = tuned.rollback()
        if as_json:
            back = None if done.back is None else _as_json(done.back, tuned)
            print_json({"away": _as_json(done.away, tuned), "back": back})
            return
        if done.back is None:
            click.echo("No fine-tuned model answers any more.")
            return
        click.echo(f"{printable(done.back.run)} answers.")
        for line in _warnings(done.back, tuned):
            click.secho(line, fg="yellow")


def _say(sentence: str, *, as_json: bool) -> None:
    """Say what will be done; a program reads but the outcome."""
    click.echo(sentence, err=as_json)


def _name(model: TunedModel | None) -> str:
    return _NONE if model is None else printable(model.run)


def _kept(model: TunedModel | None) -> str:
    if model is None:
        return "none did so far"
    return f"{printable(model.run)}, which does now, is kept for a roll back"


def _readers(model: TunedModel) -> str:
    names = ", ".join(printable(shown(audience)) for audience in sorted(model.audiences))
    return f"askers in {names}" if names else "nobody: its documents have no reader in common"


def _as_json(model: TunedModel, tuned: TunedModels) -> dict[str, object]:
    return {
        "run": model.run,
        "status": model.status.value,
        "answers": _is_promoted(model) and tuned.understands(model),
        "reason": model.reason,
        "changed_at": model.changed_at,
        "created_at": model.created_at,
        "base": model.base,
        "location": model.location,
        "dataset": model.dataset,
        "recipe": model.recipe,
        "prompt_version": model.prompt_version,
        "passage_characters": model.passage_characters,
        "audiences": sorted(map(shown, model.audiences)),
        "metrics": dict(model.metrics),
        "saw_erased": sorted(model.saw_erased),
        "follows": model.follows,
    }


def _print(model: TunedModel, tuned: TunedModels) -> None:
    since = datetime.fromtimestamp(model.changed_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    status = model.status.value.replace("_", " ")
    click.secho(f"{printable(model.run)}  {status} since {since}", bold=_is_promoted(model))
    if model.reason:
        click.echo(f"    {printable(model.reason)}")
    click.echo(
        f"    made from {printable(model.base)} by {printable(model.recipe)} on "
        f"{printable(model.dataset)}, for {_readers(model)}"
    )
    for line in _warnings(model, tuned):
        click.secho(f"    {line}", fg="yellow")


def _is_promoted(model: TunedModel) -> bool:
    return model.status is ModelStatus.PROMOTED


def _warnings(model: TunedModel, tuned: TunedModels) -> list[str]:
    """What whoever looks after the models has to know of one that answers, or may again."""
    found = []
    if _is_promoted(model) and not tuned.understands(model):
        found.append(
            "It is not asked: it was trained on prompts that wellread does not use any more. Run "
            "`wellread fine-tune` again."
        )
    if model.saw_erased:
        names = ", ".join(map(printable, sorted(model.saw_erased)))
        found.append(
            f"It was trained on documents that were deleted since: {names}. It may still know "
            "them. Run `wellread fine-tune` again, or roll back."
        )
    return found
