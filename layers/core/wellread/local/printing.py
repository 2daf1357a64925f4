"""Documents and values on a terminal."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from wellread.bootstrap import Services
from wellread.domain.access.scope import Operator
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId, is_log_name, log_name
from wellread.domain.knowledge.errors import NotFoundError
from wellread.domain.text.harmless import name_as_stored
from wellread.services.ingest.documents import DocumentSummary

if TYPE_CHECKING:
    from wellread.adapters.parsing.confined.confinement import Guard

_WARNINGS = 5

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def all_documents(services: Services, wanted: DocumentStatus | None) -> Iterator[DocumentSummary]:
    """Every document in key order, read a page at a time."""
    after: str | None = ""
    while after is not None:
        page = services.documents.list(Operator(), status=wanted, after=after, limit=500)
        yield from page.documents
        after = page.next


def print_guards(guards: Sequence[Guard]) -> None:
    """What holds a file that attacks its reader on this machine, and what to do for the rest."""
    held = ", ".join(each.promise for each in guards if each.holds)
    click.echo(
        f"Files are read in {f'a process with {held}' if held else 'an unconfined process'}."
    )
    for fix in dict.fromkeys(each.fix for each in guards if not each.holds):
        lacking = ", ".join(each.promise for each in guards if each.fix == fix)
        click.echo(f"This machine does not give: {lacking}. {fix}")


def named(services: Services, name: str) -> DocumentId:
    """The document that a person names: as it is, as lists show it, or as logs do.

    What stands for a document in logs is looked for among all documents, which takes as long as
    listing them does.
    """
    for each in dict.fromkeys((name, name_as_stored(name))):
        with contextlib.suppress(NotFoundError):
            return services.documents.show(Operator(), DocumentId(each)).document
    if is_log_name(name):
        for found in all_documents(services, None):
            if log_name(found.document) == name:
                return found.document
    return DocumentId(name)


def print_document(document: DocumentSummary) -> None:
    """A document's state, on one line."""
    name = printable(document.document)
    details = []
    if document.pages:
        details.append(f"{document.pages} pages")
    if document.chunks:
        details.append(f"{document.chunks} chunk{'' if document.chunks == 1 else 's'}")
    if document.unreadable_pages:
        details.append(f"no text on pages {', '.join(map(str, document.unreadable_pages))}")
    if document.status is DocumentStatus.FAILED:
        details = [f"{document.code}: {document.reason} {document.fix}"]
    elif document.reason:
        details.append(f"for nobody: {document.reason} {document.fix}")
    click.echo(
        f"{document.status.value:<10} {name}" + (f"  ({', '.join(details)})" if details else "")
    )


def print_access_warnings(warnings: Sequence[str]) -> None:
    """The first of them, a line each."""
    for warning in warnings[:_WARNINGS]:
        click.secho(f"Access: {printable(warning)}", fg="yellow")
    if len(warnings) > _WARNINGS:
        click.echo(f"Access: {len(warnings) - _WARNINGS} more; see `wellread access`.")


def printable(text: str) -> str:
    """A file name on one line, with what could turn or hide text made visible."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def print_json(value: Any) -> None:
    """JSON that any terminal shows."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=True))
