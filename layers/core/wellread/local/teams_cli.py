"""`wellread teams-package`: what the Teams app is made from."""

from __future__ import annotations

from pathlib import Path

import click

from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.local.requests_url import is_this_machine, requests_url
from wellread.local.teams_package import MAX_NAME_CHARACTERS, PATH, is_package, package_of
from wellread.settings import load_settings


@click.command()
@click.option(
    "--url",
    required=True,
    help="Address by which Teams reaches the server: a tunnel's, or the API's.",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The package to write, such as wellread.zip.",
)
@click.option("--name", default="wellread", show_default=True, help="What the app is called.")
def teams_package(url: str, out: Path, name: str) -> None:
    """Write the package to upload in Teams, for the bot that WELLREAD_TEAMS_CLIENT_ID names."""
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME_CHARACTERS:
        raise click.UsageError(f"--name may have 1 to {MAX_NAME_CHARACTERS} characters.")
    client_id = load_settings().teams_client_id
    if not client_id:
        raise InvalidConfigurationError(
            "WELLREAD_TEAMS_CLIENT_ID is not set. Set it to the Application (client) ID of the "
            "bot's app registration; docs/teams.md says how to make one."
        )
    endpoint = requests_url(url, PATH, "Teams")
    if is_this_machine(url):
        click.echo(
            "Teams cannot reach this machine by that address: this is for tests. Use a tunnel.",
            err=True,
        )
    package = package_of(endpoint, client_id, name=name)
    try:
        if out.is_file() and out.stat().st_size and not is_package(out):
            raise InvalidConfigurationError(
                f"{out} is there, and is no package of a Teams app. Name another file."
            )
        out.write_bytes(package)
    except OSError as error:
        raise InvalidConfigurationError(
            f"The package cannot be written to {out}: {error.strerror}. Name another file."
        ) from error
    click.echo(f"{out} is written. The bot's messaging endpoint is {endpoint}.")
