"""How alike texts are, by the runs of words that they share.

Broder, "On the resemblance and containment of documents", 1997: texts that have most runs of five
words in common are versions of one text.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import TypeVar

from wellread.domain.text.words import words

_Name = TypeVar("_Name", bound=str)

RUN = 5
"""Words of a shingle."""

_MODULUS = (1 << 61) - 1
_FACTOR = 1_000_003
_KEPT_ONE_IN = 8
"""Of so many shingles one is looked up to find texts that may be alike: the same one in each."""
_COMMON = 40
"""Of the texts that have a shingle, so many are compared each with each."""
_FEWEST = 12
"""Texts with fewer shingles are alike only where they are the same."""


def shingles(text: str) -> frozenset[int]:
    """A number for each run of `RUN` words; a shorter text has one, one without words has none."""
    return shingles_of(words(text))


def shingles_of(said: Sequence[str]) -> frozenset[int]:
    """The shingles of a text by its words, in order."""
    numbers = [_number(word) for word in said]
    if not numbers:
        return frozenset()
    return frozenset(
        _mixed(numbers[start : start + RUN]) for start in range(max(len(numbers) - RUN + 1, 1))
    )


def contained(part: frozenset[int], whole: frozenset[int] | set[int]) -> float:
    """The share of a text's shingles that another has, 0 to 1."""
    return len(part & whole) / len(part) if part else 0.0


def alike(one: frozenset[int], other: frozenset[int]) -> float:
    """The share that the smaller of two texts has in common with the other one, 0 to 1.

    A text that went into a longer one is a version of it, though most of that one is new.
    """
    small, large = sorted((one, other), key=len)
    if len(small) < _FEWEST:
        return float(bool(small) and small == large)
    return contained(small, large)


def near_duplicates(
    texts: Mapping[_Name, frozenset[int]], least: float
) -> Iterator[tuple[_Name, _Name]]:
    """The pairs of texts that are at least so much `alike`.

    What it takes grows with the texts and with what they share, not with the number of pairs.

    Args:
        texts: Name → shingles.
        least: How much the smaller of two has in common with the other.
    """
    holders: dict[int, list[_Name]] = defaultdict(list)
    for name in sorted(texts):
        for each in _looked_up(texts[name]):
            holders[each].append(name)
    shared: Counter[tuple[_Name, _Name]] = Counter()
    for names in holders.values():
        if len(names) <= _COMMON:
            shared.update(combinations(names, 2))
        else:
            shared.update(pairwise(names))  # many copies of one text are a chain of pairs
    for one, other in sorted(shared):
        if alike(texts[one], texts[other]) >= least:
            yield one, other


def _looked_up(of: frozenset[int]) -> frozenset[int]:
    """The same few of texts that share many; all, where there are few."""
    if len(of) < _FEWEST:
        return of
    return frozenset(each for each in of if each % _KEPT_ONE_IN == 0)


def _mixed(run: list[int]) -> int:
    value = 0
    for number in run:
        value = (value * _FACTOR + number) % _MODULUS
    return value


@lru_cache(maxsize=200_000)
def _number(word: str) -> int:
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return int.from_bytes(digest)
