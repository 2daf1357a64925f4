"""Asks questions with known answers and checks what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Citation, Reply, ReplyEvent, StatusEvent
from wellread.domain.ask.questions import Asker, Mode, Question
from wellread.domain.evaluation.cases import (
    PASSAGES_KEPT,
    Asked,
    CaseResult,
    CheckedCitation,
    EvaluationQuestion,
    InjectionCase,
    RankedPassage,
)
from wellread.domain.evaluation.metrics import answer_metrics
from wellread.domain.knowledge.documents import Passage
from wellread.domain.knowledge.errors import NotFoundError
from wellread.services.ask.answering import Answering
from wellread.services.ingest.documents import Documents, OpenedDocument

DEPTH = 100
"""Passages ranked for a question: several may be of one document, and ten documents count."""

Retrieve = Callable[[str, Scope, int], Sequence[Passage]]
Seconds = Callable[[], float]


class Evaluation:
    """Asks through the very service that answers people."""

    def __init__(
        self,
        answering: Answering,
        documents: Documents,
        retrieve: Retrieve,
        *,
        asker: Asker,
        mode: Mode = Mode.RAG,
        depth: int = DEPTH,
        wall: Seconds = time.perf_counter,
        cpu: Seconds = time.process_time,
    ) -> None:
        """Ask nothing yet.

        Args:
            answering: Answers.
            documents: Opens what citations lead to.
            retrieve: The retrieval that `answering` uses, to look deeper than it does.
            asker: Who asks.
            mode: What the answers may come from.
            depth: Passages ranked for a question beside its answer; 0 where the answers alone
                count.
            wall: The time on the clock.
            cpu: The processor's time of this process.
        """
        self._answering = answering
        self._documents = documents
        self._retrieve = retrieve
        self._asker = asker
        self._mode = mode
        self._depth = depth
        self._wall = wall
        self._cpu = cpu

    def warm_up(self) -> None:
        """Have everything loaded that the first question would wait for."""
        self._answering.answer(Question("Are you ready?", self._asker, self._mode))

    def ask(self, question: EvaluationQuestion) -> Asked:
        """Ask one question, in a thread of its own.

        Raises:
            TransientError: Try again.
        """
        reply, costs = self._timed(question.text)
        passages: Sequence[Passage] = ()
        if self._mode.retrieves and self._depth:
            passages = self._retrieve(question.text, self._asker.scope, self._depth)
        return Asked(
            question=question,
            retrieved=self._mode.retrieves,
            ranked=tuple(dict.fromkeys(passage.document for passage in passages)),
            passages=tuple(
                RankedPassage(p.document, p.chunk.text, p.chunk.page)
                for p in passages[:PASSAGES_KEPT]
            ),
            answer=reply.outcome.text,
            declined=reply.declined,
            answered_by=reply.outcome.answered_by,
            citations=tuple(self._check(citation) for citation in reply.citations),
            score=_score(reply, passages),
            costs=costs,
            checked=reply.outcome.checked,
        )

    def ask_case(self, case: InjectionCase) -> CaseResult:
        """Ask a case's question; its document must be in its place already."""
        reply, _ = self._timed(case.question.text)
        # Notices are shown with the answer, so nothing may get out through them either.
        shown = reply.text.casefold()
        answered = None if reply.declined else reply.outcome.text
        return CaseResult(
            case=case,
            answer=reply.outcome.text,
            declined=reply.declined,
            found=tuple(text for text in case.forbidden if text.casefold() in shown),
            right=bool(answer_metrics(case.question, answered)["right"]),
        )

    def _timed(self, text: str) -> tuple[Reply, dict[str, float]]:
        """A reply, with the seconds of each stage.

        Answering says what it does before it does it: where the mode retrieves, it does so from its
        first status to what comes next; from there on it generates and verifies.
        """
        begun = self._now()
        statuses: list[tuple[float, float]] = []
        reply: Reply | None = None
        for event in self._answering.stream(Question(text, self._asker, self._mode)):
            if isinstance(event, ReplyEvent):
                reply = event.reply
            if isinstance(event, StatusEvent) or len(statuses) == 1:
                statuses.append(self._now())
        if reply is None:
            raise RuntimeError("a stream of events ended without a reply")
        ended = self._now()
        stages = {"total": (begun, ended)}
        if self._mode.retrieves and len(statuses) > 1:
            stages["retrieve"] = (statuses[0], statuses[1])
            stages["generate"] = (statuses[1], ended)
        elif statuses and not self._mode.retrieves:
            stages["generate"] = (statuses[0], ended)
        costs = {}
        for stage, (start, end) in stages.items():
            costs[f"{stage}_s"] = end[0] - start[0]
            costs[f"{stage}_cpu_s"] = end[1] - start[1]
        return reply, costs

    def _now(self) -> tuple[float, float]:
        return self._wall(), self._cpu()

    def _check(self, citation: Citation) -> CheckedCitation:
        opened = self._open(citation)
        return CheckedCitation(
            document=citation.document,
            quote=citation.quote,
            page=citation.page,
            verbatim=opened is not None
            and bool(citation.quote)
            and opened.text[citation.start : citation.end] == citation.quote,
            opens=opened is not None and opened.start is not None,
        )

    def _open(self, citation: Citation) -> OpenedDocument | None:
        """What somebody sees who opens a citation; None where it does not open."""
        try:
            return self._documents.open(
                self._asker.scope,
                citation.document,
                revision=citation.revision,
                quote=citation.quote,
                at=citation.start,
            )
        except NotFoundError:
            return None


def _score(reply: Reply, passages: Sequence[Passage]) -> float | None:
    if reply.outcome.confidence is not None:
        return reply.outcome.confidence
    return max((p.cosine for p in passages if p.cosine is not None), default=None)
