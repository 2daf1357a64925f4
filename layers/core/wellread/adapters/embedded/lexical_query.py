"""From a question to an expression of SQLite's full-text search."""

from __future__ import annotations

from collections.abc import Iterable


def quoted(phrases: Iterable[str]) -> tuple[str, ...]:
    """Words and phrases, quoted so that nothing of them is query syntax."""
    return tuple(f'"{phrase}"' for phrase in phrases)


def any_of(terms: Iterable[str]) -> str:
    """The FTS5 expression that any of the terms matches."""
    return " OR ".join(terms)
