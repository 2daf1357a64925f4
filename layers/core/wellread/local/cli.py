"""The `wellread` command: its commands, its `status`, and how it ends."""

from __future__ import annotations

import logging
import sys
from typing import NoReturn

import click

from wellread import __version__
from wellread.domain.knowledge.errors import WellreadError
from wellread.local.access_cli import access
from wellread.local.ask_cli import ask, compare
from wellread.local.check_files import check_files
from wellread.local.dataset_cli import dataset
from wellread.local.doctor.command import doctor
from wellread.local.documents_cli import documents
from wellread.local.evaluation.command import evaluate
from wellread.local.feedback_cli import feedback
from wellread.local.freshness import freshness
from wellread.local.gaps_cli import gaps
from wellread.local.logs import LOG_NAME
from wellread.local.model_files_cli import get
from wellread.local.models_cli import models
from wellread.local.private import write_for_owner_only
from wellread.local.serve_cli import demo, serve
from wellread.local.slack_cli import slack_manifest
from wellread.local.status_cli import status
from wellread.local.teams_cli import teams_package
from wellread.local.tuning.command import fine_tune_command

logger = logging.getLogger(__name__)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wellread")
def cli() -> None:
    """Drop documents into a folder, ask about them, get answers that cite their passages."""


for _command in (
    serve,
    ask,
    compare,
    demo,
    access,
    evaluate,
    check_files,
    dataset,
    doctor,
    documents,
    feedback,
    fine_tune_command,
    freshness,
    gaps,
    models,
    slack_manifest,
    status,
    teams_package,
):
    cli.add_command(_command)


models.add_command(get)


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
