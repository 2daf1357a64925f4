"""The `wellread` command: its commands, its `status`, and how it ends."""

from __future__ import annotations

import logging
import sys
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click

from wellread import __version__
from wellread.api.shapes import DocumentState
from wellread.bootstrap import embedded
from wellread.domain.access.scope import Operator
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.errors import WellreadError
from wellread.local.access_cli import access
from wellread.local.ask_cli import ask, compare
from wellread.local.check_files import check_files
from wellread.local.data_folder import beside, data_option, settings_of
from wellread.local.documents_cli import documents
from wellread.local.evaluation.command import evaluate
from wellread.local.freshness import freshness
from wellread.local.lock import HostLock
from wellread.local.logs import LOG_NAME
from wellread.local.printing import (
    all_documents,
    json_option,
    print_access_warnings,
    print_document,
    print_guards,
    print_json,
)
from wellread.local.private import write_for_owner_only
from wellread.local.serve_cli import demo, serve

logger = logging.getLogger(__name__)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wellread")
def cli() -> None:
    """Drop documents into a folder, ask about them, get answers that cite their passages."""


@cli.command()
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
            documents_are = "document is" if progress.outdated == 1 else "documents are"
            how = "being read again" if serving else "read again"
            once = "" if serving else " once `wellread serve` runs"
            click.echo(
                f"{progress.outdated} {documents_are} {how} by a newer version{once}; "
                f"{'it stays' if progress.outdated == 1 else 'they stay'} searchable meanwhile."
            )
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


for _command in (serve, ask, compare, demo, access, evaluate, check_files, documents, freshness):
    cli.add_command(_command)


def main() -> None:
    """Run the command; every error a person can cause is one sentence, not a traceback."""
    write_for_owner_only()
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        _end("Stopped.", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except WellreadError as error:
        _end(f"wellread: {error}", 2)
    except BrokenPipeError:
        sys.exit(1)
    except Exception:
        logger.exception("the command failed")
        _end(f"wellread failed; the cause is in {LOG_NAME} in the data folder.", 1)


def _end(sentence: str, code: int) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(code)
