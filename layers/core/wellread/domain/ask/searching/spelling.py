"""Which known word was meant by an unknown one: a slip of the fingers, or a compound's part."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable
from string import ascii_lowercase

from wellread.domain.text.words import STOPWORDS

_LONGEST = 60
_SHORTEST = 4
"""A word of so many letters may have two that changed places; one more may have one too many."""
_MIDDLING = 6
"""From so many letters on a wrong one makes another word only rarely."""
_LONG = 8
"""A word of so many letters may have two mistakes."""
_HALF_IS_TELLING = 10
_LONGEST_VARIED = 20
"""All that longer words may have been meant for is more than an index takes in a question."""

MOST_SPELT = 12
"""So many unknown words of a question may be mistyped; one with more is about something else."""

SHORTEST_PART = 4
SHORTEST_OF_COMPOUND = 5
"""A word of so many letters may be looked for as the beginning or end of a longer one."""
_UNSPACED = "\u3000"
_LINKS = ("", "s", "n", "e", "es", "en", "er")
"""What German puts between the parts of a compound."""


def folded(word: str) -> str:
    """A word without diacritics, as the indexes keep it."""
    decomposed = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def may_be_mistyped(word: str) -> bool:
    """Whether a word is long enough to tell what was meant, no longer, and only letters."""
    usual = _SHORTEST <= len(word) <= _LONGEST
    return usual and word.isalpha() and word[0] < _UNSPACED


def mistyped(word: str, other: str, written: str = "") -> int | None:
    """How many slips lie between two words; None if too many for the one to be meant by the other.

    Args:
        word: As it was typed, perhaps without its ending.
        other: A known word, perhaps without its ending.
        written: The typed word with its ending.
    """
    length = len(written or word)
    count = slips(word, other, 2 if length >= _LONG and len(word) >= _MIDDLING else 1)
    if count != 1 or length >= _MIDDLING:
        return count
    if len(word) == len(other):
        return count if sorted(word) == sorted(other) else None
    return count if length > _SHORTEST else None


def slips(word: str, other: str, most: int, *, first_kept: bool = True) -> int | None:
    """How many slips lie between two words; None if more than `most`.

    One slip is a letter too many, too few, or another one, or two that changed places.

    Args:
        word: As it was typed.
        other: A known word.
        most: Of slips.
        first_kept: Whether the first letter is right, or changed places with the second.
    """
    if word == other:
        return 0
    other_first = word[:1] != other[:1] and word[1::-1] != other[:2]
    if (first_kept and other_first) or abs(len(word) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(word, start=1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if earlier and j > 1 and letter == other[j - 2] and word[i - 2] == wanted:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return None
    return row[-1] if row[-1] <= most else None


def parts(word: str, known: Container[str]) -> tuple[str, ...]:
    """The two known words that make up a compound; else, of a long one, a known half of it."""
    ends = range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)
    heads = [word[:end] for end in ends if word[:end] in known]
    tails = [word[end:] for end in ends if word[end:] in known]
    for tail in tails:
        for head in reversed(heads):
            if word[len(head) : len(word) - len(tail)] in _LINKS and len(head + tail) <= len(word):
                return (head, tail)
    longest = max((*heads, *tails), key=len, default="")
    return (longest,) if len(word) >= _HALF_IS_TELLING and 2 * len(longest) >= len(word) else ()


def possible_parts(word: str) -> frozenset[str]:
    """All that may be a part of a compound, to be looked up."""
    ends = range(SHORTEST_PART, len(word) - SHORTEST_PART + 1)
    return frozenset(part for end in ends for part in (word[:end], word[end:])) - STOPWORDS


def one_slip_away(word: str) -> frozenset[str]:
    """All that a word may have been meant for by one slip, known or not."""
    if not may_be_mistyped(word) or len(word) > _LONGEST_VARIED:
        return frozenset()
    cuts = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]
    letters = frozenset(ascii_lowercase).union(word)
    found = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    if len(word) > _SHORTEST:
        found |= {a + b[1:] for a, b in cuts[1:] if b}
        found |= {a + letter + b for a, b in cuts[1:] for letter in letters}
    if len(word) >= _MIDDLING:
        found |= {a + letter + b[1:] for a, b in cuts[1:] if b for letter in letters}
    return frozenset(found - {word})


def halves(word: str) -> list[str]:
    """A word as two, in every way: "check in" for "checkin"."""
    return [f"{word[:cut]} {word[cut:]}" for cut in range(_SHORTEST - 1, len(word) - 1)]


def compounds(word: str, known: Iterable[str]) -> list[str]:
    """The known words that a word begins or ends, and that are longer by a word."""
    if len(word) < SHORTEST_OF_COMPOUND:
        return []
    return [
        other
        for other in known
        if len(other) >= len(word) + SHORTEST_PART
        and (other.startswith(word) or other.endswith(word))
    ]
