"""`wellread serve` and `demo`: the laptop host with the page."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import click

from wellread import bootstrap
from wellread.bootstrap import embedded
from wellread.bootstrap.local_models import PACKAGED_NAME, LocalGenerator
from wellread.domain.ask.questions import Question
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.errors import InvalidDataFolderError
from wellread.local.ask_cli import as_option, asker_of, print_reply
from wellread.local.data_folder import data_option, remember, remembered, settings_of
from wellread.local.host import LocalHost
from wellread.local.lock import HostLock, missing_folder
from wellread.local.logs import log_to
from wellread.local.printing import all_documents, print_document
from wellread.local.slack_socket import app_token, connected
from wellread.settings import DemoSettings, Settings
from wellread.wire.document_links import link_to

DEFAULT_PORT = 8080
_DECLINED_EXIT = 3
_LOADING_SECONDS = 120.0

documents_option = click.option(
    "--documents",
    type=click.Path(path_type=Path),
    help="Folder of documents. [default: the one served last, or documents in the data folder]",
)
port_option = click.option(
    "--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True
)


@click.command()
@data_option
@documents_option
@port_option
@as_option
@click.option(
    "--slack",
    is_flag=True,
    help="Take what Slack sends through a connection to it (Socket Mode), so that nothing has to "
    "reach this machine. Needs WELLREAD_SLACK_APP_TOKEN and WELLREAD_SLACK_BOT_TOKEN.",
)
def serve(
    data: Path | None, documents: Path | None, port: int, audiences: tuple[str, ...], slack: bool
) -> None:
    """Watch the documents folder; serve the chat page and the HTTP API on 127.0.0.1."""
    from wellread.local.http import refuse_taken

    settings = settings_of(data, documents)
    here = settings.public_url or f"http://127.0.0.1:{port}"
    settings = settings.model_copy(update={"public_url": here})
    # Before anything is made, or another folder is gone over to.
    refuse_taken(port)
    if slack:
        app_token(settings)
    with _serving(settings) as host, _slack(settings) if slack else nullcontext():
        _serve_page(host, settings, port, audiences)


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("demo-data"),
    show_default=True,
    help="Folder of the demo's data.",
)
@port_option
def demo(data: Path, port: int) -> None:
    """Ingest the sample knowledge base, answer a question, serve the page."""
    started = time.monotonic()
    demo_settings = DemoSettings()
    settings = settings_of(data, data / "documents")
    with _serving(settings, prepare=_copy_samples) as host:
        _wait_until_indexed(host)
        _wait_for_model()
        question = Question(demo_settings.question, asker_of(settings, ()), links=link_to)
        click.echo()
        click.secho(f"? {demo_settings.question}", bold=True)
        reply = print_reply(bootstrap.get_services(), question)
        click.echo(f"({time.monotonic() - started:.0f} s since the start)")
        if demo_settings.exit:
            sys.exit(_DECLINED_EXIT if reply.declined else 0)
        click.echo()
        click.echo(f"Drop files of your own into {str(settings.documents)!r}, or onto the page.")
        _serve_page(host, settings, port, (), any_port=True)


def _slack(settings: Settings) -> AbstractContextManager[None]:
    return connected(bootstrap.get_services().slack_front, settings, _say)


def _say(sentence: str) -> None:
    click.echo(f"wellread: {sentence}", err=True)


@contextmanager
def _serving(
    settings: Settings, prepare: Callable[[Path], None] | None = None
) -> Iterator[LocalHost]:
    """A started host on the data folder."""
    root = embedded.documents_folder(settings).resolve()
    # Before anything is made: what is refused leaves nothing behind.
    embedded.refuse_data_among_documents(settings)
    _check_not_mistyped(root, settings)
    with HostLock(settings.data):
        log_to(settings.data)
        if prepare is not None:
            prepare(root)
        settings = settings.model_copy(update={"documents": root})
        host = LocalHost(
            embedded.EmbeddedServices(settings),
            say=_say,
        )
        try:
            host.start()
            _load_model()
            # Not before: a folder that was refused must not be the one that is taken next time.
            remember(settings.data, root)
            yield host
        finally:
            host.stop()


def _load_model() -> None:
    """Have a model of this machine loaded meanwhile, so that no question waits for it."""
    model = bootstrap.get_services().generators.model
    if isinstance(model, LocalGenerator):
        model.begin()


def _wait_for_model() -> None:
    model = bootstrap.get_services().generators.model
    if isinstance(model, LocalGenerator):
        click.echo(f"Loading the model {model.name}")
        if model.name == PACKAGED_NAME:
            click.echo(
                "It is the smallest there is, for a first try: it says wrong things, with markers. "
                "Without a model, answers are quoted."
            )
        model.wait(_LOADING_SECONDS)


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
        asker=asker_of(settings, audiences),
        drop=host.drop,
        max_file_bytes=settings.max_document_bytes,
    )
    serve_app(app, port=port, on_ready=ready)


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
