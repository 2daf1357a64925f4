"""`wellread gaps`: what people ask that the documents do not answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import click

from wellread.local.ask_cli import as_option, asker_of
from wellread.local.data_folder import data_option
from wellread.local.documents_cli import place_of, stack_option
from wellread.local.printing import json_option, print_json, printable

_SECONDS = {"h": 3600.0, "d": 86_400.0, "w": 604_800.0}


@click.command()
@data_option
@stack_option
@as_option
@click.option(
    "--since", default="7d", show_default=True, help="How far back: hours, days or weeks."
)
@json_option
def gaps(
    data: Path | None,
    stack: str | None,
    audiences: tuple[str, ...],
    since: str,
    *,
    as_json: bool,
) -> None:
    """Show what people ask that the documents do not answer, grouped, most askers first.

    Only what a member of the audiences may know of, and in the words of an asker only what several
    people asked, or you did.
    """
    seconds = _seconds(since)
    with place_of(data, stack) as place:
        services = place.services
        report = services.gaps.report(asker_of(services.settings, audiences), seconds)
    if as_json:
        print_json(report.as_values())
        return
    for gap in report.gaps:
        last = datetime.fromtimestamp(gap.last, UTC).strftime("%Y-%m-%d")
        click.echo(
            f"{gap.questions:>4} asked by {gap.askers}, last {last}  {printable(gap.wording)}"
        )
    if report.alone:
        click.echo(f"{report.alone:>4} more, each about something that one person alone asked")
    if not report.gaps and not report.alone:
        click.echo("Every question was answered, or nobody asked one.")


def _seconds(since: str) -> float:
    found = re.fullmatch(r"(\d{1,4})([hdw])", since.strip().lower())
    if found is None or not int(found[1]):
        raise click.BadParameter("Say a number with h, d or w, such as 7d.", param_hint="--since")
    return int(found[1]) * _SECONDS[found[2]]
