"""Finding the document or section that a question is about as a whole; showing what is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Answer
from wellread.domain.ask.links import Links
from wellread.domain.ask.prompting import PASSAGE_CHARACTERS
from wellread.domain.ask.questions import Turn
from wellread.domain.ask.quoting.outline import (
    Part,
    Piece,
    are_kinds,
    first_piece,
    kinds,
    outline,
    part_named,
    told_kinds,
)
from wellread.domain.ask.quoting.pieces import nearest_quote, place
from wellread.domain.ask.searching.rewriting import without_lead_in
from wellread.domain.ask.searching.topics import Topic, Want, fit, topic_of
from wellread.domain.ask.suggestions import in_question
from wellread.domain.ingest.chunking import chunk
from wellread.domain.knowledge.documents import Chunk, DocumentId, ParsedText, Passage, RevisionId
from wellread.domain.text.harmless import harmless
from wellread.domain.text.names import shown_name
from wellread.domain.text.words import content_words
from wellread.ports.ingest import RevisionStore
from wellread.services.ask.quoted_answer import QuotedAnswer
from wellread.services.ask.retrieval import Retrieval

_LOOKED_AT = 20
"""Passages among whose titles and headings a topic is looked for."""


@dataclass(frozen=True, slots=True)
class Whole:
    """The document, or the part of one, that a question is about.

    Attributes:
        fits: How well its title or heading is what the question names, see `_fit`.
    """

    topic: Topic
    document: DocumentId
    revision: RevisionId
    title: str
    parsed: ParsedText
    part: Part
    fits: int

    def answer(self, links: Links) -> Answer | None:
        """What it says first and its outline, or the kinds that its headings name."""
        link = links(self.document, self.revision)
        quoted = QuotedAnswer(self.document, self.revision, self.title, self.parsed, link)
        if self.topic.want is Want.KINDS:
            headings = kinds(self.part)
            sure = are_kinds(headings, self.topic.name)
            if not sure and self.named and (told := told_kinds(self.parsed, self.part)):
                quoted.quote(told)
            elif sure or self.named:
                quoted.list_headings(place(self.title, self.part.path), self.part, headings)
            return quoted.answer()
        headings = outline(self.part)
        if piece := first_piece(self.parsed, self.part):
            quoted.quote(piece)
        if len(headings) > 1:
            name = shown_name((self.title, *self.part.path)[-1]) or harmless(self.document)
            quoted.list_headings(f"Headings in “{name}”:", self.part, headings)
        return quoted.answer()

    @property
    def named(self) -> bool:
        """Whether its title or heading is what the question names, with no word more."""
        return self.fits >= _NAMED

    @property
    def certain(self) -> bool:
        """Whether no other answer needs to be looked for first."""
        if self.topic.want is Want.KINDS:
            return self.named or are_kinds(kinds(self.part), self.topic.name)
        return self.fits >= _ENTITLED or self.topic.want is Want.SUMMARY

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Its passages in order, no more than fit into a prompt: the first ones of each section."""
        pieces = [
            piece
            for piece in chunk(self.parsed, self.title)
            if piece.end > self.part.start and piece.start < self.part.end
        ]
        seen: set[tuple[str, ...]] = set()
        openings: list[Chunk] = []
        rest: list[Chunk] = []
        for piece in pieces:
            (rest if piece.heading_path in seen else openings).append(piece)
            seen.add(piece.heading_path)
        room = PASSAGE_CHARACTERS
        kept: list[Chunk] = []
        for piece in (*openings, *rest):
            room -= len(piece.embedded_text)
            if room < 0 and kept:
                break
            kept.append(piece)
        return tuple(
            Passage(self.document, self.revision, "", piece, 1.0)
            for piece in sorted(kept, key=lambda piece: piece.start)
        )


class Outlines:
    """Finds what a topic names among the documents in scope."""

    def __init__(self, retrieval: Retrieval, revisions: RevisionStore) -> None:
        self._retrieval = retrieval
        self._revisions = revisions

    def asked_for(self, question: str, turns: Sequence[Turn], scope: Scope) -> Whole | None:
        """The document or section that a question asks for as a whole.

        None where it asks for something in particular, or nothing bears the name. Within a thread
        a bare topic is a follow-up first, unless a document is called so.
        """
        topic = topic_of(without_lead_in(question)[0] if turns else question)
        if topic is None:
            return None
        whole = self._find(topic, scope, turns[-1].documents if turns else frozenset())
        if whole and turns and topic.want is Want.TOPIC and not topic.title:
            return whole if whole.named and not whole.part.path else replace(whole, fits=0)
        return whole

    def quote_of(self, passage: Passage, question: str) -> Answer | None:
        """The sentence of a passage that is nearest to a question, quoted."""
        parsed = self._revisions.get_text(passage.document, passage.revision)
        span = nearest_quote(question, passage)
        if parsed is None or span is None:
            return None
        chunk = passage.chunk
        piece = Piece(chunk.start + span[0], chunk.start + span[1], chunk.heading_path)
        quoted = QuotedAnswer(passage.document, passage.revision, chunk.title, parsed)
        quoted.quote(piece)
        return quoted.answer()

    def _find(self, topic: Topic, scope: Scope, cited: frozenset[DocumentId]) -> Whole | None:
        """The document or section that a topic names.

        Args:
            topic: What is asked about.
            scope: What the asker may read.
            cited: What the turn before cited: what a summary of "it" is of.
        """
        if not topic.name:
            return self._of_document(topic, cited, scope)
        searched = f"{topic.title} {topic.name}" if topic.title != topic.name else topic.name
        passages = self._retrieval.retrieve(searched, scope, _LOOKED_AT)
        found = max(
            (
                (_fit(topic, passage.chunk.title, path), -rank, passage, path)
                for rank, passage in enumerate(passages)
                for path in _paths(passage)
            ),
            key=lambda candidate: candidate[:2],
            default=None,
        )
        if found is None or found[0] <= 0:
            return None
        score, _, passage, path = found
        parsed = self._revisions.get_text(passage.document, passage.revision)
        if parsed is None:
            return None
        if topic.title != topic.name and topic.title and not path:
            # None of the passages found is of the section that was offered.
            titles = (heading.title for heading in parsed.headings)
            path = tuple(name for name in titles if in_question(name) == topic.name)[:1]
            score = _NAMED if path else score
        if topic.want is Want.KINDS and score < _NAMED and path:
            path = path[:-1]  # "Sick leave" is one of the kinds: the others stand beside it
        return Whole(
            topic,
            passage.document,
            passage.revision,
            passage.chunk.title,
            parsed,
            part_named(parsed, path),
            score,
        )

    def _of_document(
        self, topic: Topic, cited: frozenset[DocumentId], scope: Scope
    ) -> Whole | None:
        visible = self._retrieval.visible_documents(sorted(cited), scope) if cited else {}
        record = next(iter(visible.values()), None)
        if len(visible) != 1 or record is None or record.active is None:
            return None
        active = record.active
        parsed = self._revisions.get_text(record.document, active.text_id)
        if parsed is None:
            return None
        whole = part_named(parsed, ())
        return Whole(topic, record.document, active.text_id, active.title, parsed, whole, _NAMED)


_NAMED = 4
_ENTITLED = 3
"""A title that has one word more than the topic is still what people mean by it."""


def _paths(passage: Passage) -> Iterator[tuple[str, ...]]:
    """The whole document's empty path, and that of each heading above a passage."""
    headings = [name for name in passage.chunk.heading_path if " | " not in name]
    for length in range(len(headings) + 1):
        yield tuple(headings[:length])


def _fit(topic: Topic, title: str, path: tuple[str, ...]) -> int:
    """How well a document (no path) or the section at a path is what a topic names; 0 for not."""
    name = path[-1] if path else title
    if topic.title:
        wanted = topic.title if not path else topic.name
        if in_question(title) != topic.title or in_question(name) != wanted:
            return 0
        return 2 * _NAMED if (topic.name == topic.title) == (not path) else 1
    fits = fit(topic.name, name)
    if not fits and not path and topic.want is Want.SUMMARY:
        # "Summarise the rules for travelling" names the document that is about that.
        return int(not set(content_words(topic.name)).isdisjoint(content_words(name)))
    return 2 * fits + (not path) if fits else 0  # a title goes before a heading
