"""Questions, who asks them, and the threads they are asked in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from wellread.domain.access.scope import Scope
from wellread.domain.ask.links import Links, unlinked
from wellread.domain.ask.resting import QuotedPlace
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import InvalidQuestionError

ThreadId = NewType("ThreadId", str)
AskerId = NewType("AskerId", str)

MAX_QUESTION_CHARACTERS = 4000
"""Longer questions are refused: none of the models reads further, and people don't ask so."""


class Mode(StrEnum):
    """What an answer may come from."""

    BASE = "base"
    RAG = "rag"
    TUNED = "tuned"
    TUNED_RAG = "tuned_rag"

    @property
    def retrieves(self) -> bool:
        """Whether the mode answers from the documents."""
        return self in (Mode.RAG, Mode.TUNED_RAG)

    @property
    def tuned(self) -> bool:
        """Whether the mode needs the fine-tuned model."""
        return self in (Mode.TUNED, Mode.TUNED_RAG)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as established by the caller's identity, never by the request's body.

    Attributes:
        scope: What a reply may draw on: what the asker may read; in a place, what all may read who
            see the reply there.
    """

    id: AskerId
    scope: Scope


@dataclass(frozen=True, slots=True)
class Place:
    """Where several people ask, and read the replies: one thread of a chat.

    Attributes:
        platform: Such as "slack" or "teams".
        team: The platform's id of the workspace or tenant.
        conversation: Its id of the conversation there.
        thread: Its key of the thread in that conversation.
    """

    platform: str
    team: str
    conversation: str
    thread: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question to answer.

    Attributes:
        thread: The thread it goes on with; None means the place's, or a new one of the asker's.
        correlation_id: Shown to the asker and found in the logs.
        answer_by: When the asker stops waiting, seconds since the epoch; None where they wait as
            long as it takes.
        place: Where it is asked; None where only the asker reads the reply.
        links: What opens the documents where the reply is shown.
        only_reviewed: Whether an answer that no person has reviewed is none.
    """

    text: str
    asker: Asker
    mode: Mode = Mode.RAG
    thread: ThreadId | None = None
    correlation_id: str = ""
    answer_by: float | None = None
    place: Place | None = None
    links: Links = unlinked
    only_reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its reply, as later questions of the thread see it.

    Attributes:
        number: Position in the thread, from 1.
        standalone: The question as it was searched for, understandable without the thread.
        answer: The reply's text.
        documents: Those that the reply cites.
        drawn_on: Those whose words may be in the turn, by way of earlier turns too.
        erased: Whether its words went with one of those documents; it has none any more.
        asker: Who asked; None for a turn of before this was kept, which the thread's owner asked.
        quoted: What the reply cites, or what stood nearest; none where this was not kept yet.
    """

    number: int
    question: str
    standalone: str
    answer: str
    declined: bool
    mode: Mode
    documents: frozenset[DocumentId] = frozenset()
    drawn_on: frozenset[DocumentId] = frozenset()
    erased: bool = False
    asker: AskerId | None = None
    quoted: tuple[QuotedPlace, ...] = ()


def leans_on_thread(mode: Mode, question: str, searched_for: str) -> bool:
    """Whether what is answered may hold words of the turns before.

    It does not where documents are searched for the question itself, and for nothing of its thread.
    """
    return not mode.retrieves or searched_for != " ".join(question.split())


def validate_question(text: str) -> str:
    """The question, trimmed and without control characters.

    Raises:
        InvalidQuestionError: The question is empty or longer than MAX_QUESTION_CHARACTERS.
    """
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise InvalidQuestionError(
            f"The question has {len(text):,} characters; the most is "
            f"{MAX_QUESTION_CHARACTERS:,}. Ask it shorter, and drop long text as a document."
        )
    cleaned = "".join(c if c.isprintable() else " " for c in text).strip()
    if not any(c.isalnum() for c in cleaned):
        raise InvalidQuestionError("The question is empty. Type what you want to know.")
    return cleaned
