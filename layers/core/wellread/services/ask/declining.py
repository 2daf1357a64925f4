"""What a decline says beside "no": what stands nearest, and what could be asked instead."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from wellread.domain.ask.answers import Declined, NearestDocument
from wellread.domain.ask.links import Links
from wellread.domain.ask.quoting.pieces import nearest_quote
from wellread.domain.ask.suggestions import question_about
from wellread.domain.knowledge.documents import DocumentId, Passage
from wellread.domain.text.names import shown_name

NEAREST = 3


def with_nearest(
    declined: Declined,
    question: str,
    passages: Sequence[Passage],
    visible: Collection[DocumentId],
    links: Links,
) -> Declined:
    """A decline that points at the nearest of these passages, as far as they may be shown.

    Args:
        declined: Without what is nearest.
        question: As it was searched for.
        passages: What was found, best first.
        visible: The documents that may be shown at this moment.
        links: What opens them.
    """
    best: dict[DocumentId, Passage] = {}
    for passage in passages:
        if passage.document in visible:
            best.setdefault(passage.document, passage)
    if not best:
        return declined
    documents = list(best)[:NEAREST]
    first = best[documents[0]]
    heading = next((name for name in reversed(first.chunk.heading_path) if " | " not in name), "")
    offer = question_about(first.chunk.title, heading)
    others = (
        NearestDocument(
            document,
            shown_name(best[document].chunk.title),
            links(document, best[document].revision),
        )
        for document in documents[1:]
    )
    return replace(
        declined,
        nearest=(_quoted(question, first, links), *others),
        offers=(offer,) if offer else (),
    )


def _quoted(question: str, passage: Passage, links: Links) -> NearestDocument:
    title = shown_name(passage.chunk.title)
    span = nearest_quote(question, passage)
    if span is None:
        return NearestDocument(passage.document, title, links(passage.document, passage.revision))
    quote = passage.chunk.text[slice(*span)]
    at = passage.chunk.start + span[0]
    link = links(passage.document, passage.revision, quote, at)
    return NearestDocument(passage.document, title, link, passage.revision, quote, at)
