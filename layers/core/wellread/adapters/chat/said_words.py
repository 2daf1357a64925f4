"""The words of a message, whatever its platform writes them in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote.

    Attributes:
        text: In plain words; people who are mentioned have no ids in it.
        to_us: Whether the bot is mentioned.
        to_others: Whether anybody else is.
    """

    text: str
    to_us: bool
    to_others: bool


def spoken(text: str) -> str:
    """A text from which the bot's name was taken: what followed the name goes with it."""
    return text.strip().lstrip(",:;").lstrip()
