"""Things to say, for the suites."""

from __future__ import annotations

from dataclasses import replace

from wellread.domain.ask.answers import (
    Answer,
    Citation,
    Declined,
    DeclineReason,
    NearestDocument,
    Outcome,
    Reply,
)
from wellread.domain.ask.questions import Mode, ThreadId
from wellread.domain.chat.said import SaidReply
from wellread.domain.knowledge.documents import DocumentId, RevisionId

LINK = "https://docs.example/v1/documents/lending-rules.pdf?revision=v6&at=564#quote"
SAYS = "A book may be borrowed for 28 days and renewed twice."
TEXT = f"Lending rules › Loan periods\n> {SAYS} [1]"

CITATION = Citation(
    document=DocumentId("lending-rules.pdf"),
    revision=RevisionId("v6"),
    start=564,
    end=620,
    quote=SAYS,
    page=1,
    heading="Lending rules > Loan periods",
    title="Lending rules",
    dated="2026-09",
    link=LINK,
)

DECLINED = Declined(
    "I couldn't find this in the documents.",
    DeclineReason.NOT_IN_DOCUMENTS,
    "extractive",
    nearest=(
        NearestDocument(
            DocumentId("events.csv"), "Events", LINK, quote="Flea market for books, in March"
        ),
        NearestDocument(DocumentId("staff.docx"), "Staff handbook", LINK),
    ),
    offers=("What is “Events” about?",),
)


def answer(text: str = TEXT, *citations: Citation, notices: tuple[str, ...] = ()) -> Answer:
    return Answer(text, citations or (CITATION,), "extractive", notices=notices)


def said(outcome: Outcome | str = TEXT, **more: object) -> SaidReply:
    """A reply: an outcome, or an answer with this text."""
    made = answer(outcome) if isinstance(outcome, str) else outcome
    reply = Reply(made, ThreadId("t1"), 1, Mode.RAG, "c1")
    return replace(SaidReply(reply, "How long may a book be borrowed?"), **more)  # type: ignore[arg-type]
