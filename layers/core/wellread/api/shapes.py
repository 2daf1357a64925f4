"""What goes in and out over HTTP. Names and shapes are a contract with people outside the code."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from wellread.api.excerpts import Excerpt
from wellread.domain.ask.answers import Feedback, Reply, Verdict
from wellread.domain.ask.questions import MAX_QUESTION_CHARACTERS, Asker, Mode, Question, ThreadId
from wellread.domain.ingest.records import DocumentStatus
from wellread.domain.knowledge.documents import DocumentId
from wellread.domain.knowledge.host_words import HostWords
from wellread.domain.text.harmless import harmless, visible_name
from wellread.services.ingest.documents import DocumentPage, DocumentSummary, OpenedDocument
from wellread.wire.document_links import link_to

_EXAMPLE_LINK = "/v1/documents/leave.md?revision=5f1c&quote=Everyone+has+30+days&at=120#quote"


def well_formed(text: str) -> str:
    """Text that UTF-8 can carry: lone surrogates, as in odd file names, become "?"."""
    return text.encode("utf-8", "replace").decode("utf-8")


def shown_document(document: DocumentId) -> str:
    """A document's name with what hides or turns its characters written out.

    The routes and commands that take a name take it so, too.
    """
    return well_formed(visible_name(document))


_WellFormed = Annotated[str, BeforeValidator(well_formed)]
_Document = Annotated[str, BeforeValidator(shown_document)]
_Shape = TypeVar("_Shape", bound=BaseModel)


class AskRequest(BaseModel):
    """A question."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "How many days of leave do I have?"}]}
    )

    question: Annotated[
        str,
        Field(
            description="What to find out, in any language.",
            # Told, not enforced here: the service's own words say what is wrong.
            json_schema_extra={"minLength": 1, "maxLength": MAX_QUESTION_CHARACTERS},
        ),
    ]
    mode: Annotated[Mode, Field(description="What the answer may come from.")] = Mode.RAG
    thread: Annotated[
        str | None, Field(description="The thread to go on with; a new one without.")
    ] = None

    def to_question(
        self, asker: Asker, correlation_id: str, answer_by: float | None = None
    ) -> Question:
        """The question as the service takes it."""
        thread = ThreadId(self.thread) if self.thread is not None else None
        return Question(
            self.question, asker, self.mode, thread, correlation_id, answer_by, links=link_to
        )


class CitationShape(BaseModel):
    """A place in a document that the answer rests on."""

    document: _Document
    revision: str
    quote: Annotated[_WellFormed, Field(description="Verbatim words of that revision.")]
    page: int | None
    heading: _WellFormed
    link: Annotated[str, Field(description="Opens the revision at the quote.")]


class NearestShape(BaseModel):
    """A document that a decline found near the question."""

    document: _Document
    link: str


class AskResponse(BaseModel):
    """An answer with its citations, or a decline."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "answer": "Everyone has 30 days of leave a year. [1]",
                    "declined": False,
                    "citations": [
                        {
                            "document": "leave.md",
                            "revision": "5f1c",
                            "quote": "Everyone has 30 days",
                            "page": None,
                            "heading": "Leave > Days",
                            "link": _EXAMPLE_LINK,
                        }
                    ],
                    "nearest": [],
                    "thread": "8b7d2f",
                    "turn": 1,
                    "mode": "rag",
                    "answered_by": "extractive",
                    "correlation_id": "4be1c0",
                }
            ]
        }
    )

    answer: Annotated[
        _WellFormed,
        Field(description="With markers [1], [2] in the order of `citations`; notices below."),
    ]
    declined: bool
    citations: list[CitationShape]
    nearest: Annotated[
        list[NearestShape], Field(description="What a decline found within the asker's scope.")
    ]
    thread: str
    turn: int
    mode: Mode
    answered_by: Annotated[str, Field(description="Name of the model or method that spoke.")]
    correlation_id: str

    @classmethod
    def of(cls, reply: Reply) -> AskResponse:
        """A reply as it goes out."""
        return cls(
            answer=reply.text,
            declined=reply.declined,
            citations=[_read(CitationShape, citation) for citation in reply.citations],
            nearest=[_read(NearestShape, nearest) for nearest in reply.nearest],
            thread=reply.thread,
            turn=reply.turn,
            mode=reply.mode,
            answered_by=reply.outcome.answered_by,
            correlation_id=reply.correlation_id,
        )


class DocumentState(BaseModel):
    """Where a document stands, and why it failed if it did."""

    document: Annotated[
        _Document, Field(description="Path under the documents folder, or bucket key.")
    ]
    revision: str | None
    status: DocumentStatus
    code: Annotated[str | None, Field(description="Why it failed, for programs.")]
    reason: Annotated[str | None, Field(description="Why it failed, or why nobody may read it.")]
    fix: Annotated[str | None, Field(description="What to do about it.")]
    pages: int | None
    chunks: int | None
    searchable_since: Annotated[float | None, Field(description="Seconds since the epoch.")]

    @classmethod
    def of(cls, summary: DocumentSummary) -> DocumentState:
        """A document's state as it goes out."""
        return _read(cls, summary)


class ReceiptShape(DocumentState):
    """What became of a document's newest revision; all null that is not known yet."""

    title: str
    tables: int | None
    unreadable_pages: Annotated[
        list[int], Field(description="Numbers of pages that hold no text, only pictures.")
    ]
    retry: Annotated[str | None, Field(description="The command that tries again.")]

    @classmethod
    def told(cls, summary: DocumentSummary, words: HostWords) -> ReceiptShape:
        """A document's receipt as it goes out."""
        return cls(
            **DocumentState.of(summary).model_dump(),
            title=well_formed(harmless(summary.title)),
            tables=summary.tables,
            unreadable_pages=list(summary.unreadable_pages),
            retry=well_formed(words.retry(DocumentId(visible_name(summary.document))))
            if summary.status is DocumentStatus.FAILED
            else None,
        )


class DocumentList(BaseModel):
    """Some documents in key order."""

    documents: list[DocumentState]
    next: Annotated[str | None, Field(description="Pass it as `after` to go on; null at the end.")]

    @classmethod
    def of(cls, page: DocumentPage) -> DocumentList:
        """A page of the list as it goes out."""
        documents = [DocumentState.of(summary) for summary in page.documents]
        return cls(documents=documents, next=page.next and well_formed(page.next))


class OpenedShape(BaseModel):
    """A stored revision, opened at a quote."""

    document: str
    revision: str
    title: str
    text: Annotated[
        str, Field(description="The quote's surroundings, or all of it where `whole` is true.")
    ]
    text_start: Annotated[int, Field(description="Offset of `text` in the revision.")]
    whole: bool
    quote: str | None
    start: Annotated[int | None, Field(description="Offset of the quote in the revision.")]
    end: int | None
    page: int | None
    newest: Annotated[bool, Field(description="False once the document has changed since.")]
    link: Annotated[str, Field(description="This place again.")]
    source_link: Annotated[str | None, Field(description="Where the original lives.")]

    @classmethod
    def of(cls, opened: OpenedDocument, excerpt: Excerpt) -> OpenedShape:
        """An opened document as it goes out."""
        quote = None
        if opened.start is not None and opened.end is not None:
            quote = opened.text[opened.start : opened.end]
        return cls(
            document=shown_document(opened.document),
            revision=opened.revision,
            title=well_formed(harmless(opened.title)),
            text=well_formed(excerpt.text),
            text_start=excerpt.start,
            whole=excerpt.whole,
            quote=well_formed(quote) if quote is not None else None,
            start=opened.start,
            end=opened.end,
            page=opened.page,
            newest=opened.newest,
            link=link_to(opened.document, opened.revision, quote, opened.start),
            source_link=opened.source_link,
        )


class FeedbackRequest(BaseModel):
    """What an asker thinks of a reply."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"thread": "8b7d2f", "turn": 1, "verdict": "down", "reason": "It is 31 days now."}
            ]
        }
    )

    thread: str
    turn: Annotated[int, Field(ge=1)]
    verdict: Verdict
    reason: str | None = None
    correction: str | None = None

    def to_feedback(self) -> Feedback:
        """The verdict as the service takes it."""
        return Feedback(
            ThreadId(self.thread), self.turn, self.verdict, self.reason, self.correction
        )


class FeedbackResponse(BaseModel):
    """The verdict was kept."""

    thread: str
    turn: int
    verdict: Verdict


class Health(BaseModel):
    """The API answers."""

    status: Literal["ok"] = "ok"
    version: str


class ProblemError(BaseModel):
    """One thing that is wrong with a request."""

    field: Annotated[str, Field(description="Where, such as `question`.")]
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 problem details."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Not Found",
                    "status": 404,
                    "detail": "There is no such thread. Ask without one to start a new thread.",
                    "code": "not_found",
                    "correlation_id": "4be1c0",
                    "errors": [],
                }
            ]
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: Annotated[str, Field(description="What went wrong and what to do, for people.")]
    code: Annotated[str, Field(description="What went wrong, for programs.")]
    correlation_id: Annotated[str, Field(description="Quote it when you report the problem.")]
    errors: list[ProblemError] = []


def _read(shape: type[_Shape], shown: object) -> _Shape:
    """A shape filled from the attributes of what it shows."""
    return shape.model_validate(shown, from_attributes=True)
