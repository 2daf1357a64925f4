"""Audiences, and whose eyes something is for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard
from urllib.parse import quote

EVERYONE = "everyone"
"""The audience of all members (not guests)."""

PLATFORMS = ("slack", "teams")
"""The chat platforms; what begins with one of them and ":" is the audience of one person there."""

_AND = "\x1f"


def is_audience_name(name: object) -> TypeGuard[str]:
    """Whether something can name an audience: a text with more than blanks, on one line."""
    return (
        isinstance(name, str)
        and bool(name.strip())
        and not any(unicodedata.category(c) == "Cc" for c in name)
    )


def personal(platform: str, team: str, person: str) -> str:
    """The audience of one person of a chat alone: "slack:T1:U1".

    Rules and sidecars of documents may name it; nothing can put anybody else into it.
    """
    ids = (quote(part, safe="", errors="surrogatepass") for part in (team, person))
    return ":".join((platform, *ids))


def is_personal(audience: str) -> bool:
    """Whether an audience is a person's own, or is spelt so nearly that it may be meant so."""
    platform, colon, _ = unicodedata.normalize("NFKC", audience).strip().partition(":")
    return bool(colon) and platform.strip().casefold() in PLATFORMS


def both(first: frozenset[str], second: frozenset[str]) -> frozenset[str]:
    """Audiences of those who are in one of the first and in one of the second.

    "hr" and "everyone" make one audience: those who are in both, which `Scope.permits` understands.
    """
    found = {frozenset((*a.split(_AND), *b.split(_AND))) for a in first for b in second}
    least = (names for names in found if not any(other < names for other in found))
    return frozenset(_AND.join(sorted(names)) for names in least)


def members(audience: str) -> frozenset[str]:
    """The audiences that somebody is in who is in this one: more than one where `both` made it."""
    return frozenset(audience.split(_AND))


def shown(audience: str) -> str:
    """An audience as a person reads it; one that was made by `both` is "a and b"."""
    return " and ".join(audience.split(_AND))


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose eyes an answer is for.

    A document is within the scope when every viewer is in at least one of its audiences, so the
    scope of a public place is the intersection of what its viewers may read.

    Attributes:
        viewers: For each viewer (or kind of viewer) the audiences they belong to. Never empty: a
            scope without viewers would permit everything, so it permits nothing.
    """

    viewers: frozenset[frozenset[str]]

    @classmethod
    def among(cls, viewers: Iterable[frozenset[str]]) -> Scope:
        """The scope of several viewers, of whom only those count who may read least.

        Who is in all audiences of another one, and in more, can read whatever that one can.
        """
        each = frozenset(viewers)
        return cls(frozenset(one for one in each if not any(other < one for other in each)))

    @classmethod
    def of(cls, *audiences: str) -> Scope:
        """The scope of one asker who belongs to these audiences."""
        return cls(frozenset({frozenset(audiences)}))

    def permits(self, audiences: Iterable[str]) -> bool:
        """Whether a document for these audiences may be used and shown."""
        allowed = [frozenset(audience.split(_AND)) for audience in audiences]
        return bool(self.viewers) and all(
            any(names <= viewer for names in allowed) for viewer in self.viewers
        )


def members_of(audiences: Iterable[str]) -> Scope:
    """The scope of those who belong to one of these audiences each, and to nothing else."""
    return Scope.among(frozenset(audience.split(_AND)) for audience in audiences)


@dataclass(frozen=True, slots=True)
class Operator:
    """The person who runs wellread, on the machine itself: sees every document's state.

    Commands that look after the knowledge base take it in place of a scope. Nothing that answers
    questions does.
    """

    def permits(self, audiences: Iterable[str]) -> bool:  # noqa: ARG002 - the shape of Scope's
        """Whatever its audiences, the document may be looked after."""
        return True
