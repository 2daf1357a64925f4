"""What a platform knows of people and places, as far as it decides who may see what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wellread.domain.ask.questions import Place
from wellread.domain.chat.events import Person

MOST_MEMBERS = 10_000
"""Of a conversation with more people than that, nobody looks up what each of them is."""


class Standing(StrEnum):
    """What somebody is in the team that the bot belongs to."""

    MEMBER = "member"
    GUEST = "guest"
    """Also strangers, people of other teams, deactivated accounts, and whoever is not known."""
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Readers:
    """Who reads along in a conversation.

    Attributes:
        members: All of them, bots included; None where they cannot be known, or are more than
            `MOST_MEMBERS`.
        open: Whether any member of the team can join or read it.
        external: Whether people of other organisations share it.
    """

    members: tuple[Person, ...] | None
    open: bool = False
    external: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    """How a person or a group is called to a conversation.

    Attributes:
        ids: Whom or what to mention there: ids of the platform; empty where none of them reads
            along.
        alone: Where else the person is asked who does not: their own conversation with the bot.
    """

    ids: tuple[str, ...] = ()
    alone: Place | None = None
