"""The `wellread` command."""

from __future__ import annotations

import logging
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from wellread import __version__, bootstrap
from wellread.api.shapes import AskResponse
from wellread.bootstrap import embedded
from wellread.domain.access.scope import EVERYONE, Scope
from wellread.domain.ask.answers import DeltaEvent, Reply, ReplyEvent, StatusEvent, how_recent
from wellread.domain.ask.questions import Asker, AskerId, Mode, Question, ThreadId
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.errors import InvalidDataFolderError, WellreadError
from wellread.local.access_cli import access, audience_names
from wellread.local.check_files import check_files
from wellread.local.data_folder import beside, data_option, remember, remembered, settings_of
from wellread.local.documents_cli import documents
from wellread.local.evaluate import evaluate
from wellread.local.freshness import freshness
from wellread.local.host import LocalHost
from wellread.local.lock import HostLock, missing_folder
from wellread.local.logs import LOG_NAME, log_to
from wellread.local.printing import (
    all_documents,
    json_option,
    print_document,
    print_json,
    printable,
)
from wellread.local.private import write_for_owner_only
from wellread.local.status import status
from wellread.settings import DemoSettings, Settings

logger = logging.getLogger(__name__)

DEFAULT_PORT = 8080
_DECLINED_EXIT = 3

documents_option = click.option(
    "--documents",
    type=click.Path(path_type=Path),
    help="Folder of documents. [default: the one served last, or documents in the data folder]",
)
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="wellread")
def cli() -> None:
    """Drop documents into a folder, ask about them, get answers that cite their passages."""


@cli.command()
@data_option
@documents_option
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True)
@as_option
def serve(data: Path | None, documents: Path | None, port: int, audiences: tuple[str, ...]) -> None:
    """Watch the documents folder; serve the chat page and the HTTP API on 127.0.0.1."""
    settings = settings_of(data, documents)
    with _serving(settings) as host:
        _serve_page(host, settings, port, audiences)


@cli.command()
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
    with beside(settings) as stack:
        asked = Question(
            question,
            _asker(settings, audiences),
            Mode(mode),
            ThreadId(thread) if thread else None,
        )
        if as_json:
            print_json(AskResponse.of(stack.services.answering.answer(asked)).model_dump())
        else:
            _print_reply(stack.services, asked)


@cli.command()
@click.argument("question")
@data_option
@as_option
def compare(question: str, data: Path | None, audiences: tuple[str, ...]) -> None:
    """Ask the same question in all four modes."""
    settings = settings_of(data)
    with beside(settings) as stack:
        for mode in Mode:
            click.secho(f"== {mode.value}", bold=True)
            _print_reply(stack.services, Question(question, _asker(settings, audiences), mode))
            click.echo()


@cli.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("demo-data"),
    show_default=True,
    help="Folder of the demo's data.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True)
def demo(data: Path, port: int) -> None:
    """Ingest the sample knowledge base, answer a question, serve the page."""
    started = time.monotonic()
    demo_settings = DemoSettings()
    settings = settings_of(data, data / "documents")
    with _serving(settings, prepare=_copy_samples) as host:
        _wait_until_indexed(host)
        question = Question(demo_settings.question, _asker(settings, ()))
        click.echo()
        click.secho(f"? {demo_settings.question}", bold=True)
        reply = _print_reply(bootstrap.get_services(), question)
        click.echo(f"({time.monotonic() - started:.0f} s since the start)")
        if demo_settings.exit:
            sys.exit(_DECLINED_EXIT if reply.declined else 0)
        click.echo()
        click.echo(f"Drop files of your own into {str(settings.documents)!r}, or onto the page.")
        _serve_page(host, settings, port, (), any_port=True)


cli.add_command(access)
cli.add_command(evaluate)
cli.add_command(check_files)
cli.add_command(documents)
cli.add_command(freshness)
cli.add_command(status)


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


@contextmanager
def _serving(
    settings: Settings, prepare: Callable[[Path], None] | None = None
) -> Iterator[LocalHost]:
    """A started host on the data folder."""
    root = embedded.documents_folder(settings).resolve()
    # Before anything is made: what is refused leaves nothing behind.
    embedded.check_apart(settings)
    _check_not_mistyped(root, settings)
    with HostLock(settings.data):
        log_to(settings.data)
        if prepare is not None:
            prepare(root)
        settings = settings.model_copy(update={"documents": root})
        host = LocalHost(
            embedded.build_embedded(settings),
            say=lambda sentence: click.echo(f"wellread: {sentence}", err=True),
        )
        try:
            host.start()
            # Not before: a folder that was refused must not be the one that is taken next time.
            remember(settings.data, root)
            yield host
        finally:
            host.stop()


def _check_not_mistyped(root: Path, settings: Settings) -> None:
    """Refuse a folder that is not there, but for the data folder's own before another was served.

    It would be made, be empty, and so empty the index.
    """
    if not _is_missing(root):
        return
    before = remembered(settings.data)
    if before not in (None, root):
        raise InvalidDataFolderError(
            f"There is no folder {str(root)!r}. This data folder has served {str(before)!r} so "
            "far; name an existing folder with --documents, or leave it out to go on with that one."
        )
    if not embedded.has_own_folder(settings):
        raise missing_folder(root)


def _is_missing(folder: Path) -> bool:
    try:
        folder.stat()
    except OSError as error:
        # Of others, such as no permission, the host says the cause.
        return isinstance(error, (FileNotFoundError, NotADirectoryError))
    return False


def _asker(settings: Settings, audiences: tuple[str, ...]) -> Asker:
    names = audience_names(audiences)
    if not names:
        return Asker(AskerId("local"), Scope.of(*settings.audiences))
    return Asker(AskerId(f"local/{'+'.join(sorted(names))}"), Scope.of(EVERYONE, *names))


def _serve_page(
    host: LocalHost,
    settings: Settings,
    port: int,
    audiences: tuple[str, ...],
    *,
    any_port: bool = False,
) -> None:
    from wellread.local.http import create_app, free_port, serve_app

    if any_port:
        port = free_port(port)

    def ready() -> None:
        click.echo(f"http://127.0.0.1:{port}")
        click.echo("READY")

    app = create_app(
        bootstrap.get_services(),
        port=port,
        asker=_asker(settings, audiences),
        drop=host.drop,
        max_file_bytes=settings.max_document_bytes,
    )
    serve_app(app, port=port, on_ready=ready)


def _print_reply(services: bootstrap.Services, question: Question) -> Reply:
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


def _copy_samples(root: Path) -> None:
    """Put the sample knowledge base into the demo's documents folder, once."""
    clone = Path(__file__).resolve().parents[4]
    sources = [
        *sorted((clone / "docs").glob("*.md")),
        *sorted(p for p in (clone / "examples" / "sample-documents").rglob("*") if p.is_file()),
    ]
    if not sources:
        raise InvalidDataFolderError(
            "The sample documents are not beside this wellread. Run the demo from a clone of the "
            "repository, or use `wellread serve --documents DIR` on documents of your own."
        )
    for source in sources:
        folder = "wellread" if source.parent.name == "docs" else "samples"
        base = clone / "docs" if folder == "wellread" else clone / "examples" / "sample-documents"
        target = root / folder / source.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != source.read_bytes():
            shutil.copyfile(source, target)


def _wait_until_indexed(host: LocalHost) -> None:
    """Show progress until everything in the folder has come to an end."""
    services = bootstrap.get_services()
    host.scan()
    shown = ""
    while True:
        progress = services.documents.registered()
        line = f"Indexing: {progress.indexed} of {progress.total} documents"
        if line != shown:
            click.echo(line)
            shown = line
        if not progress.waiting and host.idle() and not host.settling():
            break
        time.sleep(0.3)
    for failed in all_documents(services, DocumentStatus.FAILED):
        print_document(failed)
