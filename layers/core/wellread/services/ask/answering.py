"""From a question to a cited answer or an honest decline."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import (
    NOT_FOUND,
    NOT_REVIEWED,
    Answer,
    AnswerEvent,
    Declined,
    DeclineReason,
    Outcome,
    Reply,
    ReplyEvent,
)
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Mode, Question, ThreadId, Turn, validate_question
from wellread.domain.ask.searching.rewriting import follow_up
from wellread.domain.knowledge.host_words import HostWords
from wellread.domain.knowledge.metrics import Metric
from wellread.ports.ask import ThreadStore
from wellread.ports.ingest import RevisionStore
from wellread.ports.operations import Clock, Meter
from wellread.services.ask.conversation import append, showable, thread_of
from wellread.services.ask.declining import with_nearest
from wellread.services.ask.drafted import Drafted
from wellread.services.ask.drafting import Drafts, Generators
from wellread.services.ask.gaps import Gaps
from wellread.services.ask.retrieval import Retrieval
from wellread.services.ask.reviewed import ReviewedAnswering
from wellread.services.ingest.documents import Documents

logger = logging.getLogger(__name__)


class Answering:
    """Answers questions; the hosts differ only in how they show the events."""

    def __init__(
        self,
        retrieval: Retrieval,
        documents: Documents,
        revisions: RevisionStore,
        threads: ThreadStore,
        generators: Generators,
        reviewed: ReviewedAnswering,
        *,
        passages: int,
        new_id: Callable[[], str],
        meter: Meter,
        words: HostWords,
        clock: Clock = time.time,
        gaps: Gaps | None = None,
    ) -> None:
        """Nothing is asked yet.

        Args:
            retrieval: Finds passages.
            documents: Knows how much is indexed.
            revisions: Holds the texts that citations are verified against.
            threads: Holds the turns.
            generators: Who can speak.
            reviewed: Finds answers that somebody reviewed.
            passages: How many passages an answer may draw on.
            new_id: Makes correlation ids where the question brings none.
            meter: Counts answers and declines.
            words: For declines that name a part of the host.
            clock: Compared with `Question.answer_by`.
            gaps: Notes what the documents do not answer; None where that is of no interest.
        """
        self._retrieval = retrieval
        self._reviewed = reviewed
        self._gaps = gaps
        self._generators = generators
        self._threads = threads
        self._new_id = new_id
        self._meter = meter
        self._drafts = Drafts(
            retrieval,
            documents,
            revisions,
            generators,
            passages=passages,
            clock=clock,
            words=words,
        )

    def modes(self, scope: Scope) -> tuple[Mode, ...]:
        """The modes that something answers in to all viewers of a scope, at this moment."""
        return tuple(mode for mode in Mode if self._generators.answer_in(mode, scope))

    def answer(self, question: Question) -> Reply:
        """Answer a question at once.

        Raises:
            InvalidQuestionError: The question cannot be asked.
            NotFoundError: The asker has no such thread.
            TransientError: Try again.
        """
        events = self.stream(question)
        return next(event.reply for event in events if isinstance(event, ReplyEvent))

    def stream(self, question: Question) -> Iterator[AnswerEvent]:
        """Answer a question bit by bit; the last event is the whole reply.

        What a delta shows is verified already, but the reply wins over the deltas before it.

        Raises:
            InvalidQuestionError, NotFoundError: Before the first event.
            TransientError: Try again.
        """
        question = replace(question, text=validate_question(question.text))
        thread, turns = thread_of(self._threads, question)
        return self._stream(question, thread, turns)

    def _stream(
        self, question: Question, thread: ThreadId, turns: Sequence[Turn]
    ) -> Iterator[AnswerEvent]:
        text = question.text
        last_number = turns[-1].number if turns else 0
        usable = showable(self._retrieval, turns, question.asker.scope)
        said = self._drafts.without_search(question, opening=not last_number)
        search = follow_up(text, usable if said is None else ())
        drafted = self._without_drafting(question, search.text) if said is None else Drafted(said)
        if drafted is None:
            prompt = Prompt(text, search.text, (), question.mode, usable)
            drafted = yield from self._drafts.draft(prompt, search, question)
        searched_for = drafted.searched_for or search.text
        outcome = self._checked_again(drafted, question, searched_for)
        reply = append(
            self._threads,
            Reply(
                outcome=outcome,
                thread=thread,
                turn=last_number + 1,
                mode=question.mode,
                correlation_id=question.correlation_id or self._new_id(),
            ),
            question,
            searched_for,
            usable,
        )
        if self._gaps is not None:
            self._gaps.note(question, reply, searched_for, usable)
        logger.info(
            "question answered",
            extra={
                "correlation_id": reply.correlation_id,
                "declined": reply.declined,
                "answered_by": outcome.answered_by,
                "citations": len(reply.citations),
                "mode": reply.mode.value,
                "checked": [asdict(checked) for checked in outcome.checked],
            },
        )
        self._meter.add(Metric.ANSWERS_DECLINED if reply.declined else Metric.ANSWERS_GIVEN, 1)
        yield ReplyEvent(reply)

    def _without_drafting(self, question: Question, searched_for: str) -> Drafted | None:
        """What somebody reviewed, or that nobody did where that alone is an answer.

        A mode that does not answer from the documents shows it where nothing else may be shown.
        """
        reviewed = None
        if question.mode.retrieves or question.only_reviewed:
            reviewed = self._reviewed.to(searched_for, question.asker.scope)
        if reviewed is None and question.only_reviewed:
            return Drafted(Declined(NOT_REVIEWED, DeclineReason.NOT_REVIEWED, "wellread"))
        return reviewed

    def _checked_again(self, drafted: Drafted, question: Question, searched_for: str) -> Outcome:
        """The outcome with its notices, drawn only on what may be shown at this moment."""
        outcome = drafted.outcome
        if outcome is None:
            raise RuntimeError("no generator came to an outcome")
        cited = outcome.citations if isinstance(outcome, Answer) else ()
        documents = {
            *(passage.document for passage in drafted.passages),
            *(citation.document for citation in cited),
        }
        visible = self._retrieval.visible_documents(sorted(documents), question.asker.scope)
        if isinstance(outcome, Answer):
            if all(citation.document in visible for citation in outcome.citations):
                citations = tuple(
                    replace(
                        c,
                        searchable_since=visible[c.document].activated_at,
                        link=question.links(c.document, c.revision, c.quote, c.start),
                    )
                    for c in outcome.citations
                )
                return replace(
                    outcome,
                    citations=citations,
                    notices=drafted.notices,
                    checked=drafted.checked,
                )
            # A document was deleted or restricted while the answer was written.
            outcome = Declined(NOT_FOUND, DeclineReason.NOT_IN_DOCUMENTS, outcome.answered_by)
        elif outcome.reason is DeclineReason.GUIDANCE:
            return outcome
        declined = with_nearest(outcome, searched_for, drafted.passages, visible, question.links)
        return replace(declined, notices=drafted.notices, checked=drafted.checked)
