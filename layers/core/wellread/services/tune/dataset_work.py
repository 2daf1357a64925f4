"""The rows of a dataset on their way: chunk after chunk, document after document."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wellread.domain.knowledge.documents import DocumentId, Passage
from wellread.domain.tune.drafts import AskedBefore, Draft, Filter, objection
from wellread.domain.tune.examples import ExampleKind, TrainingExample
from wellread.domain.tune.terms import with_invented_name
from wellread.services.tune.corpus import CorpusDocument
from wellread.services.tune.examples import Bounds, Examples
from wellread.services.tune.template_drafts import DraftSource

KIND_SHARES = {
    ExampleKind.ANSWER: 0.76,
    ExampleKind.WITHOUT_ORACLE: 0.13,
    ExampleKind.NEAR_MISS: 0.11,
}
"""RAFT (arXiv 2403.10131) takes the oracle away in a fifth of the rows and has the model answer
all the same; here it declines."""

HELD_OUT_QUESTIONS = 120
"""Questions about held-out documents, where no evaluation brings its own."""

_TIMES = 4
"""So often a chunk is asked about at most."""

_NEAR_MISS_QUESTIONS = 0.25
"""Share of those that no document answers."""


@dataclass(frozen=True, slots=True)
class DatasetProgress:
    """How far a build is.

    Attributes:
        rows: Made so far.
        wanted: So many are wanted.
        asked: Questions that were tried for them.
        cost: What the teacher cost so far.
    """

    rows: int
    wanted: int
    asked: int
    cost: dict[str, float]


class DatasetWork:
    """One build's rows and questions, and what was dropped on the way."""

    def __init__(
        self,
        source: DraftSource,
        examples: Examples,
        seed: int,
        known: Collection[str],
        progress: Callable[[DatasetProgress], None],
    ) -> None:
        """Make nothing yet.

        Args:
            source: Makes questions.
            examples: Makes rows of them.
            seed: Of what is drawn.
            known: The words of all documents.
            progress: Told after each chunk.
        """
        self._known = known
        self._source = source
        self._examples = examples
        self._asked_before = AskedBefore()
        self._seed = seed
        self._progress = progress
        self._asked = 0
        self.dropped: Counter[str] = Counter()

    @property
    def made_by(self) -> str:
        """Who makes the questions."""
        return self._source.name

    @property
    def cost(self) -> dict[str, float]:
        """What that cost so far."""
        return dict(self._source.cost)

    def rows(
        self,
        documents: Sequence[CorpusDocument],
        bounds: Bounds,
        about: Collection[DocumentId],
        wanted: int,
    ) -> list[TrainingExample]:
        """So many rows about some documents, or fewer where there is no more to ask.

        Args:
            documents: All there are.
            bounds: What may be in a row.
            about: The documents to ask about.
            wanted: Rows.
        """
        rows: list[TrainingExample] = []
        counts: Counter[ExampleKind] = Counter()
        for document, passage in self._walk(documents, about):
            if len(rows) >= wanted:
                break
            kind = min(KIND_SHARES, key=lambda kind: (counts[kind] + 1) / KIND_SHARES[kind])
            for draft in self._drafts(document, passage):
                made = self._examples.make(draft, kind, bounds)
                if isinstance(made, TrainingExample):
                    rows.append(made)
                    counts[kind] += 1
                    break
                self.dropped[made] += 1
            self._progress(DatasetProgress(len(rows), wanted, self._asked, self.cost))
        return rows

    def questions(
        self, documents: Sequence[CorpusDocument], bounds: Bounds, about: Collection[DocumentId]
    ) -> list[dict[str, Any]]:
        """Questions about held-out documents, in the form of an evaluation's lines.

        What an answer rests on is found by the live search, as for rows.
        """
        lines: list[dict[str, Any]] = []
        misses = 0
        for document, passage in self._walk(documents, about):
            if len(lines) >= HELD_OUT_QUESTIONS:
                break
            for draft in self._drafts(document, passage):
                number = f"held-out-{len(lines) + 1:03}"
                if draft.wrong and misses < _NEAR_MISS_QUESTIONS * (len(lines) + 4):
                    misses += 1
                    lines.append(_near_miss(draft, number))
                    break
                made = self._examples.make(draft, ExampleKind.ANSWER, bounds)
                if isinstance(made, TrainingExample):
                    lines.append(_answerable(draft, number))
                    break
                self.dropped[made] += 1
            self._progress(DatasetProgress(len(lines), HELD_OUT_QUESTIONS, self._asked, self.cost))
        return lines

    def _walk(
        self, documents: Sequence[CorpusDocument], about: Collection[DocumentId]
    ) -> Iterator[tuple[CorpusDocument, Passage]]:
        """A chunk of each document, then another of each, so that all of them are spoken of.

        Where there are few chunks, each comes several times: more than one thing stands in it.
        """
        chosen = [each for each in documents if each.document in about]
        draw = random.Random(f"{self._seed}\0documents")  # noqa: S311 - no secret
        draw.shuffle(chosen)
        for _ in range(_TIMES):
            left = [(each, self._shuffled(each)) for each in chosen]
            while left:
                going = []
                for document, passages in left:
                    passage = next(passages, None)
                    if passage is not None:
                        going.append((document, passages))
                        yield document, passage
                left = going

    def _shuffled(self, document: CorpusDocument) -> Iterator[Passage]:
        draw = random.Random(f"{self._seed}\0{document.document}")  # noqa: S311 - no secret
        passages = list(document.passages)
        draw.shuffle(passages)
        yield from passages

    def _drafts(self, document: CorpusDocument, passage: Passage) -> Iterator[Draft]:
        """The drafts of a chunk that nothing is wrong with by themselves."""
        chunk = passage.chunk
        for draft in self._source.drafts(document, passage):
            self._asked += 1
            wrong = objection(draft, document.parsed.text, chunk.start, chunk.end)
            if wrong is None and self._asked_before(draft.question):
                wrong = Filter.ASKED_BEFORE
            if wrong is None:
                yield draft if draft.wrong else self._with_wrong(draft)
            else:
                self.dropped[wrong] += 1

    def _with_wrong(self, draft: Draft) -> Draft:
        """The draft with its question as no document answers it."""
        draw = random.Random(f"{self._seed}\0{draft.question}")  # noqa: S311 - no secret
        return replace(draft, wrong=with_invented_name(draft.question, self._known, draw))


def _answerable(draft: Draft, number: str) -> dict[str, Any]:
    return {
        "id": number,
        "question": draft.question,
        "answers": [draft.key or draft.answer],
        "yes_no": None,
        "gold": [draft.document],
        "answerable": True,
        "evidence": draft.span.text,
    }


def _near_miss(draft: Draft, number: str) -> dict[str, Any]:
    return {
        "id": number,
        "question": draft.wrong,
        "answers": [],
        "yes_no": None,
        "gold": [],
        "answerable": False,
        "related": [draft.document],
    }
