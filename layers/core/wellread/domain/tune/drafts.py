"""Questions with their answers, before a row is made of them, and what drops them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from wellread.domain.ask.searching.phrases import names
from wellread.domain.knowledge.documents import DocumentId, Passage, RevisionId
from wellread.domain.text.words import STOPWORDS, content_words, numbers, words
from wellread.domain.tune.examples import SupportingSpan

_TOLD = 0.8
"""A question that holds so much of an answer's words tells it."""
_SAME = 0.7
"""A passage with so much of a statement's words may say the same."""


class Filter(StrEnum):
    """Why a question was dropped; the manifest counts each."""

    NO_QUESTION = "no_question"
    """None could be made of what was found."""
    NOT_VERBATIM = "span_not_in_chunk"
    """What the answer rests on does not stand in the chunk."""
    NOT_IN_SPAN = "not_in_span"
    """A number or name of the answer does not stand in what it rests on."""
    TELLS_ANSWER = "question_tells_answer"
    """The question holds the answer."""
    ASKED_BEFORE = "asked_before"
    """Another question is nearly the same."""
    NOT_FOUND = "not_retrieved"
    """The live retrieval does not find the chunk."""
    TOO_LONG = "does_not_fit"
    """What the answer rests on does not fit into a prompt."""
    NOTHING_ELSE = "no_other_passages"
    """To be answered by a decline, and nothing else was found that could be shown."""
    HELD_OUT = "near_held_out"
    """A source of its prompt is nearly what a held-out document says."""
    RESTRICTED = "no_longer_readable"
    """Not all of its sources may be read, at these revisions, by all of the audiences."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A question with what answers it.

    Attributes:
        answer: As the product says it, without markers.
        span: What the answer rests on, in the revision's text.
        beside: What else the answer draws on: the names of a row's columns.
        key: What no question may hold; empty where that is the answer as a whole.
        made_by: "templates" or "teacher:<model>".
        wrong: The same question as no document answers it; empty where there is none yet.
    """

    question: str
    answer: str
    span: SupportingSpan
    document: DocumentId
    revision: RevisionId
    beside: str = ""
    key: str = ""
    made_by: str = "templates"
    wrong: str = ""


def objection(draft: Draft, text: str, chunk_start: int, chunk_end: int) -> Filter | None:
    """What is wrong with a draft by itself; None where nothing is.

    Args:
        draft: It.
        text: The revision's text.
        chunk_start: Where the chunk begins that it was made from.
        chunk_end: Where that ends.
    """
    span = draft.span
    within = chunk_start <= span.start < span.end <= chunk_end
    if not within or text[span.start : span.end] != span.text or not span.text.strip():
        return Filter.NOT_VERBATIM
    if not draft.question.strip() or not draft.answer.strip():
        return Filter.NO_QUESTION
    if not rests_on(draft.answer, f"{span.text} {draft.beside}"):
        return Filter.NOT_IN_SPAN
    if tells(draft.question, draft.answer, draft.key):
        return Filter.TELLS_ANSWER
    return None


def rests_on(answer: str, source: str) -> bool:
    """Whether every number and name of an answer stands in what it rests on."""
    held = set(words(source))
    named = {word for name in names(answer) for word in words(name) if word not in STOPWORDS}
    return numbers(answer) <= numbers(source) and named <= held


def tells(question: str, answer: str, key: str = "") -> bool:
    """Whether a question holds its answer.

    Args:
        question: What is asked.
        answer: As a whole.
        key: The part of it that is asked for, where that is known.
    """
    asked = set(content_words(question))
    if key:
        wanted = set(content_words(key)) or set(words(key))
        return wanted <= (asked | set(words(question)))
    wanted = set(content_words(answer))
    return len(wanted & asked) >= _TOLD * len(wanted)


class AskedBefore:
    """Knows the questions so far, to drop those that are nearly the same."""

    _ALIKE = 0.8

    def __init__(self) -> None:
        self._seen: list[frozenset[str]] = []
        self._of: dict[str, list[int]] = {}

    def __call__(self, question: str) -> bool:
        """Whether nearly the same was asked before; remembers the question where not."""
        stems = frozenset(content_words(question)) or frozenset(words(question))
        shared = Counter(number for stem in stems for number in self._of.get(stem, ()))
        for number, count in shared.items():
            if count >= self._ALIKE * len(stems | self._seen[number]):
                return True
        for stem in stems:
            self._of.setdefault(stem, []).append(len(self._seen))
        self._seen.append(stems)
        return False


def holds(passages: Sequence[Passage], span: str) -> list[bool]:
    """Of each passage whether it says what a span says: the same, or most of its words."""
    wanted = Counter(content_words(span))
    size = sum(wanted.values())
    flat = " ".join(span.split())
    found = []
    for passage in passages:
        said = Counter(content_words(passage.chunk.text))
        shared = sum((wanted & said).values())
        same = flat in " ".join(passage.chunk.text.split())
        found.append(same or (size > 0 and shared >= _SAME * size))
    return found
