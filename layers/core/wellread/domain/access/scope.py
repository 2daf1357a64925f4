"""Audiences, and whose eyes something is for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeGuard

EVERYONE = "everyone"
"""The audience of all members (not guests)."""

_AND = "\x1f"


def is_audience_name(name: object) -> TypeGuard[str]:
    """Whether something can name an audience: a text with more than blanks, on one line."""
    return (
        isinstance(name, str)
        and bool(name.strip())
        and not any(unicodedata.category(c) == "Cc" for c in name)
    )


def both(first: frozenset[str], second: frozenset[str]) -> frozenset[str]:
    """Audiences of those who are in one of the first and in one of the second.

    "hr" and "everyone" make one audience: those who are in both, which `Scope.permits` understands.
    """
    found = {frozenset((*a.split(_AND), *b.split(_AND))) for a in first for b in second}
    least = (names for names in found if not any(other < names for other in found))
    return frozenset(_AND.join(sorted(names)) for names in least)


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
    def of(cls, *audiences: str) -> Scope:
        """The scope of one asker who belongs to these audiences."""
        return cls(frozenset({frozenset(audiences)}))

    def permits(self, audiences: Iterable[str]) -> bool:
        """Whether a document for these audiences may be used and shown."""
        allowed = [frozenset(audience.split(_AND)) for audience in audiences]
        return bool(self.viewers) and all(
            any(names <= viewer for names in allowed) for viewer in self.viewers
        )


@dataclass(frozen=True, slots=True)
class Operator:
    """The person who runs wellread, on the machine itself: sees every document's state.

    Commands that look after the knowledge base take it in place of a scope. Nothing that answers
    questions does.
    """

    def permits(self, audiences: Iterable[str]) -> bool:  # noqa: ARG002 - the shape of Scope's
        """Whatever its audiences, the document may be looked after."""
        return True
