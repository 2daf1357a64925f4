"""From what somebody who knows better says to a reviewed answer with verified citations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Citation
from wellread.domain.ask.cases import Case, CaseId, CaseStatus
from wellread.domain.ask.citations import Grounding
from wellread.domain.ask.correcting import Correction, Quote, check, find_words, with_markers
from wellread.domain.ask.dating import stated_date
from wellread.domain.ask.reviewed import ReviewedAnswer, ReviewedId, valid_until
from wellread.domain.ingest.chunking import chunk
from wellread.domain.ingest.records import DocumentRecord
from wellread.domain.knowledge.documents import DocumentId, ParsedText, file_name
from wellread.domain.knowledge.errors import InvalidQuestionError
from wellread.domain.text.harmless import harmless
from wellread.ports.ingest import RevisionStore
from wellread.ports.models import Verifier
from wellread.ports.operations import Clock
from wellread.services.ask.cases import Cases
from wellread.services.ask.checking import Checking
from wellread.services.ask.passages import Passages
from wellread.services.ask.retrieval import Retrieval
from wellread.services.ask.reviewed import ReviewedAnswering
from wellread.services.ask.sources import Sources

_LOOKED_THROUGH = 20
"""So many passages are looked through for what a correction says."""


class Correcting:
    """Makes reviewed answers.

    Whoever stands for an answer says what it rests on: quotes, which must stand in the documents
    verbatim. Where they say nothing of it, the answer is checked as a model's is: every sentence
    must be supported by a passage.
    """

    def __init__(
        self,
        cases: Cases,
        reviewed: ReviewedAnswering,
        passages: Passages,
        retrieval: Callable[[], Retrieval],
        revisions: RevisionStore,
        *,
        verifier: Callable[[], Verifier | None],
        clock: Clock,
    ) -> None:
        """Nothing is corrected yet.

        Args:
            cases: Know what was asked.
            reviewed: Shows the answers.
            passages: Know which documents somebody may read.
            retrieval: Makes what finds the passages that are not named, once it is needed.
            revisions: Hold the texts that quotes are of.
            verifier: Makes who checks corrections without quotes; without one, the words do.
            clock: The time.
        """
        self._cases = cases
        self._reviewed = reviewed
        self._passages = passages
        self._retrieval = retrieval
        self._revisions = revisions
        self._verifier = verifier
        self._clock = clock

    def approve(self, case: CaseId, scope: Scope, correction: Correction) -> ReviewedAnswer:
        """Answer a case; the answer is shown to the same question from now on.

        Args:
            case: Which.
            scope: What whoever stands for the answer may read.
            correction: What they say.

        Raises:
            NotFoundError: There is no such case that may be seen.
            InvalidQuestionError: The correction is incomplete, or the documents do not hold what
                it rests on; the message says what to do.
            ConflictError: The case was changed meanwhile.
            TransientError: Try again.
        """
        correction = check(correction)
        found = self._cases.show(case, scope).case
        if correction.quotes:
            citations = tuple(self._cited(each, found, scope) for each in correction.quotes)
            text = with_markers(correction.text, len(citations))
        else:
            text, citations = self._grounded(correction.text, found, scope)
        now = self._clock()
        question, *others = found.wordings
        answer = ReviewedAnswer(
            ReviewedId(found.id),
            question,
            tuple(dict.fromkeys((*others, *correction.also))),
            text,
            citations,
            correction.reviewed_by,
            now,
            valid_until(now, correction.days),
        )
        self._reviewed.keep(answer)
        self._cases.end(case, scope, CaseStatus.ANSWERED)
        return answer

    def _cited(self, quote: Quote, case: Case, scope: Scope) -> Citation:
        for record, parsed in self._texts(quote, case, scope):
            span = find_words(quote.words, parsed.text)
            if span is not None:
                return _citation(record, parsed, *span)
        shown = harmless(" ".join(quote.words.split()))[:80]
        where = f"“{harmless(quote.document)}”" if quote.document else "the documents found for it"
        raise InvalidQuestionError(
            f"The quote “{shown}” does not stand in {where}. Copy it from the document as it is "
            "there now, or name another document."
        )

    def _texts(
        self, quote: Quote, case: Case, scope: Scope
    ) -> Iterator[tuple[DocumentRecord, ParsedText]]:
        """The texts in which a quote may stand, the likeliest first."""
        seen: set[DocumentId] = set()
        for documents in self._candidates(quote, case, scope):
            new = [each for each in dict.fromkeys(documents) if each not in seen]
            seen.update(new)
            records = self._passages.readable(new, scope)
            for document in new:
                record = records.get(document)
                parsed = self._passages.now(record) if record else None
                if record and parsed:
                    yield record, parsed

    def _candidates(self, quote: Quote, case: Case, scope: Scope) -> Iterator[Sequence[DocumentId]]:
        if quote.document is not None:
            yield [quote.document]
            return
        yield [each.document for each in case.quoted]
        found = self._retrieval().retrieve(quote.words, scope, _LOOKED_THROUGH)
        yield [each.document for each in found]

    def _grounded(self, text: str, case: Case, scope: Scope) -> tuple[str, tuple[Citation, ...]]:
        search = partial(self._retrieval().retrieve, scope=scope, limit=_LOOKED_THROUGH)
        passages = search(text, also=case.wordings[0])
        sources = Sources(self._revisions)
        grounding = Grounding(passages, source=sources.text, cite=sources.citation)
        checking = Checking(self._verifier())
        for piece in (text, None):
            checking.add(grounding.finish() if piece is None else grounding.feed(piece))
        for verdicts in checking.rest():
            grounding.settle(verdicts)
        if not grounding.citations or grounding.placeless or not all(grounding.fates.values()):
            raise InvalidQuestionError(
                "No passage was found that says all of this answer. Name the passages that it "
                "rests on as quotes, word for word, or add a document that says it."
            )
        return grounding.text, grounding.citations


def _citation(record: DocumentRecord, parsed: ParsedText, start: int, end: int) -> Citation:
    build = record.active
    if build is None:
        raise RuntimeError("a text without a build")
    above = [each for each in chunk(parsed, build.title) if each.start <= start]
    path = above[-1].heading_path if above else ()
    return Citation(
        document=record.document,
        revision=build.revision,
        start=start,
        end=end,
        quote=parsed.text[start:end],
        page=parsed.page_at(start),
        heading=harmless(" > ".join(path)),
        title=harmless(build.title),
        dated=stated_date(parsed.text, build.title, file_name(record.document)),
    )
