"""What stands in the index for a question's word that does not: the vocabulary is looked through.

The vocabulary holds stems (of Porter's) without diacritics. Only words that no chunk holds are
looked for, and only among those that begin alike: a search is some milliseconds longer for each.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from string import ascii_lowercase

from wellread.domain.ask.searching.spelling import (
    compounds,
    folded,
    halves,
    may_be_mistyped,
    mistyped,
    parts,
    possible_parts,
)

_MOST_MEANT = 3
_LOOKED_AT = 500
_LAST = "\U0010ffff"
_SUFFIXES = (
    "", "s", "e", "es", "ed", "ing", "ings", "er", "ers", "or", "ors", "ly", "ion", "ions", "ive",
    "al", "able", "ible", "ity", "ness", "ful", "ous", "ment", "ments", "ement", "ements", "ence",
    "ance", "ant", "ent", "en", "n", "ung", "ungen",
)  # fmt: skip
_ENDINGS = frozenset(
    first + last for first in ("", "at", "ic", "icat", "er", "iz", "e") for last in _SUFFIXES
)
"""What a stem has lost: "liquidated" is kept as "liquid"."""


def known(connection: sqlite3.Connection, phrase: str) -> bool:
    """Whether a chunk holds a word, in any form, or a phrase."""
    row = connection.execute(
        "SELECT 1 FROM chunk_words WHERE chunk_words MATCH ? LIMIT 1", (f'"{phrase}"',)
    ).fetchone()
    return row is not None


def meant(connection: sqlite3.Connection, word: str, *, all_of_it: bool) -> tuple[str, ...]:
    """The words and phrases of the index that a word may stand for, which none of its chunks has.

    In this order: the word in two ("check in"), other words that differ by a slip, the parts of a
    compound, compounds that it is part of.

    Args:
        connection: A snapshot of the file.
        word: In lower case.
        all_of_it: Whether the vocabulary is small enough to look for compounds by their ends.
    """
    plain = folded(word)
    if word.isdigit():
        # "4471" of E4471.
        return _first(connection, (letter + word for letter in ascii_lowercase))
    if not word.isalpha():
        return ()
    return (
        _first(connection, halves(plain))
        or _mistyped(connection, plain)
        or _first(connection, _parts(connection, plain))
        or _first(connection, compounds(plain, _around(connection, plain, all_of_it)))
    )


def _first(connection: sqlite3.Connection, phrases: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    for phrase in phrases:
        if known(connection, phrase):
            found.append(phrase)
            if len(found) == _MOST_MEANT:
                break
    return tuple(found)


def _mistyped(connection: sqlite3.Connection, word: str) -> tuple[str, ...]:
    """The words that were most likely meant, in one of their forms."""
    if not may_be_mistyped(word):
        return ()
    endings = [ending for ending in _ENDINGS if word.endswith(ending)]
    found: dict[int, list[tuple[int, str]]] = {0: [], 1: [], 2: []}
    for stem, chunks in _alike(connection, word):
        for form, count in _forms(word, stem, endings):
            found[count].append((-chunks, form))
    for forms in found.values():
        if best := _first(connection, dict.fromkeys(form for _, form in sorted(forms))):
            return best
    return ()


def _forms(word: str, kept: str, endings: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Forms of a stem that the word is a slip of, with how many."""
    # Porter's stem of "policy" is "polici".
    for stem in (kept, kept[:-1] + "y") if kept.endswith("i") else (kept,):
        for ending in endings:
            count = mistyped(word.removesuffix(ending), stem, word)
            if count is not None:
                yield stem + ending, count
        if word.startswith(stem):
            for ending in _ENDINGS:
                if (count := mistyped(word, stem + ending)) is not None:
                    yield stem + ending, count


def _alike(connection: sqlite3.Connection, word: str) -> list[tuple[str, int]]:
    """Stems that begin as the word does and have few letters that it has not."""
    letters = frozenset(word)
    found: list[tuple[str, int]] = []
    for start in dict.fromkeys((word[0], word[1])):
        rows = connection.execute(
            "SELECT term, doc FROM chunk_vocabulary WHERE term >= ? AND term < ?"
            " AND length(term) BETWEEN 3 AND ?",
            (start, start + _LAST, len(word) + 2),
        )
        found += [row for row in rows if len(letters.union(row[0])) <= len(letters) + 2]
    return found


def _parts(connection: sqlite3.Connection, word: str) -> tuple[str, ...]:
    """The parts of a compound; the first may be written a little otherwise by itself."""
    held = _held(connection, possible_parts(word))
    found = parts(word, held)
    if len(found) < 2:
        for tail in sorted((part for part in held if word.endswith(part)), key=len, reverse=True):
            if head := _mistyped(connection, word.removesuffix(tail)):
                return (*head, tail)
    return found


def _held(connection: sqlite3.Connection, words: Iterable[str]) -> frozenset[str]:
    return frozenset(
        term
        for (term,) in connection.execute(
            "SELECT term FROM chunk_vocabulary WHERE term IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(words)),),
        )
    )


def _around(connection: sqlite3.Connection, word: str, all_of_it: bool) -> list[str]:
    """Stems that the word begins or, where all are looked at, ends."""
    rows = connection.execute(
        "SELECT term FROM chunk_vocabulary WHERE term >= ? AND term < ?"
        " AND (term LIKE ? OR term LIKE ?) ORDER BY doc DESC LIMIT ?",
        (*(("", _LAST) if all_of_it else (word, word + _LAST)), f"{word}%", f"%{word}", _LOOKED_AT),
    )
    return [term for (term,) in rows]
