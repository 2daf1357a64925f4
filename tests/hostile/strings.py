"""Strings that a pattern may be slow at: what it looks for, over and over, and without its end."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from itertools import product
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_CHARACTERS = "a 1\n-|<.,\"A_=*#>/[](){}\t\\:;%&'!\u00e9\u4e00\u2022\u3002"
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
_MOST_PIECES = 25
_MOST_ATOMS = 6
_MOST_STARTS = 12

Tree = Sequence[tuple[Any, Any]]


def hostile_strings(pattern: re.Pattern[Any], length: int) -> Iterator[Any]:
    """Strings of that length, in bytes where the pattern is."""
    tree = parser.parse(pattern.pattern, pattern.flags)
    chance = random.Random(1)
    atoms = sorted(set(_atoms(tree)))[:_MOST_ATOMS]
    pieces = {*atoms, *(a + b for a, b in product(atoms, repeat=2))}
    starts = set()
    for _ in range(_MOST_PIECES):
        made = _made(list(tree)[: chance.randint(1, len(tree))], chance)
        pieces.add(made)
        pieces.add(made[: chance.randint(0, len(made))])
        starts.add(made[: chance.randint(0, len(made))])
    few = chance.sample(sorted(starts), min(_MOST_STARTS, len(starts)))
    for piece in sorted(filter(None, pieces)):
        for start in ("", *few) if piece in atoms else ("",):
            text = (start + piece * (length // len(piece) + 1))[:length] + "\x00\x01"
            yield text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text


def _atoms(tree: Tree) -> Iterator[str]:
    for kind, value in tree:
        if kind is codes.LITERAL:
            yield chr(value)
        elif kind is codes.IN:
            yield from _members(value)[:2]
        elif kind is codes.BRANCH:
            for branch in value[1]:
                yield from _atoms(branch)
        else:
            yield from _atoms(_inner(kind, value))


def _made(tree: Tree, chance: random.Random) -> str:
    """A string that a pattern's parts match, or nearly."""
    made = ""
    for kind, value in tree:
        if kind is codes.LITERAL:
            made += chr(value)
        elif kind in (codes.NOT_LITERAL, codes.ANY):
            made += chance.choice("ax.")
        elif kind is codes.IN:
            made += chance.choice(_members(value)[:6])
        elif kind is codes.BRANCH:
            made += _made(chance.choice(value[1]), chance)
        elif kind in _REPEATS:
            least, most = value[0], min(int(value[1]), value[0] + 2)
            for _ in range(chance.randint(least, max(least, most))):
                made += _made(value[2], chance)
        elif kind not in (codes.ASSERT, codes.ASSERT_NOT):
            made += _made(_inner(kind, value), chance)
    return made


def _inner(kind: Any, value: Any) -> Tree:
    if kind in _REPEATS:
        return list(value[2])
    if kind is codes.SUBPATTERN:
        return list(value[3])
    if kind in (codes.ASSERT, codes.ASSERT_NOT):
        return list(value[1])
    return list(value) if kind is codes.ATOMIC_GROUP else []


def _members(choices: Tree) -> list[str]:
    """Characters that a class holds, usual ones first."""
    pattern = re.compile("[" + "".join(map(_written, choices)) + "]")
    found = [character for character in _CHARACTERS if pattern.match(character)]
    if not found:
        found = [chr(v if k is codes.LITERAL else v[0]) for k, v in choices if k in _PLAIN]
    return found or ["a"]


_PLAIN = (codes.LITERAL, codes.RANGE)
_CATEGORIES = {
    codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_NOT_DIGIT: r"\D",
    codes.CATEGORY_SPACE: r"\s", codes.CATEGORY_NOT_SPACE: r"\S",
    codes.CATEGORY_WORD: r"\w", codes.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def _written(choice: tuple[Any, Any]) -> str:
    kind, value = choice
    if kind is codes.NEGATE:
        return "^"
    if kind is codes.LITERAL:
        return re.escape(chr(value))
    if kind is codes.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return _CATEGORIES[value]
