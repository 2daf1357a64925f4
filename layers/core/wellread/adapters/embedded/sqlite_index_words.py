"""The lexical leg: the chunks that best match a question's words, by SQLite's full-text search."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from wellread.adapters.embedded.lexical_query import any_of, quoted
from wellread.adapters.embedded.sqlite_vocabulary import known, meant
from wellread.domain.ask.searching.spelling import MOST_SPELT
from wellread.wire.question_terms import question_pairs, question_phrases, question_words

LARGE_INDEX = 5_000
"""Fewer chunks than that are all scored before the words are looked at."""
HUGE_INDEX = 20_000
"""Of more chunks than that not all of the vocabulary is looked through for a word."""
_SATURATION = 2.2
"""A word's weight counts less often than that in a chunk that holds nothing else: k1 + 1."""
COMMON_SHARE = 0.4
"""Of what a question's words can give together, common ones hold at most that."""
_ROUNDING = 1e-6
_REMEMBERED_WORDS = 10_000

Scored = tuple[int, float]


@dataclass(frozen=True, slots=True)
class WordCounts:
    """How many chunks hold a word, and what is meant by one that none holds.

    Remembered as long as the index stays the same.

    Counting a word that half of the chunks hold takes milliseconds, and such words come again.

    Attributes:
        change: Of the index.
        chunks: How many there are.
    """

    change: int = -1
    chunks: int = 0
    _of: dict[str, int] = field(default_factory=dict)
    _meant: dict[str, tuple[str, ...] | None] = field(default_factory=dict)

    def at(self, connection: sqlite3.Connection, change: int) -> WordCounts:
        """The counts at a change of the index, which the connection's snapshot has."""
        if change == self.change and len(self._of) + len(self._meant) < _REMEMBERED_WORDS:
            return self
        (chunks,) = connection.execute("SELECT count(*) FROM chunk").fetchone()
        return WordCounts(change, chunks)

    def of(self, connection: sqlite3.Connection, terms: Iterable[str]) -> dict[str, int]:
        """How many chunks hold each of these terms."""
        for term in terms:
            if term not in self._of:
                (self._of[term],) = connection.execute(
                    "SELECT count(*) FROM chunk_words WHERE chunk_words MATCH ?", (term,)
                ).fetchone()
        return {term: self._of[term] for term in terms}

    def meant(self, connection: sqlite3.Connection, words: Iterable[str]) -> Iterator[str]:
        """What stands in the index for the first of these words that it does not hold."""
        unknown = 0
        for word in words:
            if word not in self._meant and known(connection, word):
                self._meant[word] = None
            if self._meant.get(word, ()) is None:
                continue
            unknown += 1
            if unknown > MOST_SPELT:
                return
            if word not in self._meant:
                all_of_it = self.chunks < HUGE_INDEX
                self._meant[word] = meant(connection, word, all_of_it=all_of_it)
            yield from self._meant[word] or ()


@dataclass(frozen=True, slots=True)
class WordSearch:
    """A search of the lexical leg.

    Attributes:
        connection: A snapshot of the file.
        permitted: Audience sets within the scope.
        rank: How matches are ranked.
        limit: Hits wanted.
        within: Ids of the only documents that count; None is all of them.
    """

    connection: sqlite3.Connection
    permitted: Sequence[int]
    rank: str
    limit: int
    within: Sequence[int] | None = None

    def best(self, question: str, counts: WordCounts) -> list[Scored]:
        """Chunk ids and scores of what matches any of the question's words, best first.

        There may be a few more than `limit`, where several tie for the last place. Scoring is most
        of the work, and most matches hold only words that many chunks hold, which cannot lift
        them into the best: they are scored only where it turns out that they could.
        """
        words = question_words(question)
        if not words:
            return []
        others = [*question_phrases(question), *counts.meant(self.connection, words)]
        for joined, pair in question_pairs(question).items():
            if known(self.connection, joined) and not known(self.connection, pair):
                others.append(joined)
        terms = quoted(dict.fromkeys((*words, *others)))
        if counts.chunks < LARGE_INDEX or self.within is not None:
            return self._scored([any_of(terms)])
        held = counts.of(self.connection, terms)
        most = sorted(_telling(held, counts.chunks), key=lambda term: -held[term])
        gains = {term: _most_gained(held[term], counts.chunks) for term in most}
        common = _first_within(most, gains, COMMON_SHARE * sum(gains.values()))
        rare = most[len(common) :]
        if not rare:
            return []
        # No chunk is in two of the parts, and each is scored for all the words that it holds.
        found = self._scored(_parts(rare, common))
        last = found[self.limit - 1][1] if len(found) >= self.limit else 0.0
        hopeless = _first_within(common, gains, last - _ROUNDING)
        if between := common[len(hopeless) :]:
            found += self._scored(_parts(between, hopeless, without=rare))
        return self._best(found)

    def _scored(self, expressions: Sequence[str]) -> list[Scored]:
        found: list[Scored] = []
        inside, values = self._inside()
        for expression in expressions:
            # CROSS JOIN keeps the ranked matches outermost: rows come best first, and the rest of
            # them is never looked up.
            rows = self.connection.execute(
                "SELECT w.rowid, -w.rank FROM chunk_words AS w"  # noqa: S608 - no input
                " CROSS JOIN chunk AS c ON c.id = w.rowid"
                " CROSS JOIN index_document AS d ON d.id = c.document"
                " WHERE w.chunk_words MATCH ? AND w.rank MATCH ?"
                f" AND d.audiences IN (SELECT value FROM json_each(?)){inside}"
                " ORDER BY w.rank",
                (expression, self.rank, json.dumps(self.permitted), *values),
            )
            found += self._first(rows)
            rows.close()
        return self._best(found)

    def _inside(self) -> tuple[str, tuple[str | int, ...]]:
        """What keeps a search within documents, as a condition and its values.

        Their chunks lie close together: only matches between the first and the last are scored.
        """
        if self.within is None:
            return "", ()
        ids = json.dumps(list(self.within))
        first, last = self.connection.execute(
            "SELECT min(c.id), max(c.id) FROM chunk AS c JOIN index_write AS w ON w.id = c.write"
            " WHERE w.document IN (SELECT value FROM json_each(?))",
            (ids,),
        ).fetchone()
        if first is None:
            return " AND 0", ()
        condition = " AND w.rowid BETWEEN ? AND ? AND d.id IN (SELECT value FROM json_each(?))"
        return condition, (first, last, ids)

    def _best(self, found: list[Scored]) -> list[Scored]:
        return self._first(sorted(found, key=lambda scored: -scored[1]))

    def _first(self, rows: Iterable[Scored]) -> list[Scored]:
        """The first rows that are wanted, with those that tie for the last place."""
        kept: list[Scored] = []
        for number, score in rows:
            full = len(kept) >= self.limit
            if len(kept) >= 2 * self.limit or (full and score < kept[-1][1]):
                break
            kept.append((number, score))
        return kept


def _telling(held: Mapping[str, int], chunks: int) -> list[str]:
    """The terms that tell chunks apart: those in at most half of them, unless that is none.

    BM25 gives the others no weight (FTS5 floors theirs at a millionth), so a chunk that holds only
    such words is a hit by chance.
    """
    telling = [term for term, count in held.items() if count <= chunks // 2] or list(held)
    return [term for term in telling if held[term]]


def _first_within(terms: Sequence[str], gains: Mapping[str, float], room: float) -> Sequence[str]:
    """The first terms, as long as what they can give together is less than that."""
    sums = accumulate(gains[term] for term in terms)
    return terms[: sum(total < room for total in sums)]


def _parts(some: Sequence[str], others: Sequence[str], without: Sequence[str] = ()) -> list[str]:
    """Expressions for what matches some terms: with any of the others, and with none of them."""
    if not others:
        return [_except(f"({any_of(some)})", without)]
    both = f"(({any_of(some)}) AND ({any_of(others)}))"
    return [_except(both, without), _except(f"({any_of(some)})", [*others, *without])]


def _except(expression: str, terms: Sequence[str]) -> str:
    return f"{expression} NOT ({any_of(terms)})" if terms else expression


def _most_gained(count: int, chunks: int) -> float:
    """What a chunk's score stays below for a word, however often it holds it (FTS5's BM25)."""
    weight = math.log((chunks - count + 0.5) / (count + 0.5)) if count < chunks else 0.0
    return _SATURATION * max(weight, 1e-6)
