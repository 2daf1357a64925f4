"""`wellread ask` and `compare`: questions in the terminal."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from wellread.api.shapes import AskResponse
from wellread.bootstrap import Services
from wellread.domain.access.scope import EVERYONE, Scope
from wellread.domain.ask.answers import DeltaEvent, Reply, ReplyEvent, StatusEvent, how_recent
from wellread.domain.ask.questions import Asker, AskerId, Mode, Question, ThreadId
from wellread.local.access_cli import audience_names
from wellread.local.data_folder import beside, data_option, settings_of
from wellread.local.printing import json_option, print_json, printable
from wellread.settings import Settings
from wellread.wire.document_links import link_to

logger = logging.getLogger(__name__)

as_option = click.option(
    "--as",
    "audiences",
    multiple=True,
    metavar="AUDIENCE",
    help="Ask as a member of this audience (may be repeated). [default: everyone]",
)
mode_option = click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.RAG.value,
    show_default=True,
    help="What the answer may come from.",
)


@click.command()
@click.argument("question")
@data_option
@as_option
@mode_option
@click.option("--thread", help="Go on with this thread.")
@json_option
def ask(
    question: str,
    data: Path | None,
    audiences: tuple[str, ...],
    mode: str,
    thread: str | None,
    *,
    as_json: bool,
) -> None:
    """Ask a question in the terminal; works while `serve` runs, and without it."""
    settings = settings_of(data)
    with beside(settings) as services:
        asked = Question(
            question,
            asker_of(settings, audiences),
            Mode(mode),
            ThreadId(thread) if thread else None,
            links=link_to,
        )
        if as_json:
            print_json(AskResponse.of(services.answering.answer(asked)).model_dump())
        else:
            print_reply(services, asked)


@click.command()
@click.argument("question")
@data_option
@as_option
def compare(question: str, data: Path | None, audiences: tuple[str, ...]) -> None:
    """Ask the same question in all modes that something answers in."""
    settings = settings_of(data)
    asker = asker_of(settings, audiences)
    with beside(settings) as services:
        for mode in services.answering.modes(asker.scope):
            click.secho(f"== {mode.value}", bold=True)
            print_reply(services, Question(question, asker, mode, links=link_to))
            click.echo()


def asker_of(settings: Settings, audiences: tuple[str, ...]) -> Asker:
    """A member of the audiences that were named; of those in the settings where none was."""
    names = audience_names(audiences)
    if not names:
        return Asker(AskerId("local"), Scope.of(*settings.audiences))
    return Asker(AskerId(f"local/{'+'.join(sorted(names))}"), Scope.of(EVERYONE, *names))


def print_reply(services: Services, question: Question) -> Reply:
    """Print an answer as it comes, and its citations after it."""
    shown = ""
    for event in services.answering.stream(question):
        if isinstance(event, StatusEvent):
            logger.debug("status", extra={"status": event.text})
        elif isinstance(event, DeltaEvent):
            shown += event.text
            click.echo(event.text, nl=False)
        elif isinstance(event, ReplyEvent):
            reply = event.reply
    rest = reply.text.removeprefix(shown)
    if rest == reply.text and shown:
        click.echo()  # the reply replaced what was streamed
    click.echo(rest)
    for number, citation in enumerate(reply.citations, start=1):
        place = [printable(citation.document)]
        place += [f"page {citation.page}"] if citation.page is not None else []
        place += [citation.heading] if citation.heading else []
        place += [how_recent(citation)] if how_recent(citation) else []
        click.echo(f"\n[{number}] {' · '.join(place)}")
        quote = " ".join(citation.quote.split())
        if quote not in " ".join(reply.text.replace("\n>", " ").split()):
            click.echo(f"    “{quote}”")
    for near in reply.nearest:
        click.echo(f"Nearest: {printable(near.document)} ({near.link})")
    click.secho(f"({reply.outcome.answered_by}, thread {reply.thread})", dim=True)
    return reply
