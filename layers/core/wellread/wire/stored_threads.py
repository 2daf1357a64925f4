"""How threads and their turns are kept."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import astuple

from wellread.domain.ask.answers import Reply
from wellread.domain.ask.questions import AskerId, Mode, Place, ThreadId, Turn
from wellread.domain.ask.resting import QuotedPlace
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.wire.stored_form import Json, pack, unpack


def id_of(owner: AskerId | Place) -> ThreadId:
    """The id of a place's thread, always the same; of an asker's next thread, always another."""
    if isinstance(owner, Place):
        return ThreadId(hashlib.sha256(pack_owner(owner)).hexdigest()[:32])
    return ThreadId(uuid.uuid4().hex)


def pack_owner(owner: AskerId | Place) -> bytes:
    """An asker as a string, a place as a list of its parts."""
    return pack(list(astuple(owner)) if isinstance(owner, Place) else owner)


def unpack_owner(data: bytes) -> AskerId | Place:
    """The owner that `pack_owner` was given."""
    owner = unpack(data)
    return Place(*owner) if isinstance(owner, list) else AskerId(owner)


def body_of(
    reply: Reply,
    question: str,
    standalone: str,
    *,
    asker: AskerId,
    drawn_on: frozenset[DocumentId],
) -> dict[str, Json]:
    """What is kept of a turn; `drawn_on` holds all documents whose words are in it."""
    return {
        "question": question,
        "standalone": standalone,
        "answer": reply.text,
        "declined": reply.declined,
        "mode": reply.mode.value,
        "asker": asker,
        "documents": sorted({citation.document for citation in reply.citations}),
        "drawn_on": sorted(drawn_on),
        "quoted": pack_places(reply.quoted),
    }


def turn_of(number: int, body: dict[str, Json]) -> Turn:
    """The turn that a body was kept of, also of a version that kept less."""
    documents = frozenset(map(DocumentId, body.get("documents", ())))
    return Turn(
        number=number,
        question=body["question"],
        standalone=body["standalone"],
        answer=body["answer"],
        declined=body["declined"],
        mode=Mode(body["mode"]),
        documents=documents,
        drawn_on=frozenset(map(DocumentId, body.get("drawn_on", documents))),
        erased=body.get("erased", False),
        asker=body.get("asker"),
        quoted=unpack_places(body.get("quoted", ())),
    )


def without_words(body: dict[str, Json]) -> dict[str, Json]:
    """What is left of a turn's body once its words are erased."""
    empty = {"question": "", "standalone": "", "answer": ""}
    of_nothing: dict[str, Json] = {"documents": [], "drawn_on": [], "quoted": []}
    return body | empty | of_nothing | {"erased": True}


def pack_places(places: Sequence[QuotedPlace]) -> Json:
    """Quotes and where they stand."""
    return [[each.document, each.revision, each.start, each.quote] for each in places]


def unpack_places(values: Json) -> tuple[QuotedPlace, ...]:
    """The places that `pack_places` was given."""
    return tuple(
        QuotedPlace(DocumentId(document), RevisionId(revision), start, quote)
        for document, revision, start, quote in values
    )
