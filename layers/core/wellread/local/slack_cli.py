"""`wellread slack-manifest`: what a Slack app is made from."""

from __future__ import annotations

import json

import click

from wellread.local.requests_url import is_loopback, requests_url
from wellread.local.slack_manifest import MAX_NAME_CHARACTERS, PATH, manifest_of


@click.command()
@click.option("--url", help="Address by which Slack reaches the server: a tunnel's, or the API's.")
@click.option(
    "--socket-mode",
    is_flag=True,
    help="For `wellread serve --slack`, which needs no address.",
)
@click.option("--install", is_flag=True, help="For several workspaces, with --url.")
@click.option("--name", default="wellread", show_default=True, help="What the app is called.")
def slack_manifest(url: str | None, *, socket_mode: bool, install: bool, name: str) -> None:
    """Print the manifest to make a Slack app from, on https://api.slack.com/apps."""
    if (url is None) is not socket_mode:
        raise click.UsageError("Give either --url URL or --socket-mode.")
    if install and url is None:
        raise click.UsageError("--install needs --url: Slack leads browsers back there.")
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME_CHARACTERS:
        raise click.UsageError(f"--name may have 1 to {MAX_NAME_CHARACTERS} characters.")
    if url is not None and is_loopback(url):
        click.echo(
            "Slack cannot reach this machine by that address, and takes https alone: this is for "
            "tests. Use a tunnel, or --socket-mode.",
            err=True,
        )
    if url is not None:
        url = requests_url(url, PATH, "Slack", ", or use --socket-mode, which needs none")
    manifest = manifest_of(url, name=name, install=install)
    click.echo(json.dumps(manifest, indent=2, ensure_ascii=False))
