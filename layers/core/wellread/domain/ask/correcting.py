"""What somebody who knows better says to a case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wellread.domain.ask.reviewed import MOST_VALID_DAYS, VALID_DAYS
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidQuestionError
from wellread.domain.text.harmless import unlinkable
from wellread.domain.text.plain import plain
from wellread.domain.text.sentences import UnitKind, split_sentences

MOST_CHARACTERS = 4000
MOST_QUOTES = 20
_LONGEST_NAME = 100
_MARKER = re.compile(r"\s*\[(\d+)\]")
_AFTER_STOP = re.compile(r"([.!?…])((?:\s*\[\d+\])+)")


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a document that a correction rests on.

    Attributes:
        words: As they stand there; white space may be otherwise.
        document: None where the documents are to be looked through.
    """

    words: str
    document: DocumentId | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """The answer that a case should have had.

    Attributes:
        text: Sentences, with or without markers [1], [2] of `quotes`.
        quotes: What it rests on; none where the documents are to be looked through for it.
        reviewed_by: Who stands for it, as people read the name.
        also: Other wordings of the question that it answers.
        days: For how long it is shown.
    """

    text: str
    reviewed_by: str
    quotes: tuple[Quote, ...] = ()
    also: tuple[str, ...] = ()
    days: int = VALID_DAYS


def check(correction: Correction) -> Correction:
    """The correction in plain words, as people are shown it.

    Raises:
        InvalidQuestionError: Something of it is missing, too long or too much.
    """
    text, name = correction.text.strip(), plain(correction.reviewed_by, unlinkable).rstrip(".")
    if not any(c.isalnum() for c in text):
        raise InvalidQuestionError("The answer is empty. Write what the reply should have said.")
    if len(text) > MOST_CHARACTERS:
        raise InvalidQuestionError(f"Keep the answer under {MOST_CHARACTERS:,} characters.")
    if not any(c.isalnum() for c in name) or len(name) > _LONGEST_NAME:
        raise InvalidQuestionError(
            "Say who stands for the answer, in at most "
            f"{_LONGEST_NAME} characters: readers are told the name."
        )
    if len(correction.quotes) > MOST_QUOTES or len(correction.also) > MOST_QUOTES:
        raise InvalidQuestionError(f"Name at most {MOST_QUOTES} quotes and other wordings.")
    if not 1 <= correction.days <= MOST_VALID_DAYS:
        raise InvalidQuestionError(
            f"An answer is valid for 1 to {MOST_VALID_DAYS:,} days. {VALID_DAYS} is usual."
        )
    also = tuple(" ".join(each.split()) for each in correction.also if each.strip())
    return Correction(text, name, correction.quotes, also, correction.days)


def with_markers(text: str, quotes: int) -> str:
    """A person's sentences in plain words, each with the markers of what it rests on.

    A sentence without a marker rests on all quotes.

    Args:
        text: What they wrote.
        quotes: How many quotes there are.

    Raises:
        InvalidQuestionError: A marker is of no quote.
    """
    text = _AFTER_STOP.sub(r"\2\1", text)
    units = split_sentences(text)
    said = ""
    for unit in units:
        raw = text[unit.start : unit.end]
        marked = sorted({int(number) for number in _MARKER.findall(raw)})
        if any(not 1 <= number <= quotes for number in marked):
            raise InvalidQuestionError(f"The answer has a marker [{marked[-1]}] without a quote.")
        words = plain(_MARKER.sub("", raw), unlinkable)
        if words:
            said += f"{_before(unit.kind, said)}{words} {_marks(marked, quotes)}"
    return said


def _before(kind: UnitKind, said: str) -> str:
    if kind is UnitKind.ITEM:
        return "\n- " if said else "- "
    return " " if said else ""


def _marks(marked: Sequence[int], quotes: int) -> str:
    return "".join(f"[{number}]" for number in marked or range(1, quotes + 1))


def find_words(words: str, text: str) -> tuple[int, int] | None:
    """Where words stand in a text, white space aside; None where they do not."""
    if not any(c.isalnum() for c in words):
        return None
    at = text.find(words)
    if at >= 0:
        return at, at + len(words)
    found = re.search(r"\s+".join(map(re.escape, words.split())), text)
    return found.span() if found else None
