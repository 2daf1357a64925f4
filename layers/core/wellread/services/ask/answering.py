"""From a question to a cited answer or an honest decline."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import (
    NOT_FOUND,
    Answer,
    AnswerEvent,
    Declined,
    DeclineReason,
    DeltaEvent,
    Outcome,
    Reply,
    ReplyEvent,
    StatusEvent,
)
from wellread.domain.ask.checking.claims import Checked
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Question, ThreadId, Turn, validate_question
from wellread.domain.ask.searching.rewriting import Search, follow_up
from wellread.domain.ask.searching.topics import Want
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import Passage
from wellread.domain.knowledge.metrics import Metric
from wellread.ports.ask import Quoter, ThreadStore
from wellread.ports.ingest import RevisionStore
from wellread.ports.models import Generator, Verifier
from wellread.ports.operations import Clock, Meter
from wellread.services.ask.conversation import append, showable, thread_of
from wellread.services.ask.declining import with_nearest
from wellread.services.ask.grounded_speech import GroundedSpeech
from wellread.services.ask.guidance import NO_DOCUMENTS_YET, Guidance
from wellread.services.ask.model_alone import from_model, without_its_model
from wellread.services.ask.outline import Outlines, Whole
from wellread.services.ask.reading import Reading
from wellread.services.ask.retrieval import Retrieval
from wellread.services.ask.searching import find
from wellread.services.ingest.documents import Documents

logger = logging.getLogger(__name__)

STILL_INDEXING = "Documents are still being indexed, so there may be more to say."
"""How many is not counted: each would have to be looked at."""

QUOTING_SECONDS = 4.0
"""Of the time there is to answer, kept for quoting and checking where the model is late."""


@dataclass(frozen=True, slots=True)
class Generators:
    """Who can speak.

    Attributes:
        quoting: Quotes the passages; needs no model, so it can always step in.
        model: The configured language model, if any.
        tuned: The fine-tuned model, once there is one.
        verifier: Checks what the models say; without one, the words do.
    """

    quoting: Quoter
    model: Generator | None = None
    tuned: Generator | None = None
    verifier: Verifier | None = None


@dataclass(slots=True)
class _Draft:
    """What a run of generators has come to so far."""

    outcome: Outcome | None = None
    notices: list[str] = field(default_factory=list)
    checked: tuple[Checked, ...] = ()
    passages: tuple[Passage, ...] = ()
    searched_for: str = ""


class Answering:
    """Answers questions; the hosts differ only in how they show the events."""

    def __init__(
        self,
        retrieval: Retrieval,
        documents: Documents,
        revisions: RevisionStore,
        threads: ThreadStore,
        generators: Generators,
        *,
        passages: int,
        new_id: Callable[[], str],
        meter: Meter,
        clock: Clock = time.time,
    ) -> None:
        """Work on these.

        Args:
            retrieval: Finds passages.
            documents: Knows how much is indexed.
            revisions: Holds the texts that citations are verified against.
            threads: Holds the turns.
            generators: Who can speak.
            passages: How many passages an answer may draw on.
            new_id: Makes correlation ids where the question brings none.
            meter: Counts answers and declines.
            clock: The time, which `Question.answer_by` is compared with.
        """
        self._retrieval = retrieval
        self._documents = documents
        self._reading = Reading(retrieval, revisions)
        self._speech = GroundedSpeech(revisions)
        self._guidance = Guidance(documents, revisions)
        self._outlines = Outlines(retrieval, revisions)
        self._threads = threads
        self._generators = generators
        self._passages = passages
        self._new_id = new_id
        self._meter = meter
        self._clock = clock

    def answer(self, question: Question) -> Reply:
        """Answer a question at once.

        Raises:
            InvalidQuestionError: The question cannot be asked.
            NotFoundError: The asker has no such thread.
            TransientError: Try again.
        """
        reply: Reply | None = None
        for event in self.stream(question):
            if isinstance(event, ReplyEvent):
                reply = event.reply
        if reply is None:
            raise RuntimeError("a stream of events ended without a reply")
        return reply

    def stream(self, question: Question) -> Iterator[AnswerEvent]:
        """Answer a question bit by bit; the last event is the whole reply.

        What a delta shows is verified already, but the reply wins over the deltas before it.

        Raises:
            InvalidQuestionError, NotFoundError: Before the first event.
            TransientError: Try again.
        """
        text = validate_question(question.text)
        thread, turns = thread_of(self._threads, question)
        return self._stream(question, text, thread, turns)

    def _stream(
        self, question: Question, text: str, thread: ThreadId, turns: Sequence[Turn]
    ) -> Iterator[AnswerEvent]:
        last_number = turns[-1].number if turns else 0
        usable = showable(self._retrieval, turns, question.asker.scope)
        draft = _Draft(self._without_search(question, text, opening=not last_number))
        search = follow_up(text, usable if draft.outcome is None else ())
        if draft.outcome is None:
            prompt = Prompt(text, search.text, (), question.mode, usable)
            if question.mode.retrieves:
                yield from self._from_documents(prompt, search, question, draft)
            else:
                draft.outcome = yield from from_model(
                    self._model_of(prompt), prompt, self._seconds(question.answer_by)
                )
        searched_for = draft.searched_for or search.text
        outcome = self._checked_again(draft, question, searched_for)
        reply = append(
            self._threads,
            Reply(
                outcome=outcome,
                thread=thread,
                turn=last_number + 1,
                mode=question.mode,
                correlation_id=question.correlation_id or self._new_id(),
            ),
            text,
            searched_for,
            usable,
        )
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

    def _without_search(self, question: Question, text: str, *, opening: bool) -> Outcome | None:
        """What is said without looking for anything: to a greeting, or where nobody can speak."""
        if guidance := self._guidance.to(text, question.asker.scope, opening=opening):
            return guidance
        return without_its_model(
            question.mode, model=self._generators.model, tuned=self._generators.tuned
        )

    def _from_documents(
        self, prompt: Prompt, search: Search, question: Question, draft: _Draft
    ) -> Iterator[AnswerEvent]:
        scope = question.asker.scope
        waiting = self._documents.any_in(scope, DocumentStatus.PROCESSING, DocumentStatus.RECEIVED)
        draft.notices += [STILL_INDEXING] if waiting else []
        yield StatusEvent("Searching the documents")
        whole = self._outlines.asked_for(prompt.question, prompt.turns, scope)
        if whole is not None and whole.certain:
            yield from self._from_whole(whole, prompt, draft, question.answer_by)
            if draft.outcome is not None:
                return
        found = find(self._retrieval, search, prompt.question, scope, self._passages)
        draft.passages, draft.searched_for = found.passages, found.text
        prompt = replace(prompt, standalone=found.text, passages=found.passages)
        if found.passages:
            draft.outcome = self._guidance.to_mistyped(
                prompt.question, scope, found.passages, opening=not prompt.turns
            )
        else:
            draft.outcome = self._nothing_found(scope)
        if draft.outcome is None and found.on is not None and self._model_of(prompt) is None:
            # A model reads the thread and judges by itself.
            yield from _said(self._outlines.quote_of(found.on, prompt.question), draft)
        if draft.outcome is None:
            yield from self._from_passages(prompt, draft, question)
            if whole is not None and not isinstance(draft.outcome, Answer):
                yield from _said(whole.answer(), draft)

    def _nothing_found(self, scope: Scope) -> Declined:
        if self._documents.any_in(scope, DocumentStatus.INDEXED):
            return Declined(NOT_FOUND, DeclineReason.NOT_IN_DOCUMENTS, "wellread")
        return Declined(NO_DOCUMENTS_YET, DeclineReason.NO_DOCUMENTS, "wellread")

    def _from_whole(
        self, whole: Whole, prompt: Prompt, draft: _Draft, answer_by: float | None
    ) -> Iterator[AnswerEvent]:
        """A summary by the model where one is asked for; else what stands there, in outline."""
        model = self._model_of(prompt)
        if whole.topic.want is Want.SUMMARY and model is not None:
            yield StatusEvent("Writing")
            about = replace(prompt, standalone=prompt.question, passages=whole.passages)
            yield from self._grounded(model, about, draft, self._seconds(answer_by))
        if not isinstance(draft.outcome, Answer):
            yield from _said(whole.answer(), draft)

    def _from_passages(
        self, prompt: Prompt, draft: _Draft, question: Question
    ) -> Iterator[AnswerEvent]:
        model = self._model_of(prompt)
        if model is not None:
            yield StatusEvent("Writing")
            seconds = self._seconds(question.answer_by)
            yield from self._grounded(model, self._reading.first(prompt), draft, seconds)
            if isinstance(draft.outcome, Declined):
                yield from self._second_look(model, prompt, draft, question)
            if draft.outcome is not None:
                return
        yield StatusEvent("Reading the passages")
        draft.outcome = self._generators.quoting.answer(prompt)
        if isinstance(draft.outcome, Answer):
            yield DeltaEvent(draft.outcome.text)

    def _second_look(
        self, model: Generator, prompt: Prompt, draft: _Draft, question: Question
    ) -> Iterator[AnswerEvent]:
        """Before a decline: let the model read on in the document that the question names."""
        further = self._reading.further(prompt, question.asker.scope, self._passages)
        if further is not None:
            second = _Draft()
            seconds = self._seconds(question.answer_by)
            yield from self._grounded(model, further, second, seconds)
            if second.outcome is not None:
                draft.outcome = second.outcome
                draft.notices += second.notices
            draft.checked += second.checked

    def _model_of(self, prompt: Prompt) -> Generator | None:
        return self._generators.tuned if prompt.mode.tuned else self._generators.model

    def _grounded(
        self, speaker: Generator, prompt: Prompt, draft: _Draft, seconds: float | None = None
    ) -> Iterator[AnswerEvent]:
        """Let a generator speak; no outcome in the draft means that it could not."""
        spoken = yield from self._speech.speak(
            speaker, prompt, verifier=self._generators.verifier, seconds=seconds
        )
        draft.outcome = spoken.outcome
        draft.notices += spoken.notices
        draft.checked += spoken.checked

    def _seconds(self, answer_by: float | None) -> float | None:
        """How long a model may take, so that there is time left to do without it."""
        if answer_by is None:
            return None
        return max(answer_by - QUOTING_SECONDS - self._clock(), 0.0)

    def _checked_again(self, draft: _Draft, question: Question, searched_for: str) -> Outcome:
        """The outcome with its notices, drawn only on what may be shown at this moment."""
        outcome = draft.outcome
        if outcome is None:
            raise RuntimeError("no generator came to an outcome")
        cited = outcome.citations if isinstance(outcome, Answer) else ()
        documents = {
            *(passage.document for passage in draft.passages),
            *(citation.document for citation in cited),
        }
        visible = self._retrieval.visible_documents(sorted(documents), question.asker.scope)
        if isinstance(outcome, Answer):
            if all(citation.document in visible for citation in outcome.citations):
                citations = tuple(
                    replace(citation, searchable_since=visible[citation.document].activated_at)
                    for citation in outcome.citations
                )
                return replace(
                    outcome,
                    citations=citations,
                    notices=tuple(draft.notices),
                    checked=draft.checked,
                )
            # A document was deleted or restricted while the answer was written.
            outcome = Declined(NOT_FOUND, DeclineReason.NOT_IN_DOCUMENTS, outcome.answered_by)
        elif outcome.reason is DeclineReason.GUIDANCE:
            return outcome
        declined = with_nearest(outcome, searched_for, draft.passages, visible)
        return replace(declined, notices=tuple(draft.notices), checked=draft.checked)


def _said(answer: Answer | None, draft: _Draft) -> Iterator[AnswerEvent]:
    """Make an answer, if any, the outcome."""
    if answer is not None:
        draft.outcome = answer
        yield DeltaEvent(answer.text)
