"""What is said to a greeting, to thanks, and to those who ask what can be asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from wellread.domain.access.scope import Scope
from wellread.domain.ask.answers import Declined, DeclineReason
from wellread.domain.ask.quoting.outline import first_piece, outline, part_named
from wellread.domain.ask.small_talk import SmallTalk, mistyped, small_talk
from wellread.domain.ask.suggestions import question_about
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId, ParsedText, Passage
from wellread.domain.knowledge.host_words import HostWords
from wellread.ports.ingest import RevisionStore
from wellread.services.ingest.documents import Documents

OFFERS = 3
"""So many questions are offered."""

_LOOKED_AT = 12
"""Offers come from at most so many documents: a greeting should cost little."""

_FIRST_WORDS = {
    SmallTalk.GREETING: "Hello!",
    SmallTalk.THANKS: "You're welcome.",
    SmallTalk.GOODBYE: "Goodbye!",
    SmallTalk.HELP: "I'm wellread.",
}
_WHAT_I_DO = (
    "Ask me a question about the documents here, as you would ask a colleague, and I answer with "
    "quotes from them that you can open."
)


class Guidance:
    """Says what can be asked, with questions that documents in the asker's scope answer."""

    def __init__(self, documents: Documents, revisions: RevisionStore, words: HostWords) -> None:
        self._words = words
        self._documents = documents
        self._revisions = revisions

    def to(self, message: str, scope: Scope, *, opening: bool) -> Declined | None:
        """What to say to a message; None where it is a question.

        Args:
            message: What was asked.
            scope: What the asker may read.
            opening: Whether it is the first of its thread.
        """
        kind = small_talk(message, opening=opening)
        return self._said(kind, scope) if kind else None

    def to_mistyped(
        self, message: str, scope: Scope, passages: Sequence[Passage], *, opening: bool
    ) -> Declined | None:
        """What to say to a message that is small talk but for a slip of the fingers.

        None where one of the passages found for it knows the odd word: then it was no slip.
        """
        found = mistyped(message, opening=opening)
        if found is None or _known(found[1], passages):
            return None
        return self._said(found[0], scope)

    def offers(self, scope: Scope, most: int) -> Mapping[str, DocumentId]:
        """Questions that can be asked, each with the document of the scope that answers it."""
        some = self._documents.sample(scope, _LOOKED_AT)
        # Neighbours in the list are often alike, so those looked at lie apart.
        spread = [*some[:: max(len(some) // most, 1)], *some]
        offers: dict[str, DocumentId] = {}
        for record in {record.document: record for record in spread}.values():
            if record.active is None or len(offers) == most:
                continue
            parsed = self._revisions.get_text(record.document, record.active.text_id)
            if parsed and (offer := _offer(parsed, record.active.title)):
                offers.setdefault(offer, record.document)
        return offers

    def _said(self, kind: SmallTalk, scope: Scope) -> Declined:
        offers = self.offers(scope, OFFERS)
        any_document = bool(offers) or self._documents.any_in(scope, DocumentStatus.INDEXED)
        words = [_FIRST_WORDS[kind], _WHAT_I_DO if any_document else self._words.no_documents]
        return Declined(
            " ".join(words),
            DeclineReason.GUIDANCE,
            "wellread",
            offers=tuple(offers),
            offered_from=frozenset(offers.values()),
        )


def _offer(parsed: ParsedText, title: str) -> str:
    """A question that a text answers, about the first thing that it says under a heading."""
    whole = part_named(parsed, ())
    first = first_piece(parsed, whole)
    if first is None or not question_about(title):
        return ""
    headings = [heading.title for heading in outline(whole)]
    topic = next((name for name in reversed(first.path) if name in headings), "")
    return question_about(title, topic) or question_about(title)


def _known(words: Collection[str], passages: Sequence[Passage]) -> bool:
    return any(word in passage.searched_text.casefold() for passage in passages for word in words)
