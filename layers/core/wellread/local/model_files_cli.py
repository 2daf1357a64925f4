"""`wellread models get`: a language model's file, from where it is to this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from wellread.local.printing import json_option, print_json, printable
from wellread.settings import load_settings

if TYPE_CHECKING:
    from wellread.adapters.llama.fetching import Progress

_MB = 1_000_000
_TOLD_EVERY = 10


@click.command()
@click.argument("name", required=False)
@click.option("--list", "listed", is_flag=True, help="Only say which models have a name here.")
@click.option("--sha256", help="What the file has to hold; needed for addresses besides the hub's.")
@json_option
def get(name: str | None, listed: bool, sha256: str | None, *, as_json: bool) -> None:
    """Fetch a model: a known NAME, owner/repository/file.gguf of the hub, or an address.

    It is checked by its SHA-256, and a download that broke off goes on where it stopped.
    """
    from wellread.adapters.llama.fetching import fetch
    from wellread.adapters.llama.sources import source_of

    if listed:
        _list(as_json=as_json)
        return
    if name is None:
        raise click.UsageError("Name a model, or see which there are with --list.")
    settings = load_settings()
    source = source_of(name, settings.hub_url, sha256)
    folder = settings.base_models.expanduser()
    click.echo(f"Fetching {source.url}", err=True)
    with _progress() as progress:
        fetched = fetch(source, folder, progress)
    if as_json:
        said = {"name": source.name, "path": str(fetched.path), "bytes": fetched.size}
        print_json({**said, "sha256": fetched.sha256, "already": fetched.already})
        return
    state = "is here already" if fetched.already else "is here"
    click.echo(f"{source.name} {state}: {printable(str(fetched.path))}")
    click.echo(f"{-(-fetched.size // _MB)} MB, SHA-256 {fetched.sha256}")
    click.echo(f"Answer with it: WELLREAD_MODEL={source.name}")


def _list(*, as_json: bool) -> None:
    from wellread.adapters.llama.sources import KNOWN

    if as_json:
        print_json([asdict(known) for known in KNOWN])
        return
    for known in KNOWN:
        size = f"{-(-known.size // _MB)} MB"
        click.echo(f"{known.name:14} {size:>8}  {known.licence}  {known.about}")


@contextmanager
def _progress() -> Iterator[Progress]:
    """A line for each tenth of what is known to come."""
    told = -1

    def tell(done: int, size: int | None) -> None:
        nonlocal told
        tenth = done * _TOLD_EVERY // size if size else done // (100 * _MB)
        if tenth == told:
            return
        told = tenth
        of_all = f" of {-(-size // _MB)}" if size else ""
        click.echo(f"  {done // _MB}{of_all} MB", err=True)

    yield tell
