"""What may become the answer to a question: from the documents, or out of a model alone."""

from __future__ import annotations

from collections.abc import Generator as Coroutine
from dataclasses import dataclass, replace

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import (
    NOT_FOUND,
    Answer,
    AnswerEvent,
    Declined,
    DeclineReason,
    DeltaEvent,
    Outcome,
    StatusEvent,
)
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Mode, Question
from wellread.domain.ask.searching.rewriting import Search
from wellread.domain.ask.searching.topics import Want
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.host_words import HostWords
from wellread.ports.ask import Quoter
from wellread.ports.ingest import RevisionStore
from wellread.ports.models import Generator, Verifier
from wellread.ports.operations import Clock
from wellread.services.ask.drafted import Drafted
from wellread.services.ask.grounded_speech import GroundedSpeech
from wellread.services.ask.guidance import Guidance
from wellread.services.ask.model_alone import from_model, without_its_model
from wellread.services.ask.outline import Outlines, Whole
from wellread.services.ask.reading import Reading, read_by
from wellread.services.ask.retrieval import Retrieval
from wellread.services.ask.searching import Found, find
from wellread.services.ask.tuned import TunedSpeaker
from wellread.services.ingest.documents import Documents

STILL_INDEXING = "Documents are still being indexed, so there may be more to say."
"""How many is not counted: each would have to be looked at."""

QUOTING_SECONDS = 4.0
"""Of the time there is to answer, kept for quoting and checking where the model is late."""

Drafting = Coroutine[AnswerEvent, None, Drafted]
"""Events for the asker, and what it has come to in the end."""


@dataclass(frozen=True, slots=True)
class Generators:
    """Who can speak.

    Attributes:
        quoting: Quotes the passages; needs no model, so it can always step in.
        model: The configured language model, if any.
        tuned: Has the fine-tuned model, where there may be one.
        verifier: Checks what the models say; without one, the words do.
    """

    quoting: Quoter
    model: Generator | None = None
    tuned: TunedSpeaker | None = None
    verifier: Verifier | None = None

    def of(self, mode: Mode, scope: Scope) -> Generator | None:
        """The model that speaks in a mode to all viewers of a scope; None where none does."""
        if not mode.tuned:
            return self.model
        return None if self.tuned is None else self.tuned.of(scope)

    def answer_in(self, mode: Mode, scope: Scope) -> bool:
        """Whether something answers in a mode to all viewers of a scope."""
        if mode.tuned:
            return self.tuned is not None and self.tuned.may_ask(scope)
        return mode.retrieves or self.model is not None


class Drafts:
    """Makes drafts of answers; what they draw on is not yet looked at once more."""

    def __init__(
        self,
        retrieval: Retrieval,
        documents: Documents,
        revisions: RevisionStore,
        generators: Generators,
        *,
        passages: int,
        clock: Clock,
        words: HostWords,
    ) -> None:
        self._retrieval = retrieval
        self._documents = documents
        self._generators = generators
        self._passages = passages
        self._clock = clock
        self._words = words
        self._guidance = Guidance(documents, revisions, words)
        self._outlines = Outlines(retrieval, revisions)
        self._reading = Reading(retrieval, revisions)
        self._speech = GroundedSpeech(revisions)

    def without_search(self, question: Question, *, opening: bool) -> Outcome | None:
        """What is said without looking for anything: to a greeting, or where nobody can speak."""
        if guidance := self._guidance.to(question.text, question.asker.scope, opening=opening):
            return guidance
        if self._generators.answer_in(question.mode, question.asker.scope):
            return None
        return without_its_model(question.mode, self._words)

    def draft(self, prompt: Prompt, search: Search, question: Question) -> Drafting:
        """Answer in the question's mode.

        Args:
            prompt: Without passages.
            search: What to search for.
            question: Who asks, and until when.

        Raises:
            TransientError: Try again.
        """
        if question.mode.retrieves:
            return self._from_documents(prompt, search, question)
        return self._from_model(prompt, question)

    def _from_model(self, prompt: Prompt, question: Question) -> Drafting:
        model, seconds = self._model_of(question), self._seconds(question)
        return Drafted((yield from from_model(model, prompt, seconds, self._words)))

    def _from_documents(self, prompt: Prompt, search: Search, question: Question) -> Drafting:
        scope = question.asker.scope
        waiting = self._documents.any_in(scope, DocumentStatus.PROCESSING, DocumentStatus.RECEIVED)
        drafted = Drafted(notices=(STILL_INDEXING,) if waiting else ())
        yield StatusEvent("Searching the documents")
        whole = self._outlines.asked_for(prompt.question, prompt.turns, scope)
        if whole is not None and whole.certain:
            drafted = drafted.then((yield from self._from_whole(whole, prompt, question)))
            if drafted.outcome is not None:
                return drafted
        found = find(self._retrieval, search, prompt.question, scope, self._passages)
        drafted = replace(drafted, passages=found.passages, searched_for=found.text)
        prompt = replace(prompt, standalone=found.text, passages=found.passages)
        if outcome := self._without_reading(prompt, scope):
            return replace(drafted, outcome=outcome)
        if answer := self._gone_on(prompt, found, question):
            return (yield from _said(answer, drafted))
        drafted = drafted.then((yield from self._from_passages(prompt, question)))
        if whole is None or isinstance(drafted.outcome, Answer):
            return drafted
        return (yield from _said(whole.answer(question.links), drafted))

    def _without_reading(self, prompt: Prompt, scope: Scope) -> Declined | None:
        """What is said where nothing was found, or the message is mistyped small talk."""
        if prompt.passages:
            return self._guidance.to_mistyped(
                prompt.question, scope, prompt.passages, opening=not prompt.turns
            )
        if self._documents.any_in(scope, DocumentStatus.INDEXED):
            return Declined(NOT_FOUND, DeclineReason.NOT_IN_DOCUMENTS, "wellread")
        return Declined(self._words.no_documents, DeclineReason.NO_DOCUMENTS, "wellread")

    def _gone_on(self, prompt: Prompt, found: Found, question: Question) -> Answer | None:
        """A quote of what the question goes on about; a model reads the thread by itself."""
        if found.on is None or self._model_of(question) is not None:
            return None
        return self._outlines.quote_of(found.on, prompt.question)

    def _from_whole(self, whole: Whole, prompt: Prompt, question: Question) -> Drafting:
        """A summary by the model where one is asked for; else what stands there, in outline."""
        model, drafted = self._model_of(question), Drafted()
        if whole.topic.want is Want.SUMMARY and model is not None:
            yield StatusEvent("Writing")
            about = replace(prompt, standalone=prompt.question, passages=whole.passages)
            drafted = yield from self._grounded(model, about, question)
        if isinstance(drafted.outcome, Answer):
            return drafted
        return (yield from _said(whole.answer(question.links), drafted))

    def _from_passages(self, prompt: Prompt, question: Question) -> Drafting:
        model, drafted = self._model_of(question), Drafted()
        if model is not None:
            yield StatusEvent("Writing")
            first = self._reading.first(prompt, read_by(model))
            drafted = yield from self._grounded(model, first, question)
            if isinstance(drafted.outcome, Declined):
                drafted = yield from self._second_look(model, prompt, question, drafted)
            if drafted.outcome is not None:
                return drafted
        yield StatusEvent("Reading the passages")
        outcome = self._generators.quoting.answer(prompt)
        if isinstance(outcome, Answer):
            yield DeltaEvent(outcome.text)
        return replace(drafted, outcome=outcome)

    def _second_look(
        self, model: Generator, prompt: Prompt, question: Question, declined: Drafted
    ) -> Drafting:
        """Before a decline: let the model read on in the document that the question names."""
        further = self._reading.further(
            prompt, question.asker.scope, self._passages, read_by(model)
        )
        if further is None:
            return declined
        second = yield from self._grounded(model, further, question)
        if second.outcome is None:
            return replace(declined, checked=declined.checked + second.checked)
        return declined.then(second)

    def _grounded(self, speaker: Generator, prompt: Prompt, question: Question) -> Drafting:
        """Let a generator speak; no outcome means that it could not."""
        return self._speech.speak(
            speaker,
            prompt,
            verifier=self._generators.verifier,
            seconds=self._seconds(question),
        )

    def _model_of(self, question: Question) -> Generator | None:
        return self._generators.of(question.mode, question.asker.scope)

    def _seconds(self, question: Question) -> float | None:
        """How long a model may take, so that there is time left to do without it."""
        if question.answer_by is None:
            return None
        return max(question.answer_by - QUOTING_SECONDS - self._clock(), 0.0)


def _said(answer: Answer | None, drafted: Drafted) -> Drafting:
    """The answer as the outcome, if there is one."""
    if answer is None:
        return drafted
    yield DeltaEvent(answer.text)
    return replace(drafted, outcome=answer)
