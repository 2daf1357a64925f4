"""How cases and reviewed answers are kept."""

from __future__ import annotations

from dataclasses import asdict

from wellread.domain.ask.answers import Citation
from wellread.domain.ask.cases import Case, CaseStatus
from wellread.domain.ask.questions import AskerId, ThreadId
from wellread.domain.ask.reviewed import ReviewedAnswer, ReviewedId
from wellread.domain.knowledge.documents import DocumentId
from wellread.wire.stored_feedback import given_of, values_of
from wellread.wire.stored_form import pack, unpack
from wellread.wire.stored_threads import pack_places, unpack_places


def pack_case(case: Case) -> bytes:
    """What is kept of a case."""
    return pack(
        {
            "thread": case.thread,
            "turn": case.turn,
            "question": case.question,
            "searched_for": case.searched_for,
            "answer": case.answer,
            "declined": case.declined,
            "quoted": pack_places(case.quoted),
            "drawn_on": sorted(case.drawn_on),
            "asked_by": case.asked_by,
            "at": case.at,
            "remarks": [values_of(each) for each in case.remarks],
            "status": case.status.value,
            "version": case.version,
        }
    )


def unpack_case(data: bytes) -> Case:
    """The case that `pack_case` was given."""
    values = unpack(data)
    asked_by = values["asked_by"]
    return Case(
        thread=ThreadId(values["thread"]),
        turn=values["turn"],
        question=values["question"],
        searched_for=values["searched_for"],
        answer=values["answer"],
        declined=values["declined"],
        quoted=unpack_places(values["quoted"]),
        drawn_on=frozenset(map(DocumentId, values["drawn_on"])),
        asked_by=None if asked_by is None else AskerId(asked_by),
        at=values["at"],
        remarks=tuple(given_of(each) for each in values["remarks"]),
        status=CaseStatus(values["status"]),
        version=values["version"],
    )


def pack_reviewed(answer: ReviewedAnswer) -> bytes:
    """What is kept of a reviewed answer; its citations without links."""
    citations = [asdict(citation) | {"link": ""} for citation in answer.citations]
    return pack(
        {
            "id": answer.id,
            "question": answer.question,
            "also": list(answer.also),
            "text": answer.text,
            "citations": citations,
            "reviewed_by": answer.reviewed_by,
            "at": answer.at,
            "valid_until": answer.valid_until,
        }
    )


def unpack_reviewed(data: bytes) -> ReviewedAnswer:
    """The answer that `pack_reviewed` was given."""
    values = unpack(data)
    return ReviewedAnswer(
        id=ReviewedId(values["id"]),
        question=values["question"],
        also=tuple(values["also"]),
        text=values["text"],
        citations=tuple(Citation(**each) for each in values["citations"]),
        reviewed_by=values["reviewed_by"],
        at=values["at"],
        valid_until=values["valid_until"],
    )
