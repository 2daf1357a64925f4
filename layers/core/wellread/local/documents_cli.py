"""`wellread documents`: look after the documents."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from wellread.api.shapes import DocumentState
from wellread.bootstrap import Services
from wellread.domain.access.scope import Operator
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.local.data_folder import beside, data_option, settings_of
from wellread.local.deployed import StackOutputs, deployed_services, run_reconcile
from wellread.local.lock import HostLock
from wellread.local.logs import log_errors_only
from wellread.local.printing import (
    all_documents,
    json_option,
    named,
    print_document,
    print_json,
    printable,
)
from wellread.services.ingest.redriving import RedrivePlan

_NAMED = 10

stack_option = click.option(
    "--stack", help="A deployed CloudFormation stack, instead of a data folder."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A knowledge base that a command looks after.

    Attributes:
        stack: Its outputs, where it is deployed.
        once_served: What to say where what was asked for has to wait for a host.
    """

    services: Services
    stack: StackOutputs | None = None
    once_served: str = ""


@contextmanager
def place_of(data: Path | None, stack: str | None) -> Iterator[Place]:
    """The knowledge base in a data folder, or of a deployed stack."""
    if stack is not None:
        if data is not None:
            raise click.UsageError("Say --stack or --data, not both.")
        log_errors_only()
        outputs = StackOutputs.of(stack)
        yield Place(deployed_services(outputs.settings()), outputs)
        return
    settings = settings_of(data)
    waits = "" if HostLock.is_held(settings.data) else " once `wellread serve` runs"
    with beside(settings) as found:
        yield Place(found, once_served=waits)


@click.group()
def documents() -> None:
    """Look after the documents: list, show, retry, reconcile, redrive."""


@documents.command(name="list")
@data_option
@stack_option
@click.option("--status", "wanted", type=click.Choice([s.value for s in DocumentStatus]))
@json_option
def list_documents(
    data: Path | None, stack: str | None, wanted: str | None, *, as_json: bool
) -> None:
    """List documents and their states."""
    with place_of(data, stack) as place:
        for each in all_documents(place.services, DocumentStatus(wanted) if wanted else None):
            if as_json:
                click.echo(json.dumps(DocumentState.of(each).model_dump(), ensure_ascii=True))
            else:
                print_document(each)


@documents.command(name="show")
@click.argument("document")
@data_option
@stack_option
def show_document(document: str, data: Path | None, stack: str | None) -> None:
    """Show one document's state; DOCUMENT may be what stands for it in logs."""
    with place_of(data, stack) as place:
        name = named(place.services, document)
        shown = place.services.documents.show(Operator(), name)
        print_json(DocumentState.of(shown).model_dump())


@documents.command(name="retry")
@click.argument("document", nargs=-1)
@click.option("--all-failed", is_flag=True, help="All documents that failed.")
@data_option
@stack_option
def retry_documents(
    document: tuple[str, ...], data: Path | None, stack: str | None, *, all_failed: bool
) -> None:
    """Have documents read again."""
    if not document and not all_failed:
        raise click.UsageError("Name a document, or say --all-failed.")
    with place_of(data, stack) as place:
        keys: list[DocumentId] = [named(place.services, key) for key in document]
        if all_failed:
            keys += [d.document for d in all_documents(place.services, DocumentStatus.FAILED)]
        for key in keys:
            place.services.documents.retry(Operator(), key)
        click.echo(f"{len(keys)} will be read again{place.once_served}.")


@documents.command(name="reconcile")
@data_option
@stack_option
@json_option
def reconcile_documents(data: Path | None, stack: str | None, *, as_json: bool) -> None:
    """Compare bucket (or folder), registry and index; have repaired what differs; report."""
    with place_of(data, stack) as place:
        run = datetime.fromtimestamp(time.time(), UTC).strftime("%Y%m%dT%H%M%S")
        if place.stack is not None:
            run_reconcile(place.stack.settings(), run, say=lambda line: click.echo(line, err=True))
        report = (
            place.services.reconciliation.report(run)
            if place.stack is not None
            else place.services.reconciliation.run(run)
        )
        if as_json:
            print_json({"run": run, "report": report.place, **report.tally.as_json()})
            return
        click.echo(report.text, nl=False)
        click.echo(f"\nKept as {report.place}")
        if report.tally.differences and place.once_served:
            click.echo(f"The repairs are made{place.once_served}.")


@documents.command(name="redrive")
@data_option
@stack_option
@click.option("--yes", is_flag=True, help="Do it without asking.")
def redrive_documents(data: Path | None, stack: str | None, *, yes: bool) -> None:
    """Give messages that were delivered in vain, and their documents, a new start."""
    with place_of(data, stack) as place:
        plan = place.services.redriving.plan()
        if plan.empty:
            click.echo("There is nothing to redrive.")
            return
        print_plan(plan)
        if not yes and not click.confirm("Do it?"):
            click.echo("Nothing was changed.")
            return
        moved = place.services.redriving.redrive()
        click.echo(
            f"{_count(moved, 'dead letter')} will be delivered again, and "
            f"{_count(len(plan.failed), 'document')} read again{place.once_served}."
        )


def print_plan(plan: RedrivePlan) -> None:
    """Say what a redrive will do."""
    for queue in plan.queues:
        if not queue.letters:
            click.echo(f"Queue {queue.queue}: no dead letters.")
            continue
        since = ""
        if queue.oldest is not None:
            sent = datetime.fromtimestamp(queue.oldest, UTC).strftime("%Y-%m-%d %H:%M UTC")
            since = f", the oldest of {sent}"
        click.echo(
            f"Queue {queue.queue}: {_count(queue.letters, 'dead letter')} would be delivered "
            f"again{since}. About:"
        )
        _print_names(queue.documents, queue.letters)
    if plan.failed:
        click.echo(
            f"{_count(len(plan.failed), 'document')} failed as `internal` and would be read again:"
        )
        _print_names(plan.failed, len(plan.failed))


def _print_names(names: tuple[DocumentId, ...], count: int) -> None:
    for name in names[:_NAMED]:
        click.echo(f"  {printable(name)}")
    if count > _NAMED:
        click.echo("  and others")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
