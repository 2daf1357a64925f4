"""Answers that somebody reviewed, and which questions are the same as theirs.

Two questions are the same where they have the same words in the same order. Nothing is taken from
meaning: an answer that a person vouched for is shown to nobody who asked something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NewType

from wellread.domain.ask.answers import Citation
from wellread.domain.ask.resting import QuotedPlace
from wellread.domain.ask.searching.identifiers import identifier_words, identifiers
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.text.words import STOPWORDS

REVIEWED = "reviewed"
"""Who answered, where a reviewed answer is shown."""

VALID_DAYS = 180
"""For so long a reviewed answer is shown where its reviewer says nothing else."""

MOST_VALID_DAYS = 3650

_DAY_SECONDS = 86_400.0

ReviewedId = NewType("ReviewedId", str)

_TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W_]+(?:['’][^\W_]+)*|[^\w\s]")
_PUNCTUATION = frozenset(".,;:!?…\"'“”‘’«»‹›()[]{}¿¡*_`-‐‑–—")
_BY_THE_WAY = frozenset("a an the please bitte".split())
_ATOM = re.compile(r"\d+|[^\W\d_]+")
_IDENTIFIER = "#"
_PLURAL = re.compile(r"^([^\W\d]{3,})s$")


def question_key(text: str) -> str:
    """What two questions have in common that are the same but for their spelling.

    Case, punctuation, articles and "please" do not count; a plural counts as its singular; an
    identifier counts as `identifiers` reads it, however it is spelled. All other words count, in
    their order: function words and signs turn questions around ("without", "before", "C++").
    """
    named = identifiers(text)
    written, _ = identifier_words(text)
    written |= frozenset(part for each in named for part in _ATOM.findall(each))
    kept: list[str] = []
    typed = unicodedata.normalize("NFKC", text)
    tokens = _TOKEN.findall(typed.lower() if typed.isupper() else typed)
    for number, token in enumerate(tokens):
        word = _IDENTIFIER if token.casefold() in written else _word(token, first=not number)
        if word and (word, *kept[-1:]) != (_IDENTIFIER, _IDENTIFIER):
            kept.append(word)
    return " ".join((*kept, *(f"{_IDENTIFIER}{each}" for each in named)))


def _word(token: str, *, first: bool) -> str:
    """What counts of a word or sign; empty where nothing does."""
    lower = token.casefold().replace("’", "'")
    if token in _PUNCTUATION or (lower in _BY_THE_WAY and (first or token.islower())):
        return ""
    if len(token) > 1 and token.isupper() and lower in STOPWORDS:
        return token  # "IT" and "US" are no pronouns
    plural = _PLURAL.match(lower)
    return plural[1] if plural and not lower.endswith(("ss", "us", "is")) else lower


@dataclass(frozen=True, slots=True)
class ReviewedAnswer:
    """An answer that somebody reviewed, to a question and those that are the same.

    Attributes:
        question: In the words of whoever asked.
        also: Other wordings that it answers, as the reviewer gave them.
        text: Sentences with markers [1], [2] in the order of `citations`.
        citations: As of when it was reviewed, without links.
        reviewed_by: A person, as people read the name.
        at: When, seconds since the epoch.
        valid_until: From then on it is not shown any more, seconds since the epoch.
    """

    id: ReviewedId
    question: str
    also: tuple[str, ...]
    text: str
    citations: tuple[Citation, ...]
    reviewed_by: str
    at: float
    valid_until: float

    @property
    def keys(self) -> frozenset[str]:
        """Those of the questions that it answers."""
        return frozenset(question_key(each) for each in (self.question, *self.also))

    @property
    def documents(self) -> frozenset[DocumentId]:
        """Those that it rests on."""
        return frozenset(citation.document for citation in self.citations)

    @property
    def notice(self) -> str:
        """What a reader is told below it."""
        until = _day(self.valid_until)
        return f"Reviewed by {self.reviewed_by} on {_day(self.at)}, valid until {until}."


def place_of(citation: Citation) -> QuotedPlace:
    """Where a citation stands."""
    return QuotedPlace(citation.document, citation.revision, citation.start, citation.quote)


def valid_until(at: float, days: int) -> float:
    """When an answer that was reviewed at a moment is shown no longer."""
    return at + days * _DAY_SECONDS


def newest_first(answers: Iterable[ReviewedAnswer]) -> list[ReviewedAnswer]:
    """The answers, the one that was reviewed last first."""
    return sorted(answers, key=lambda each: (each.at, each.id), reverse=True)


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
