"""`wellread status`: how much is searchable, and what is not and why."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from wellread.api.shapes import DocumentState
from wellread.bootstrap import embedded
from wellread.domain.access.scope import Operator
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.errors import WellreadError
from wellread.local.data_folder import beside, data_option, settings_of
from wellread.local.lock import HostLock
from wellread.local.printing import (
    all_documents,
    json_option,
    print_access_warnings,
    print_document,
    print_guards,
    print_json,
)


@click.command()
@data_option
@json_option
def status(data: Path | None, *, as_json: bool) -> None:
    """Say how much is searchable, and what is not and why."""
    settings = settings_of(data)
    with beside(settings) as services:
        progress = services.documents.progress(Operator())
        serving = HostLock.is_held(settings.data)
        failed = list(all_documents(services, DocumentStatus.FAILED))
        warnings = services.access_review.warnings(now=not serving)
        guards = services.adapters.file_parser.guards()
        if as_json:
            print_json(
                {
                    "serving": serving,
                    "indexed": progress.indexed,
                    "waiting": progress.waiting,
                    "failed": progress.failed,
                    "total": progress.total,
                    "outdated": progress.outdated,
                    "documents_failed": [DocumentState.of(each).model_dump() for each in failed],
                    "access_warnings": list(warnings),
                    "confinement": [asdict(each) for each in guards],
                }
            )
            return
        click.echo(f"{progress.indexed} of {progress.total} documents indexed.")
        click.echo(f"Documents folder: {embedded.documents_folder(settings)}")
        if progress.waiting:
            hint = "" if serving else " (start `wellread serve` to go on)"
            click.echo(f"{progress.waiting} waiting{hint}.")
        if progress.outdated:
            click.echo(_read_again(progress.outdated, serving=serving))
        try:
            if services.choice.changing():
                click.echo("The embedder was changed; `wellread serve` makes new vectors.")
        except WellreadError as error:
            click.echo(str(error))
        if failed:
            click.echo(f"{progress.failed} could not be indexed:")
            for each in failed:
                print_document(each)
        print_access_warnings(warnings)
        print_guards(guards)
        click.echo("Being served now." if serving else "Not being served now.")


def _read_again(number: int, *, serving: bool) -> str:
    documents, they = ("document is", "it stays") if number == 1 else ("documents are", "they stay")
    once = "" if serving else " once `wellread serve` runs"
    return (
        f"{number} {documents} {'being ' if serving else ''}read again by a newer version{once}; "
        f"{they} searchable meanwhile."
    )
