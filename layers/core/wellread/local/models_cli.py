"""`wellread models`: language models on this machine."""

from __future__ import annotations

import click


@click.group()
def models() -> None:
    """Language models: which there are, and which answers."""
