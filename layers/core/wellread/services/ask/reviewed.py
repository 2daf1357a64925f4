"""Answers that somebody reviewed: shown to the same question for as long as they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from wellread.domain.access.scope import Operator, Scope
from wellread.domain.ask.answers import Answer, Citation
from wellread.domain.ask.reviewed import (
    REVIEWED,
    ReviewedAnswer,
    ReviewedId,
    place_of,
    question_key,
)
from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.errors import NotFoundError
from wellread.ports.ask import ReviewedAnswers
from wellread.ports.operations import Clock
from wellread.services.ask.drafted import Drafted
from wellread.services.ask.passages import Passages


class ReviewedState(StrEnum):
    """Whether a reviewed answer is shown."""

    VALID = "valid"
    EXPIRED = "expired"
    STRUCK = "struck"
    """A passage that it rests on is not there any more as it was."""


@dataclass(frozen=True, slots=True)
class SeenAnswer:
    """A reviewed answer as somebody sees it who may read all that it rests on."""

    answer: ReviewedAnswer
    state: ReviewedState


class ReviewedAnswering:
    """Finds reviewed answers.

    An answer holds where every quote that it rests on stands in the active revision of its
    document, at its place and verbatim, and the answer's time is not over. That is looked at each
    time, so that an answer is struck the moment a document changes, and there is nothing to keep
    in step. Whoever may not read one of its documents sees nothing that tells of it.
    """

    def __init__(self, answers: ReviewedAnswers, passages: Passages, *, clock: Clock) -> None:
        self._answers = answers
        self._passages = passages
        self._clock = clock

    def to(self, question: str, scope: Scope) -> Drafted | None:
        """The answer to a question that was reviewed last, if one holds for these viewers.

        Args:
            question: Understandable without its thread.
            scope: Whose eyes it is for.

        Raises:
            TransientError: Try again.
        """
        for answer in self._answers.to(question_key(question)):
            readable = self._passages.readable(answer.documents, scope)
            if answer.documents <= readable.keys():
                held = self._held(answer, readable)
                if held is not None:
                    outcome = Answer(held.text, held.citations, REVIEWED)
                    return Drafted(outcome, (held.notice,))
        return None

    def list(self, scope: Scope) -> Sequence[SeenAnswer]:
        """All answers whose documents somebody may read, the one reviewed last first.

        Raises:
            TransientError: Try again.
        """
        answers = self._answers.list()
        documents = frozenset[DocumentId]().union(*(each.documents for each in answers))
        readable = self._passages.readable(documents, scope)
        return [
            SeenAnswer(each, self._state(each, readable))
            for each in answers
            if each.documents <= readable.keys()
        ]

    def approved(self) -> Sequence[ReviewedAnswer]:
        """The answers that hold at this moment, oldest first, whoever may read them.

        Raises:
            TransientError: Try again.
        """
        answers = self._answers.list()
        documents = frozenset[DocumentId]().union(*(each.documents for each in answers))
        readable = self._passages.readable(documents, Operator())
        held = (self._held(each, readable) for each in reversed(answers))
        return [each for each in held if each is not None]

    def keep(self, answer: ReviewedAnswer) -> None:
        """Show an answer from now on."""
        self._answers.put(answer)

    def withdraw(self, answer: ReviewedId, scope: Scope) -> None:
        """Show an answer no longer.

        Raises:
            NotFoundError: There is none, or none whose documents may be read.
            TransientError: Try again.
        """
        if all(each.answer.id != answer for each in self.list(scope)):
            raise NotFoundError(
                f'There is no reviewed answer "{answer}". `wellread feedback reviewed` names them.'
            )
        self._answers.delete(answer)

    def _state(
        self, answer: ReviewedAnswer, records: Mapping[DocumentId, DocumentRecord]
    ) -> ReviewedState:
        if self._clock() >= answer.valid_until:
            return ReviewedState.EXPIRED
        return ReviewedState.STRUCK if self._held(answer, records) is None else ReviewedState.VALID

    def _held(
        self, answer: ReviewedAnswer, records: Mapping[DocumentId, DocumentRecord]
    ) -> ReviewedAnswer | None:
        """The answer with citations of the active revisions, where it holds."""
        if self._clock() >= answer.valid_until:
            return None
        citations = [self._cited(each, records.get(each.document)) for each in answer.citations]
        held = tuple(each for each in citations if each is not None)
        return replace(answer, citations=held) if held and len(held) == len(citations) else None

    def _cited(self, citation: Citation, record: DocumentRecord | None) -> Citation | None:
        parsed = None if record is None else self._passages.now(record)
        if record is None or record.active is None or parsed is None:
            return None
        if not place_of(citation).stands_in(parsed.text):
            return None
        page = parsed.page_at(citation.start)
        return replace(citation, revision=record.active.revision, page=page)
