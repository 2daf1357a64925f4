"""Prose for benchmarks: made up, the same at every run, with the word statistics of real text."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

_GLUE = (
    "the of and to in a is for that on by with be as are or at from this an it which may not "
    "must all any if shall each these when has been will other than its can their only before "
    "after under such no where have within during one more between"
).split()
"""In the order of their frequency, as in English: nearly half of all running words."""

_GLUE_SHARE = 0.45
_STEMS = 20_000
_ONSETS = "b c d f g h l m n p r s t v br cl cr dr fl gr pl pr sc st tr".split()
_VOWELS = "a e i o u ai ea io ou".split()
_CODAS = "b d l m n r s t ct nd nt rd rm rt st".split()
_ENDINGS = ("", "", "", "s", "ed", "ing", "ion", "er", "ly", "al")
_NUMBER_SHARE = 0.02
_SHORTEST, _LONGEST = 7, 26


class Writer:
    """Writes headings, sentences and paragraphs from a seed.

    Words follow Zipf's law over 20,000 made-up stems and the usual English function words, so that
    a search meets rare words, frequent words and everything between. A writer keeps to a topic of
    some hundred words, which it uses half of the time, as documents do.
    """

    def __init__(self, seed: int) -> None:
        """Prepare a writer; equal seeds write equal texts."""
        self._random = random.Random(seed)
        self._topic = [self._stem() for _ in range(300)]

    def words(self, count: int) -> list[str]:
        """Content words, each as frequent as it is in the text."""
        return [self._content() for _ in range(count)]

    def heading(self) -> str:
        """Two to five words in title case."""
        return " ".join(self.words(self._random.randint(2, 5))).title()

    def sentence(self) -> str:
        """A sentence of 7 to 26 words."""
        words = [self._word() for _ in range(self._random.randint(_SHORTEST, _LONGEST))]
        if len(words) > _LONGEST // 2:
            words[len(words) // 2] += ","
        return " ".join([words[0].capitalize(), *words[1:]]) + "."

    def paragraph(self, sentences: int = 5) -> str:
        """About so many sentences."""
        count = max(1, sentences + self._random.randint(-1, 1))
        return " ".join(self.sentence() for _ in range(count))

    def table(self, rows: int, columns: int) -> list[list[str]]:
        """A head and rows: a label, then words and amounts by turns."""
        head = [word.capitalize() for word in self.words(columns)]
        return [head, *(self._row(columns) for _ in range(rows))]

    def _row(self, columns: int) -> list[str]:
        cells = [" ".join(self.words(2)).capitalize()]
        for column in range(1, columns):
            amount = f"{self._random.uniform(1, 90_000):,.2f}"
            cells.append(amount if column % 2 else self._content())
        return cells

    def _word(self) -> str:
        draw = self._random.random()
        if draw < _NUMBER_SHARE:
            return str(self._random.randint(2, 2500))
        if draw < _GLUE_SHARE:
            return _ranked(_GLUE, _GLUE_WEIGHTS, self._random)
        return self._content()

    def _content(self) -> str:
        stem = self._random.choice(self._topic) if self._random.random() < 0.5 else self._stem()
        return stem + self._random.choice(_ENDINGS)

    def _stem(self) -> str:
        return _ranked(_VOCABULARY, _VOCABULARY_WEIGHTS, self._random)


def _ranked(words: Sequence[str], summed: Sequence[float], chance: random.Random) -> str:
    return words[bisect_left(summed, chance.random() * summed[-1])]


def _zipf(count: int) -> list[float]:
    return list(accumulate(1.0 / (rank + 2.7) for rank in range(count)))


def _make_vocabulary() -> list[str]:
    chance = random.Random(20_261_123)
    words: dict[str, None] = {}
    while len(words) < _STEMS:
        syllables = chance.randint(1, 3) if len(words) > 500 else chance.randint(1, 2)
        middle = "".join(chance.choice(_ONSETS) + chance.choice(_VOWELS) for _ in range(syllables))
        words[middle + chance.choice(_CODAS)] = None
    return list(words)


_GLUE_WEIGHTS = _zipf(len(_GLUE))
_VOCABULARY = _make_vocabulary()
_VOCABULARY_WEIGHTS = _zipf(_STEMS)
