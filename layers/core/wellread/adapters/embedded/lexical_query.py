"""From a question to an expression of SQLite's full-text search."""

from __future__ import annotations

from collections.abc import Iterable

from wellread.domain.question_terms import question_terms


def lexical_terms(question: str) -> tuple[str, ...]:
    """The question's words, quoted so that nothing of it is query syntax."""
    return tuple(f'"{word}"' for word in question_terms(question))


def any_of(terms: Iterable[str]) -> str:
    """The FTS5 expression that any of the terms matches."""
    return " OR ".join(terms)
