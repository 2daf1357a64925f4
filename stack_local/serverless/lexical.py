"""The words of a text field: SQLite's full-text index in memory, ranked by Lucene's BM25.

SQLite's own `bm25()` gives words that are in more than half of all rows next to no weight, which
in a collection of three documents is most of them; Lucene's formula has no such step.
https://lucene.apache.org/core/9_12_1/core/org/apache/lucene/search/similarities/BM25Similarity.html
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections import Counter
from collections.abc import Set

_K1 = 1.2
_B = 0.75
_WORD = re.compile(r"[^\W_]+")


class LexicalField:
    """One text field's words. Used under the collection's lock by whichever thread has it."""

    def __init__(self, *, stems: bool) -> None:
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        tokenize = f"{'porter ' if stems else ''}unicode61 remove_diacritics 2"
        self._connection.executescript(
            f"""
            CREATE VIRTUAL TABLE words USING fts5(text, tokenize = '{tokenize}');
            CREATE VIRTUAL TABLE places USING fts5vocab(words, instance);
            CREATE VIRTUAL TABLE asked USING fts5(text, tokenize = '{tokenize}');
            CREATE VIRTUAL TABLE asked_words USING fts5vocab(asked, instance);
            """
        )
        self._lengths: dict[int, int] = {}
        self._length = 0

    def add(self, number: int, text: str) -> None:
        """Keep a row's text."""
        self._connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (number, text))
        self._lengths[number] = length = len(_WORD.findall(text))
        self._length += length

    def remove(self, number: int) -> None:
        """Forget a row's text."""
        self._connection.execute("DELETE FROM words WHERE rowid = ?", (number,))
        self._length -= self._lengths.pop(number)

    def matching(self, question: str, among: Set[int]) -> dict[int, float]:
        """The rows that hold a word of a question, with their scores."""
        average = self._length / max(len(self._lengths), 1) or 1.0
        scores: Counter[int] = Counter()
        for word in set(self._words(question)):
            found = self._connection.execute(
                "SELECT doc, count(*) FROM places WHERE term = ? GROUP BY doc", (word,)
            ).fetchall()
            rarity = math.log1p((len(self._lengths) - len(found) + 0.5) / (len(found) + 0.5))
            for number, times in found:
                if number in among:
                    length = self._lengths[number] / average
                    scores[number] += rarity * times / (times + _K1 * (1 - _B + _B * length))
        return dict(scores)

    def phrase(self, question: str, among: Set[int]) -> dict[int, float]:
        """The rows that hold a question's words one after the other, with their scores."""
        words = self._words(question)
        begins: Counter[tuple[int, int]] = Counter()
        rarity = 0.0
        for place, word in enumerate(words):
            found = self._connection.execute(
                "SELECT doc, offset FROM places WHERE term = ?", (word,)
            ).fetchall()
            begins.update((number, offset - place) for number, offset in found)
            holding = len({number for number, _ in found})
            rarity += math.log1p((len(self._lengths) - holding + 0.5) / (holding + 0.5))
        average = self._length / max(len(self._lengths), 1) or 1.0
        times = Counter(number for (number, _), count in begins.items() if count == len(words))
        return {
            number: rarity * count / (count + _K1 * (1 - _B + _B * self._lengths[number] / average))
            for number, count in times.items()
            if number in among
        }

    def beginning(self, prefix: str, among: Set[int]) -> Set[int]:
        """The rows that hold a word with this beginning."""
        found = self._connection.execute(
            "SELECT DISTINCT doc FROM places WHERE term >= ? AND term < ?",
            (prefix, prefix + "\U0010ffff"),
        )
        return among & {number for (number,) in found}

    def close(self) -> None:
        """Free the memory."""
        self._connection.close()

    def _words(self, question: str) -> list[str]:
        self._connection.execute("INSERT INTO asked (text) VALUES (?)", (question,))
        found = self._connection.execute("SELECT term FROM asked_words ORDER BY offset").fetchall()
        self._connection.execute("DELETE FROM asked")
        return [word for (word,) in found]
