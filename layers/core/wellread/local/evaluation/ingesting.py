"""Where an evaluation keeps what it ingested, and how it gets there: through the real handlers."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

import wellread
from wellread import bootstrap
from wellread.bootstrap import embedded
from wellread.domain.access.scope import Operator
from wellread.domain.evaluation.cases import InjectionCase
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.errors import InvalidDataFolderError
from wellread.local.host import LocalHost
from wellread.services.ingest.documents import DocumentSummary
from wellread.settings import Settings

Build = Callable[[Settings], embedded.EmbeddedServices]

_MARKER = "evaluation.json"
_OVERLAY = "injection-documents"
_INGEST_CODE = (
    "adapters/parsing/**/*.py",
    "domain/ingest/chunking.py",
    "domain/knowledge/documents.py",
)
_POLL_SECONDS = 0.1
_SAY_SECONDS = 5.0


class Progress:
    """Says how far something is, now and then."""

    def __init__(self) -> None:
        self._shown = ""
        self._said_at = 0.0

    def __call__(self, line: str, *, final: bool = False) -> None:
        """Say a line, unless one was said a moment ago."""
        now = time.monotonic()
        if line != self._shown and (final or now - self._said_at >= _SAY_SECONDS):
            self._shown, self._said_at = line, now
            click.echo(line)


def default_data_folder(documents: Path, embedder: str, *, elsewhere: bool = False) -> Path:
    """A folder in the user's cache for these documents and this embedder, and nothing else.

    Args:
        documents: The set's.
        embedder: The setting.
        elsewhere: Whether the passages are kept in another place.
    """
    what = f"{documents.resolve()}\n{embedder}" + ("\nelsewhere" if elsewhere else "")
    key = hashlib.sha256(what.encode()).hexdigest()[:12]
    return Path.home() / ".cache" / "wellread" / "evaluation" / f"{documents.parent.name}-{key}"


def claim(settings: Settings, documents: Path, *, elsewhere: bool = False) -> str | None:
    """Make the data folder this set's own.

    Args:
        settings: Name the data folder.
        documents: The set's.
        elsewhere: Whether the passages are kept in another place; a folder is of one kind.

    Returns:
        The fingerprint of the code that ingested what is there; None where nothing is.

    Raises:
        InvalidDataFolderError: Something else's data is there.
    """
    marker = settings.data / _MARKER
    mine = {
        "documents": str(documents.resolve()),
        "embedder": settings.embedder,
        "index": "elsewhere" if elsewhere else None,
    }
    if (settings.data / embedded.DATABASE_NAME).exists():
        found = _read_marker(marker)
        if {key: found.get(key) for key in mine} != mine:
            raise InvalidDataFolderError(
                f"The data folder {str(settings.data)!r} was not made by `wellread evaluate` for "
                "this set and embedder. Choose another with --data, or leave --data out."
            )
        return str(found.get("ingest"))
    _write_marker(settings, mine)
    return None


def ingest(
    settings: Settings, build: Build, *, before: str | None, anew: bool = False
) -> tuple[int, list[DocumentSummary]]:
    """Bring the index to what the documents folder holds.

    Args:
        settings: Name the data and the documents.
        build: From settings to the services.
        before: What `claim` returned. Where the code that reads and cuts documents has changed
            since, all are read again; their vectors are kept by content.
        anew: Read all again in any case: the index is empty.

    Returns:
        How many documents are searchable, and those that are not.
    """
    services = build(settings)
    with _working(services) as host:
        settle(host, services, Progress())
        changed = before is not None and before != ingest_fingerprint()
        if changed or anew:
            click.echo(
                "The index is new: reading all documents again."
                if anew
                else "The code that reads documents has changed: reading all of them again."
            )
            for each in list(_documents(services)):
                services.documents.retry(Operator(), each.document)
            settle(host, services, Progress())
        indexed = services.documents.registered().indexed
        failed = list(_documents(services, DocumentStatus.FAILED))
    marker = _read_marker(settings.data / _MARKER)
    marker.pop("ingest", None)
    _write_marker(settings, marker)
    return indexed, failed


@contextlib.contextmanager
def injected(
    settings: Settings, build: Build
) -> Iterator[tuple[embedded.EmbeddedServices, Callable[[InjectionCase | None, Path], None]]]:
    """The set with single documents replaced, in a copy of its folder.

    Yields:
        The services, and what puts a case's document (from a folder) in its place after it put
        back the one before.
    """
    documents = embedded.documents_folder(settings)
    overlay = settings.data / _OVERLAY
    shutil.rmtree(overlay, ignore_errors=True)
    shutil.copytree(documents, overlay)
    services = build(settings.model_copy(update={"documents": overlay}))
    replaced: list[str] = []

    def put(case: InjectionCase | None, folder: Path) -> None:
        for path in replaced:
            _replace(documents / path, overlay / path)
        replaced.clear()
        if case is not None:
            _replace(folder / case.document, overlay / case.replaces)
            replaced.append(case.replaces)
        settle(host, services, None)

    try:
        with _working(services) as host:
            yield services, put
            put(None, overlay)
    finally:
        shutil.rmtree(overlay, ignore_errors=True)


def settle(host: LocalHost, services: embedded.EmbeddedServices, progress: Progress | None) -> None:
    """Wait until the index is what the folder holds."""
    host.scan()
    while True:
        state = services.documents.registered()
        line = f"Reading documents: {state.indexed + state.failed} of {state.total}"
        done = not (
            state.waiting or host.settling() or not host.idle() or services.choice.changing()
        )
        if progress is not None:
            progress(line, final=done)
        if done:
            return
        if host.settling():
            host.scan()
        time.sleep(_POLL_SECONDS)


def ingest_fingerprint() -> str:
    """Changes with the code that decides what a document's chunks are."""
    package = Path(wellread.__file__).parent
    digest = hashlib.sha256()
    for pattern in _INGEST_CODE:
        for path in sorted(package.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def _working(services: embedded.EmbeddedServices) -> Iterator[LocalHost]:
    host = LocalHost(services, say=lambda sentence: click.echo(f"wellread: {sentence}", err=True))
    try:
        host.start()
        yield host
    finally:
        host.stop()


def _documents(
    services: bootstrap.Services, status: DocumentStatus | None = None
) -> Iterator[DocumentSummary]:
    after: str | None = ""
    while after is not None:
        page = services.documents.list(Operator(), status=status, after=after, limit=500)
        yield from page.documents
        after = page.next


def _replace(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _read_marker(marker: Path) -> dict[str, Any]:
    try:
        found = json.loads(marker.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_marker(settings: Settings, mine: dict[str, Any]) -> None:
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps({**mine, "ingest": ingest_fingerprint()}, indent=2)
    (settings.data / _MARKER).write_text(text, encoding="utf-8")
