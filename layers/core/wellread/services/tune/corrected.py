"""Rows of corrections that owners approved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wellread.domain.ask.answers import Citation
from wellread.domain.ask.reviewed import ReviewedAnswer
from wellread.domain.knowledge.documents import DocumentId, Passage
from wellread.domain.tune.drafts import Draft, Filter
from wellread.domain.tune.examples import SupportingSpan, TrainingExample
from wellread.services.tune.corpus import CorpusDocument
from wellread.services.tune.examples import Bounds, Examples

MADE_BY = "feedback"

_WORDINGS = 3
"""So many wordings of a question make rows at most."""


@dataclass(frozen=True, slots=True)
class CorrectedRows:
    """Makes rows of reviewed answers, where all that they rest on may be learnt."""

    documents: Sequence[CorpusDocument]
    examples: Examples
    dropped: Counter[str]

    def rows(
        self, answers: Sequence[ReviewedAnswer], about: frozenset[DocumentId], bounds: Bounds
    ) -> list[TrainingExample]:
        """A row for each wording of each answer that rests on some of these documents alone.

        Args:
            answers: Approved, and standing verbatim in the active revisions.
            about: The documents.
            bounds: What may be in a row.

        Raises:
            TransientError: Try again.
        """
        known = {each.document: each for each in self.documents}
        rows = []
        for answer in answers:
            if not answer.citations or not answer.documents <= about & known.keys():
                continue
            for question in (answer.question, *answer.also)[:_WORDINGS]:
                made = self._row(question, answer, known, bounds)
                if isinstance(made, TrainingExample):
                    rows.append(made)
                else:
                    self.dropped[made] += 1
        return rows

    def _row(
        self,
        question: str,
        answer: ReviewedAnswer,
        known: dict[DocumentId, CorpusDocument],
        bounds: Bounds,
    ) -> TrainingExample | Filter:
        first = answer.citations[0]
        held = [_passage_with(citation, known[citation.document]) for citation in answer.citations]
        found_in = [passage for passage in held if passage is not None]
        if len(found_in) < len(held):
            return Filter.NOT_VERBATIM
        draft = Draft(
            question=question,
            answer=answer.text,
            span=SupportingSpan(first.start, first.end, first.quote),
            document=first.document,
            revision=known[first.document].revision,
            made_by=MADE_BY,
        )
        places = [(each.document, each.start, each.end) for each in answer.citations]
        return self.examples.corrected(draft, places, list(dict.fromkeys(found_in)), bounds)


def _passage_with(citation: Citation, document: CorpusDocument) -> Passage | None:
    """The chunk that holds a quote, or the quote by itself; None where it stands there no more."""
    start, end = citation.start, citation.end
    if document.parsed.text[start:end] != citation.quote or not citation.quote:
        return None
    begun = [each for each in document.passages if each.chunk.start <= start < each.chunk.end]
    for passage in begun:
        if end <= passage.chunk.end:
            return passage
    if not begun:
        return None
    chunk = replace(begun[0].chunk, start=start, end=end, text=citation.quote)
    return replace(begun[0], chunk=chunk)
