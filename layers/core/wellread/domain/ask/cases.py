"""Cases: replies that did not help, for somebody who knows better to look at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType

from wellread.domain.ask.answers import GivenFeedback, HandOver, Verdict
from wellread.domain.ask.questions import AskerId, ThreadId, Turn
from wellread.domain.ask.resting import QuotedPlace
from wellread.domain.knowledge.documents import DocumentId

CaseId = NewType("CaseId", str)

_ID_CHARACTERS = 12
_MOST_REMARKS = 20
"""What more people say of the same reply takes the place of what was said first."""


class CaseStatus(StrEnum):
    """How far a case is."""

    OPEN = "open"
    ANSWERED = "answered"
    """There is a reviewed answer to its question."""
    DISMISSED = "dismissed"
    """Somebody looked at it, and nothing is to be done."""


def case_id(thread: ThreadId, turn: int) -> CaseId:
    """The id of the case of a reply, always the same."""
    return CaseId(hashlib.sha256(f"{thread}#{turn}".encode()).hexdigest()[:_ID_CHARACTERS])


@dataclass(frozen=True, slots=True)
class Case:
    """A reply that somebody said did not help, as it was when they said so.

    Attributes:
        question: As it was asked.
        searched_for: The same, understandable without its thread.
        answer: The reply's text.
        quoted: What the reply quoted, and what stood nearest where it declined.
        drawn_on: All documents whose words may be in the case.
        asked_by: None where that is not known.
        at: When the first of it was said, seconds since the epoch.
        remarks: What people said of the reply, one each: thumbs-down with a reason, or what a
            colleague answered who was asked instead.
        version: Counts the changes, from 1.
    """

    thread: ThreadId
    turn: int
    question: str
    searched_for: str
    answer: str
    declined: bool
    quoted: tuple[QuotedPlace, ...]
    drawn_on: frozenset[DocumentId]
    asked_by: AskerId | None
    at: float
    remarks: tuple[GivenFeedback, ...] = ()
    status: CaseStatus = CaseStatus.OPEN
    version: int = 0

    @classmethod
    def of(cls, thread: ThreadId, turn: Turn, at: float) -> Case:
        """A new case of a turn, about which nobody has said anything."""
        quoted = frozenset(place.document for place in turn.quoted)
        return cls(
            thread,
            turn.number,
            turn.question,
            turn.standalone,
            turn.answer,
            turn.declined,
            turn.quoted,
            turn.drawn_on | quoted,
            turn.asker,
            at,
        )

    @property
    def id(self) -> CaseId:
        """What people and commands call it."""
        return case_id(self.thread, self.turn)

    @property
    def wordings(self) -> tuple[str, ...]:
        """What may be asked for the same answer: the question by itself, and as it was asked."""
        begins = self.turn == 1
        return tuple(
            dict.fromkeys((self.question, self.searched_for) if begins else (self.searched_for,))
        )

    @property
    def proposals(self) -> tuple[str, ...]:
        """What people said the answer should have been, each once, oldest first."""
        said = (each.feedback.correction for each in self.remarks)
        return tuple(dict.fromkeys(words for words in said if words))

    def heard(self, given: GivenFeedback) -> Case:
        """The case after somebody said something, in place of what they said before of that kind.

        A case that was dismissed is open again where somebody says something new.
        """
        others = tuple(each for each in self.remarks if _by(each) != _by(given))
        remarks = (*others, given) if calls_for_a_case(given) else others
        remarks = tuple(sorted(remarks, key=lambda each: (each.at, each.asker)))
        remarks = remarks[-_MOST_REMARKS:]
        if remarks == self.remarks:
            return self
        again = self.status is CaseStatus.DISMISSED and len(remarks) > len(self.remarks)
        return replace(
            self, remarks=remarks, status=CaseStatus.OPEN if again else self.status
        ).changed()

    def became(self, status: CaseStatus) -> Case:
        """The case with another status."""
        return replace(self, status=status).changed()

    def changed(self) -> Case:
        """Its next version."""
        return replace(self, version=self.version + 1)


def calls_for_a_case(given: GivenFeedback) -> bool:
    """Whether somebody should look at a reply of which this was said."""
    said = given.feedback
    if said.verdict is HandOver.RESOLVED:
        return bool(said.correction)
    return said.verdict is Verdict.DOWN


def _by(given: GivenFeedback) -> tuple[str, str]:
    return given.asker, given.feedback.kind
