"""Every search that a variant of the ranking may need, run once a question through the product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks.ingested_set import ingested_set
from wellread.adapters.embedded.sqlite_index import LexicalWeights, SqlitePassageIndex
from wellread.bootstrap import embedded
from wellread.domain.access.scope import EVERYONE, Scope
from wellread.domain.ask.searching.fusion import fuse
from wellread.domain.ask.searching.named_document import named_document
from wellread.domain.evaluation.cases import EvaluationQuestion
from wellread.domain.knowledge.documents import DocumentId, Passage
from wellread.domain.text.sentences import split_sentences
from wellread.domain.text.words import STOPWORDS, words
from wellread.ports.index import PassageHits, PassageQuery
from wellread.ports.models import Embedder, Vector
from wellread.services.ask.retrieval import LEG_HITS, WITHIN_HITS

DEPTH = 200
"""Hits of each leg; variants take fewer of them."""

PRODUCT_DEPTH = LEG_HITS
"""Hits of each leg that the product fuses."""

PRODUCT_WITHIN = WITHIN_HITS
"""Hits of each leg that the product takes within a named document."""

COLUMNS = {
    "title x 3": LexicalWeights(title=3.0),
    "title and headings x 2": LexicalWeights(title=2.0, path=2.0),
    "title and headings x 1/2": LexicalWeights(title=0.5, path=0.5),
    "text only": LexicalWeights(title=0.0, path=0.0),
}
"""Other weights of the lexical leg's columns."""

NAMED, LOOSELY, WHOLE = "named", "loosely", "whole"
"""Searches within the first document: for the rest of the question where the question names it;
where its words do, though other documents hold them too; and for the whole question."""

SENTENCES_OF = 10
"""So many passages are compared sentence by sentence."""

_FEEDBACK_FROM = 3
_FEEDBACK_SHARE = 0.5
_FEEDBACK_WORDS = 8
_SCOPE = Scope.of(EVERYONE)


@dataclass(frozen=True, slots=True)
class Within:
    """A search within the first document, and what for."""

    rest: str
    hits: PassageHits


@dataclass(frozen=True, slots=True)
class Searched:
    """A question with all that was found for it.

    Attributes:
        hits: Both legs as the product asks for them, only deeper.
        columns: The lexical leg under each of `COLUMNS`.
        nearer: The vector leg for the question moved towards the best passages (Rocchio).
        wider: The lexical leg for the question with telling words of the best passages (as RM3).
        sentences: The best cosine of one sentence of the best passages; empty unless asked for.
        within: Searches within the first document, those of `NAMED, LOOSELY, WHOLE` that apply.
    """

    question: EvaluationQuestion
    hits: PassageHits
    columns: Mapping[str, Sequence[Passage]]
    nearer: Sequence[Passage]
    wider: Sequence[Passage]
    sentences: Mapping[tuple[str, int], float]
    within: Mapping[str, Within] = field(default_factory=dict)

    @property
    def legs(self) -> tuple[Sequence[Passage], Sequence[Passage]]:
        """What the product fuses."""
        return self.hits.lexical[:PRODUCT_DEPTH], self.hits.vector[:PRODUCT_DEPTH]


class Searcher:
    """Searches one ingested set."""

    def __init__(self, services: embedded.EmbeddedServices, *, sentences: bool) -> None:
        """Search the index of these services."""
        self._embedder: Embedder = services.choice.wanted()
        self._index = SqlitePassageIndex(services.adapters.database)
        self._columns = {
            name: SqlitePassageIndex(services.adapters.database, weights=weights)
            for name, weights in COLUMNS.items()
        }
        self._sentences = sentences

    def search(self, question: EvaluationQuestion) -> Searched:
        """Run every search for a question."""
        vector = self._embedder.embed_question(question.text)
        hits = self._hits(self._index, question.text, vector)
        legs = (hits.lexical[:PRODUCT_DEPTH], hits.vector[:PRODUCT_DEPTH])
        best = fuse(question.text, *legs, depth=PRODUCT_DEPTH)
        seeds = best[:_FEEDBACK_FROM]
        return Searched(
            question,
            hits,
            {
                name: self._hits(index, question.text).lexical
                for name, index in self._columns.items()
            },
            nearer=self._hits(self._index, "", self._moved(vector, seeds)).vector,
            wider=self._hits(self._index, f"{question.text} {_telling(seeds)}").lexical,
            sentences=self._of_sentences(vector, best[:SENTENCES_OF]) if self._sentences else {},
            within=self._within(question.text, best),
        )

    def _within(self, text: str, best: Sequence[Passage]) -> dict[str, Within]:
        first = [passage for passage in best if passage.document == best[0].document]
        named, loosely = named_document(text, best), named_document(text, first)
        rests = {
            **({LOOSELY: loosely.rest} if loosely else {}),
            **({NAMED: named.rest, WHOLE: text} if named else {}),
        }
        documents = frozenset(passage.document for passage in first)
        return {
            kind: Within(
                rest, self._hits(self._index, rest, self._embedder.embed_question(rest), documents)
            )
            for kind, rest in rests.items()
        }

    def _hits(
        self,
        index: SqlitePassageIndex,
        text: str,
        vector: Vector | None = None,
        documents: frozenset[DocumentId] | None = None,
    ) -> PassageHits:
        model = self._embedder.model_version
        return index.search(PassageQuery(text, vector, model, DEPTH, documents), _SCOPE)

    def _moved(self, vector: Vector, seeds: Sequence[Passage]) -> Vector:
        if not seeds:
            return vector
        near = np.array(self._embedder.embed_documents([p.chunk.embedded_text for p in seeds]))
        moved = np.array(vector) + _FEEDBACK_SHARE * near.mean(axis=0)
        return tuple(float(value) for value in moved / np.linalg.norm(moved))

    def _of_sentences(
        self, vector: Vector, passages: Sequence[Passage]
    ) -> dict[tuple[str, int], float]:
        found: dict[tuple[str, int], float] = {}
        for passage in passages:
            text = passage.chunk.text
            spans = split_sentences(text, (passage.chunk.title, *passage.chunk.heading_path))
            units = [
                replace(passage.chunk, text=text[span.start : span.end]).embedded_text
                for span in spans
            ]
            made = np.array(self._embedder.embed_documents(units or [text]))
            key = (passage.document, passage.chunk.ordinal)
            found[key] = float((made @ np.array(vector)).max())
        return found


def search_set(folder: Path, *, sentences: bool) -> Iterator[Searched]:
    """Ingest a set as `wellread evaluate` does, and search for each question with gold documents.

    Args:
        folder: Holds docs/ and questions.jsonl.
        sentences: Also compare sentence by sentence, which takes seconds a question.
    """
    with ingested_set(folder) as opened:
        searcher = Searcher(opened.services, sentences=sentences)
        for question in opened.questions:
            if question.answerable and question.gold:
                yield searcher.search(question)


def _telling(passages: Sequence[Passage]) -> str:
    """The words that most of these passages have most often."""
    counts: Counter[str] = Counter()
    for passage in passages:
        of_passage = Counter(w for w in words(passage.chunk.text) if w not in STOPWORDS)
        total = of_passage.total() or 1
        for word, count in of_passage.items():
            counts[word] += round(1_000_000 * count / total)
    return " ".join(word for word, _ in counts.most_common(_FEEDBACK_WORDS))
