"""The data folder that a command works on, and the documents folder that goes with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from wellread.bootstrap import embedded
from wellread.domain.knowledge.errors import InvalidDataFolderError
from wellread.local.logs import log_to
from wellread.local.private import make_private
from wellread.settings import Settings, load_settings

_REMEMBERED = "documents-folder.json"

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Folder of wellread's own data. [default: wellread-data, or WELLREAD_DATA]",
)


def settings_of(data: Path | None, documents_folder: Path | None = None) -> Settings:
    """The settings, with the documents folder that was served last where none is named."""
    settings = load_settings(data=data, documents=documents_folder)
    if settings.documents is None and (served := remembered(settings.data)):
        settings = load_settings(data=data, documents=served)
    return settings


def remembered(data: Path) -> Path | None:
    """The documents folder that a data folder served last."""
    try:
        return Path(json.loads((data / _REMEMBERED).read_text(encoding="utf-8"))["documents"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(data: Path, documents: Path) -> None:
    """Serve this documents folder the next time none is named."""
    (data / _REMEMBERED).write_text(json.dumps({"documents": str(documents)}), encoding="utf-8")


@contextmanager
def beside(settings: Settings) -> Iterator[embedded.EmbeddedServices]:
    """The embedded services, beside whatever host serves the same folder."""
    if not (settings.data / embedded.DATABASE_NAME).exists():
        raise InvalidDataFolderError(
            f"There is no knowledge base in {str(settings.data)!r} yet. Start one with "
            "`wellread serve`, or name its folder with --data."
        )
    make_private(settings.data, all_of_it=False)
    log_to(settings.data)
    services = embedded.EmbeddedServices(settings)
    try:
        yield services
    finally:
        services.close()
