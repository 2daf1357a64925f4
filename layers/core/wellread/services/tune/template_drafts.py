"""Drafts without a teacher: templates over what documents state."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from wellread.domain.knowledge.documents import Passage
from wellread.domain.text.names import plain_name
from wellread.domain.text.words import content_words
from wellread.domain.tune.drafts import Draft
from wellread.domain.tune.examples import SupportingSpan
from wellread.domain.tune.facts import Fact, FactKind, facts_of
from wellread.domain.tune.templates import question_about
from wellread.domain.tune.terms import telling_terms, with_unknown_name
from wellread.services.tune.corpus import CorpusDocument, Vocabulary

_TRIED = 4
"""So many facts of a chunk are asked for at most; the rows come from many chunks."""

_USUAL_HEADING = 3
"""A heading that so many documents have means nothing without the title."""

_SHORTEST_ROW = 3
"""A row with a shorter name is asked for nothing that it does not have: it may be any row."""

_SHARE = {
    FactKind.PERMISSION: 3.0,
    FactKind.ROW: 3.0,
    FactKind.PURPOSE: 2.0,
    FactKind.CONDITION: 2.0,
    FactKind.DEFINITION: 2.5,
    FactKind.HEADING: 1.5,
    FactKind.AMOUNT: 2.0,
    FactKind.LABEL: 1.0,
    FactKind.ASKED: 1.5,
    FactKind.STATEMENT: 1.0,
}
"""How often each is asked for, where a document has all of them."""


class DraftSource(Protocol):
    """Makes questions with their answers from chunks."""

    @property
    def name(self) -> str:
        """Who makes them: "templates", "teacher:<model>"."""

    @property
    def cost(self) -> dict[str, float]:
        """What it cost so far: requests, tokens, dollars where known."""

    def drafts(self, document: CorpusDocument, passage: Passage) -> Iterator[Draft]:
        """Questions about a chunk, best first; none where it says nothing, or no budget is left."""


class TemplateDrafts:
    """Fills templates with what sentences, headings and tables state."""

    name = "templates"
    cost: dict[str, float] = {}  # noqa: RUF012 - nothing is ever in it

    def __init__(self, documents: Sequence[CorpusDocument], vocabulary: Vocabulary, seed: int):
        """Learn which words and headings are usual among documents.

        Args:
            documents: All that may be asked about.
            vocabulary: Theirs.
            seed: Of what is drawn.
        """
        self._vocabulary = vocabulary
        self._seed = seed
        self._headings = Counter(
            name
            for each in documents
            for name in {plain_name(heading.title) for heading in each.parsed.headings}
        )
        self._columns: dict[str, None] = {}
        self._made: Counter[FactKind] = Counter()
        self._visits: Counter[tuple[str, int]] = Counter()

    def drafts(self, document: CorpusDocument, passage: Passage) -> Iterator[Draft]:
        """Questions about a chunk, of the kinds first that there are fewest of so far.

        Whoever asks again is given others.
        """
        start = passage.chunk.start
        self._visits[passage.document, start] += 1
        visit = self._visits[passage.document, start]
        drawn_by = f"{self._seed}\0{passage.document}\0{start}\0{visit}"
        draw = random.Random(drawn_by)  # noqa: S311 - no secret
        facts = facts_of(passage, document.parsed)
        draw.shuffle(facts)
        facts.sort(key=lambda fact: self._made[fact.kind] / _SHARE[fact.kind])
        tried = set[FactKind]()
        for fact in facts:
            if fact.kind in tried or len(tried) >= _TRIED:
                continue
            draft = self._draft(fact, document, draw)
            if draft is not None:
                tried.add(fact.kind)
                self._made[fact.kind] += 1
                yield draft

    def _draft(self, fact: Fact, document: CorpusDocument, draw: random.Random) -> Draft | None:
        title = plain_name(document.title)
        terms = telling_terms(fact.said, self._vocabulary, fact.answer)
        question = question_about(fact, terms, title, draw, titled=self._is_usual(fact))
        if not question:
            return None
        text = document.parsed.text[fact.start : fact.end]
        return Draft(
            question=question,
            answer=fact.said,
            span=SupportingSpan(fact.start, fact.end, text),
            document=document.document,
            revision=document.revision,
            beside=fact.beside,
            key=fact.answer,
            wrong=self._wrong(fact, question, draw),
        )

    def _is_usual(self, fact: Fact) -> bool:
        """Whether what a question names stands in many documents, each saying its own."""
        name = fact.words.get("subject", "")
        if fact.kind is not FactKind.HEADING:
            return False
        return self._headings[name] >= _USUAL_HEADING or len(content_words(name)) < 2

    def _wrong(self, fact: Fact, question: str, draw: random.Random) -> str:
        """The question as no document answers it; empty where none can be made."""
        other = with_unknown_name(question, self._vocabulary.known)
        if other or fact.kind is not FactKind.ROW:
            return other
        row, column = fact.words["row"], fact.words["column"]
        known = set(content_words(f"{fact.said} {fact.beside}"))
        names = [name for name in self._columns if known.isdisjoint(content_words(name))]
        self._columns[column] = None
        if not names or column not in question or len(row) < _SHORTEST_ROW:
            return ""
        return f"What is the {draw.choice(names)} of {row}?"
