"""From a question to the words and phrases that a lexical search looks for."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from wellread.domain.ask.searching.identifiers import identifiers, spellings
from wellread.domain.text.unspaced import spaced
from wellread.domain.text.words import STOPWORDS

MAX_TERMS = 64
"""More words than that are no question; SQLite's FTS5 refuses expressions of more than 256."""

_MAX_PHRASES = 64
_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SHORTEST_PART = 2


def question_words(question: str) -> tuple[str, ...]:
    """Every distinct word of the question, in lower case.

    Stop words are left out unless there is nothing else.
    """
    words = dict.fromkeys(word.lower() for word in _split(question))
    telling = [word for word in words if word not in STOPWORDS] or list(words)
    return tuple(telling[:MAX_TERMS])


def question_phrases(question: str) -> tuple[str, ...]:
    """What else may stand for words of the question: a word, or several with a space between.

    Identifiers as wholes, so that those made of the same parts in another order come behind;
    "http port" for "HTTPPort".
    """
    found = [spelled for each in identifiers(question) for spelled in spellings(each)]
    for word in _split(question):
        humps = _HUMP.findall(word)
        if len(humps) > 1 and min(map(len, humps)) >= _SHORTEST_PART and "".join(humps) == word:
            found.append(" ".join(humps).lower())
    return tuple(dict.fromkeys(found))[:_MAX_PHRASES]


def question_pairs(question: str) -> dict[str, str]:
    """Pairs of words, by what stands for one where nobody writes it in two: "httpport"."""
    return {
        word + following: f"{word} {following}"
        for word, following in pairwise(map(str.lower, _split(question)[:MAX_TERMS]))
        if min(len(word), len(following)) >= _SHORTEST_PART and word not in STOPWORDS
    }


def _split(question: str) -> list[str]:
    return _WORD.findall(spaced(unicodedata.normalize("NFKC", question)))
