"""A question's words as the texts found for it write them: the one rule of what holds a word.

A word that the texts have in no form was mistyped, or is written in one or in two, or is a
compound of what they have. An identifier counts as a whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise

from wellread.domain.ask.searching.identifiers import (
    identifier_words,
    identifiers,
    names_identifier,
    spellings,
)
from wellread.domain.ask.searching.spelling import (
    MOST_SPELT,
    compounds,
    halves,
    may_be_mistyped,
    mistyped,
    parts,
    possible_parts,
)
from wellread.domain.text.unspaced import spaced
from wellread.domain.text.words import STOPWORDS, stem

OTHERWISE = 0.5
"""How much a word counts that the texts have only as another word, which may have been meant."""

_FIRST_LETTERS = 3
"""A word and its stem share so many, so that few words need stemming."""
_OTHER_LETTERS = 2
_INFLECTED = 7
"""A part of a compound of more letters may be written a little otherwise by itself."""
_WRITTEN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """A word of a question, and what stands for it in the texts.

    Attributes:
        word: Its stem; an identifier as `identifiers` has it.
        forms: Words as the texts write them, any of which will do.
        phrases: Several words that will do as well, a space between and around them.
        counts: 1, or `OTHERWISE` where the forms are of another word.
        whole: Whether it is an identifier.
    """

    word: str
    forms: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()
    counts: float = 1.0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """A question in the words of some texts.

    Attributes:
        asked: Its content words and identifiers, each once, in order.
        question: The question with the texts' words in the place of those they have not.
    """

    asked: tuple[Asked, ...]
    question: str

    @classmethod
    def of(cls, question: str, texts: Sequence[str]) -> Wording:
        """Read a question beside the texts that were found for it."""
        return cls.among(question, [cut(text) for text in texts])

    @classmethod
    def among(cls, question: str, texts: Sequence[Sequence[str]]) -> Wording:
        """As `of`, with the texts as `cut` cuts them."""
        return _Reader(question, texts).read()

    def held(self, text: str, found: Sequence[str] = ()) -> dict[str, float]:
        """What of the question a text holds, by `Asked.word`, each with how much it counts.

        Args:
            text: Any text.
            found: It as `cut` cuts it, where that is known.
        """
        found = found or cut(text)
        here, line = frozenset(found), ""
        counted: dict[str, float] = {}
        for each in self.asked:
            if each.whole:
                holds = names_identifier(text, each.word)
            elif each.phrases:
                line = line or _line(found)
                holds = any(phrase in line for phrase in each.phrases)
            else:
                holds = not here.isdisjoint(each.forms)
            if holds:
                counted[each.word] = each.counts
        return counted


def cut(text: str) -> list[str]:
    """The words of a text in lower case, as they are compared here."""
    return _WRITTEN.findall(spaced(unicodedata.normalize("NFKC", text).lower()))


def _line(found: Iterable[str]) -> str:
    return f" {' '.join(found)} "


class _Reader:
    """Reads one question."""

    def __init__(self, question: str, texts: Sequence[Sequence[str]]) -> None:
        self._question = question
        self._texts = texts
        self._written = cut(question)
        self._identifiers = identifiers(question)
        self._held = Counter(chain.from_iterable(map(frozenset, texts)))
        self._alike: dict[str, list[str]] = {}
        for word in self._held:
            self._alike.setdefault(word[:_FIRST_LETTERS], []).append(word)
        self._pairs = [
            (word, following)
            for word, following in pairwise(self._written)
            if word + following in self._held
            and word not in STOPWORDS
            and min(len(word), len(following)) > 1
        ]
        self._instead: dict[str, str] = {}
        self._unknown = 0

    def read(self) -> Wording:
        """The question, read."""
        _, announcing = identifier_words(self._question)
        in_identifiers = _parts_of(self._identifiers)
        asked: dict[str, Asked] = {each: Asked(each, whole=True) for each in self._identifiers}
        joined = self._joined()
        for word in self._written:
            if word not in STOPWORDS and word.lstrip("0") not in in_identifiers:
                for each in self._read(word, joined.get(word, frozenset())):
                    if each.forms or each.phrases or word not in announcing:
                        asked.setdefault(each.word, each)
        return Wording(tuple(asked.values()), self._rewritten())

    def _read(self, word: str, joined: frozenset[str]) -> Iterable[Asked]:
        root = _stem(word)
        alike = self._alike.get(word[:_FIRST_LETTERS], ())
        forms = joined.union(other for other in alike if _stem(other) == root)
        if forms:
            return [Asked(root, forms)]
        return self._meant(word, root)

    def _meant(self, word: str, root: str) -> Iterable[Asked]:
        """What stands for a word that the texts have in no form."""
        self._unknown += 1
        if self._unknown > MOST_SPELT:
            return [Asked(root, counts=OTHERWISE)]
        if two := [half for half in halves(word) if self._has_phrase(half)]:
            self._instead[word] = two[0]
            return [Asked(root, phrases=tuple(f" {each} " for each in two))]
        if right := self._mistyped(word):
            self._instead[word] = right[0]
            return [Asked(root, frozenset(right), counts=OTHERWISE)]
        made_of = self._parts(word)
        if made_of:
            self._instead[word] = " ".join(made_of)
        if len(made_of) > 1:
            return [each for part in made_of for each in self._read(part, frozenset())]
        others = frozenset(made_of or compounds(word, self._held))
        return [Asked(root, others, counts=OTHERWISE)]

    def _mistyped(self, word: str) -> list[str]:
        """The forms of the word that was most likely meant, the most frequent one first."""
        if not may_be_mistyped(word):
            return []
        found: dict[str, int] = {}
        letters = frozenset(word)
        for other in self._beginning(word[0], word[1]):
            if len(letters.union(other)) <= len(letters) + _OTHER_LETTERS:
                # Whole words: stems of different words are close to one another.
                count = mistyped(word, other)
                if count is not None:
                    found[other] = count
        if not found:
            return []
        best = min(found, key=lambda other: (found[other], -self._held[other], other))
        return [best, *(other for other in found if _stem(other) == _stem(best) != other != best)]

    def _parts(self, word: str) -> tuple[str, ...]:
        known = {}
        for part in possible_parts(word):
            for other in self._alike.get(part[:_FIRST_LETTERS], ()):
                inflected = _stem(other) == _stem(part) or (
                    len(part) > _INFLECTED and mistyped(part, other) is not None
                )
                if inflected:
                    known[part] = other
        return tuple(known[part] for part in parts(word, known))

    def _joined(self) -> dict[str, frozenset[str]]:
        """For words of the question that the texts write as one, that one."""
        found: dict[str, frozenset[str]] = {}
        for pair in self._pairs:
            for word in pair:
                found[word] = found.get(word, frozenset()) | {"".join(pair)}
        return found

    def _has_phrase(self, phrase: str) -> bool:
        first, second = phrase.split(" ")
        if first not in self._held or second not in self._held:
            return False
        return any(_line([first, second]) in _line(text) for text in self._texts)

    def _beginning(self, *letters: str) -> list[str]:
        """The texts' words that begin with one of these letters."""
        return [
            word
            for start, alike in self._alike.items()
            if start.startswith(letters)
            for word in alike
        ]

    def _rewritten(self) -> str:
        question = self._question
        for word, following in self._pairs:
            if not self._has_phrase(f"{word} {following}"):
                question = re.sub(
                    rf"\b{word}[^\w]{{1,3}}{following}\b", word + following, question, flags=re.I
                )

        def put(match: re.Match[str]) -> str:
            instead = self._instead.get(match[0].lower(), match[0])
            return instead[0].upper() + instead[1:] if match[0][0].isupper() else instead

        return _WRITTEN.sub(put, question) if self._instead else question


def _parts_of(names: Iterable[str]) -> frozenset[str]:
    """The words that identifiers fall into, without leading zeros."""
    return frozenset(
        word.lstrip("0")
        for name in names
        for spelled in spellings(name)
        for word in spelled.split()
    )


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    return stem(word)
