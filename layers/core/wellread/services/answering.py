"""From a question to a cited answer or an honest decline."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from wellread.domain.access import Scope
from wellread.domain.answers import (
    Answer,
    AnswerEvent,
    Declined,
    DeclineReason,
    DeltaEvent,
    NearestDocument,
    Outcome,
    Reply,
    ReplyEvent,
    StatusEvent,
)
from wellread.domain.ask.neighbours import with_neighbours
from wellread.domain.documents import Passage
from wellread.domain.errors import (
    ConflictError,
    ModelUnavailableError,
    ModelWakingError,
    NotFoundError,
)
from wellread.domain.ingest import IndexingProgress
from wellread.domain.prompting import DECLINE, PASSAGE_CHARACTERS, Prompt, speaks_to_the_model
from wellread.domain.questions import Question, ThreadId, Turn, validate_question
from wellread.domain.rewriting import standalone
from wellread.domain.sentences import plain
from wellread.ports import Clock, Generator, Meter, Quoter, RevisionStore, ThreadStore
from wellread.services.documents import Documents, link_to
from wellread.services.grounded_speech import GroundedSpeech, pieces_of
from wellread.services.retrieval import Retrieval

logger = logging.getLogger(__name__)

NO_DOCUMENTS = "There are no searchable documents yet. Drop some into the documents folder."
NO_MODEL = (
    "No language model is configured, so there is nothing to answer from but the documents. "
    "Ask in rag mode, or set WELLREAD_MODEL_URL and WELLREAD_MODEL."
)
NO_TUNED_MODEL = "No fine-tuned model exists yet. Ask in rag mode, or in base mode."
NOT_FROM_DOCUMENTS = "Not from your documents:"
MODEL_GONE = "The model did not answer. Ask again in a moment, or ask in rag mode."
MODEL_WAKING = "The model is starting. Ask again in about 5 minutes, or ask in rag mode."

QUOTING_SECONDS = 4.0
"""Of the time there is to answer, kept for quoting and checking where the model is late."""

_NEAREST = 3
_APPEND_TRIES = 10


@dataclass(frozen=True, slots=True)
class Generators:
    """Who can speak.

    Attributes:
        quoting: Quotes the passages; needs no model, so it can always step in.
        model: The configured language model, if any.
        tuned: The fine-tuned model, once there is one.
    """

    quoting: Quoter
    model: Generator | None = None
    tuned: Generator | None = None


@dataclass(slots=True)
class _Draft:
    """What a run of generators has come to so far."""

    outcome: Outcome | None = None
    notices: list[str] = field(default_factory=list)


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
        self._revisions = revisions
        self._speech = GroundedSpeech(revisions)
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
        thread, turns = self._thread(question)
        return self._stream(question, text, thread, turns)

    def _stream(
        self, question: Question, text: str, thread: ThreadId, turns: Sequence[Turn]
    ) -> Iterator[AnswerEvent]:
        last_number = turns[-1].number if turns else 0
        turns = self._showable(turns, question.asker.scope)
        searched_for = standalone(text, turns)
        draft = _Draft()
        passages: tuple[Passage, ...] = ()
        if question.mode.tuned and self._generators.tuned is None:
            draft.outcome = Declined(NO_TUNED_MODEL, DeclineReason.NO_TUNED_MODEL, "wellread")
        elif not question.mode.retrieves and self._generators.model is None:
            draft.outcome = Declined(NO_MODEL, DeclineReason.NO_MODEL, "wellread")
        elif question.mode.retrieves:
            progress = self._documents.progress(question.asker.scope)
            draft.notices += self._notices(progress)
            yield StatusEvent(f"Searching {progress.indexed} documents")
            passages = self._retrieval.retrieve(searched_for, question.asker.scope, self._passages)
            if not passages:
                draft.outcome = _nothing_found(progress)
        if draft.outcome is None:
            prompt = Prompt(text, searched_for, passages, question.mode, tuple(turns))
            if question.mode.retrieves:
                yield from self._from_passages(prompt, draft, question.answer_by)
            else:
                yield from self._from_model(prompt, draft, question.answer_by)
        outcome = self._checked_again(draft, question, passages)
        reply = self._append(
            Reply(
                outcome=outcome,
                thread=thread,
                turn=last_number + 1,
                mode=question.mode,
                correlation_id=question.correlation_id or self._new_id(),
            ),
            text,
            searched_for,
        )
        logger.info(
            "question answered",
            extra={
                "correlation_id": reply.correlation_id,
                "declined": reply.declined,
                "answered_by": outcome.answered_by,
                "citations": len(reply.citations),
                "mode": reply.mode.value,
            },
        )
        self._meter.add("AnswersDeclined" if reply.declined else "AnswersGiven", 1)
        yield ReplyEvent(reply)

    def _thread(self, question: Question) -> tuple[ThreadId, Sequence[Turn]]:
        if question.thread is None:
            return self._threads.start(question.asker.id), ()
        if self._threads.owner(question.thread) != question.asker.id:
            raise NotFoundError("There is no such thread. Ask without one to start a new thread.")
        return question.thread, self._threads.turns(question.thread)

    def _showable(self, turns: Sequence[Turn], scope: Scope) -> Sequence[Turn]:
        """The turns that may still be drawn on.

        What a turn says of a document that was deleted or restricted since goes no further,
        neither to a model nor into a search; nor does what later turns made of it.
        """
        cited = {document for turn in turns for document in turn.documents}
        visible = self._retrieval.visible_documents(sorted(cited), scope) if cited else {}
        kept: list[Turn] = []
        for turn in turns:
            stands_alone = turn.mode.retrieves and turn.standalone == " ".join(
                turn.question.split()
            )
            unbroken = len(kept) == turn.number - turns[0].number
            if turn.documents <= visible.keys() and (unbroken or stands_alone):
                kept.append(turn)
        return kept

    def _notices(self, progress: IndexingProgress) -> list[str]:
        notices = []
        if progress.waiting:
            notices.append(
                f"Documents are still being indexed: {progress.indexed} of {progress.total} "
                "indexed, so there may be more to say."
            )
        return notices

    def _from_passages(
        self, prompt: Prompt, draft: _Draft, answer_by: float | None
    ) -> Iterator[AnswerEvent]:
        model = self._generators.tuned if prompt.mode.tuned else self._generators.model
        if model is not None:
            yield StatusEvent("Writing")
            yield from self._grounded(
                model, self._with_neighbours(prompt), draft, self._seconds(answer_by)
            )
            if draft.outcome is not None:
                return
        yield StatusEvent("Reading the passages")
        draft.outcome = self._generators.quoting.answer(prompt)
        if isinstance(draft.outcome, Answer):
            yield DeltaEvent(draft.outcome.text)

    def _with_neighbours(self, prompt: Prompt) -> Prompt:
        """The prompt with what adjoins its passages, for a model to read."""
        text_of = cache(self._revisions.get_text)
        passages = with_neighbours(
            prompt.passages,
            lambda passage: text_of(passage.document, passage.revision),
            PASSAGE_CHARACTERS,
        )
        return replace(prompt, passages=passages)

    def _grounded(
        self, speaker: Generator, prompt: Prompt, draft: _Draft, seconds: float | None = None
    ) -> Iterator[AnswerEvent]:
        """Let a generator speak; no outcome in the draft means that it could not."""
        spoken = yield from self._speech.speak(speaker, prompt, seconds=seconds)
        draft.outcome = spoken.outcome
        draft.notices += spoken.notices

    def _seconds(self, answer_by: float | None) -> float | None:
        """How long a model may take, so that there is time left to do without it."""
        if answer_by is None:
            return None
        return max(answer_by - QUOTING_SECONDS - self._clock(), 0.0)

    def _from_model(
        self, prompt: Prompt, draft: _Draft, answer_by: float | None
    ) -> Iterator[AnswerEvent]:
        speaker = self._generators.tuned if prompt.mode.tuned else self._generators.model
        if speaker is None:
            raise RuntimeError("a mode without its model was not declined")
        yield StatusEvent("Writing")
        try:
            said = "".join(pieces_of(speaker, prompt, self._seconds(answer_by)))
        except ModelUnavailableError as error:
            logger.warning("a model failed", extra={"speaker": speaker.name, "why": str(error)})
            words = MODEL_WAKING if isinstance(error, ModelWakingError) else MODEL_GONE
            draft.outcome = Declined(words, DeclineReason.MODEL_UNAVAILABLE, speaker.name)
            return
        # Nothing supports these words, so no link, mention or markup gets out with them.
        paragraphs = [plain(paragraph) for paragraph in said.split("\n\n")]
        text = "\n\n".join([NOT_FROM_DOCUMENTS, *(p for p in paragraphs if p)])
        yield DeltaEvent(text)
        draft.outcome = Answer(text, (), speaker.name)

    def _checked_again(
        self, draft: _Draft, question: Question, passages: Sequence[Passage]
    ) -> Outcome:
        """The outcome with its notices, drawn only on what may be shown at this moment."""
        outcome = draft.outcome
        if outcome is None:
            raise RuntimeError("no generator came to an outcome")
        documents = list(dict.fromkeys(passage.document for passage in passages))
        visible = self._retrieval.visible_documents(documents, question.asker.scope)
        if isinstance(outcome, Answer):
            if all(citation.document in visible for citation in outcome.citations):
                citations = tuple(
                    replace(citation, searchable_since=visible[citation.document].activated_at)
                    for citation in outcome.citations
                )
                return replace(outcome, citations=citations, notices=tuple(draft.notices))
            # A document was deleted or restricted while the answer was written.
            outcome = Declined(DECLINE, DeclineReason.NOT_IN_DOCUMENTS, outcome.answered_by)
        best = {passage.document: passage for passage in reversed(passages)}
        nearest = tuple(
            NearestDocument(document, best[document].chunk.title, _link_to_document(best[document]))
            for document in documents
            if document in visible
        )[:_NEAREST]
        return replace(
            outcome,
            nearest=nearest,
            rephrasing=_rephrasing(best[nearest[0].document]) if nearest else "",
            notices=tuple(draft.notices),
        )

    def _append(self, reply: Reply, question: str, searched_for: str) -> Reply:
        for _ in range(_APPEND_TRIES):
            try:
                self._threads.append(reply, question, searched_for)
            except ConflictError:
                # Another question of the thread was answered first.
                last = self._threads.turns(reply.thread, limit=1)[-1].number
                reply = Reply(
                    reply.outcome, reply.thread, last + 1, reply.mode, reply.correlation_id
                )
            else:
                return reply
        raise ConflictError("The thread is too busy; ask again.")


def _link_to_document(passage: Passage) -> str:
    return link_to(passage.document, passage.revision)


def _rephrasing(passage: Passage) -> str:
    """A question in the words of a passage's title and headings: there is an answer to that one."""
    chunk = passage.chunk
    title, *headings = (
        "" if speaks_to_the_model(name) else plain(name).rstrip(".?")
        for name in (chunk.title, *chunk.heading_path)
    )
    topic = next((heading for heading in reversed(headings) if heading not in ("", title)), "")
    if topic and title:
        return f"What does “{title}” say about “{topic}”?"
    return f"What is “{topic or title}” about?" if topic or title else ""


def _nothing_found(progress: IndexingProgress) -> Declined:
    if progress.indexed:
        return Declined(DECLINE, DeclineReason.NOT_IN_DOCUMENTS, "wellread")
    return Declined(NO_DOCUMENTS, DeclineReason.NO_DOCUMENTS, "wellread")
