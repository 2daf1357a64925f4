"""Answers, declines, and the events an answer arrives in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from wellread.domain.documents import DocumentId, RevisionId
from wellread.domain.questions import Mode, ThreadId


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a stored revision that an answer rests on.

    Attributes:
        quote: Verbatim: `parsed.text[start:end]` of the revision.
        page: Number of the page, None for formats without pages.
        heading: The heading path, " > " between, empty without headings.
        link: Opens the revision at the quote.
        title: The document's title, for people.
        dated: When the document says that it is of, as "2024-03-01", "2024-03" or "2024"; empty
            where it does not say.
        searchable_since: When this revision began to answer, seconds since the epoch; 0 where that
            is not known.
    """

    document: DocumentId
    revision: RevisionId
    start: int
    end: int
    quote: str
    page: int | None
    heading: str
    link: str
    title: str
    dated: str = ""
    searchable_since: float = 0.0


def how_recent(citation: Citation) -> str:
    """How recent what is cited is, in words; empty where nothing is known."""
    if citation.dated:
        return f"dated {citation.dated}"
    if not citation.searchable_since:
        return ""
    since = datetime.fromtimestamp(citation.searchable_since, UTC)
    return f"searchable since {since:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class NearestDocument:
    """A document that a decline found near the question, within the asker's scope."""

    document: DocumentId
    title: str
    link: str


class DeclineReason(StrEnum):
    """Why there is no answer."""

    NOT_IN_DOCUMENTS = "not_in_documents"
    NO_DOCUMENTS = "no_documents"
    NOT_GROUNDED = "not_grounded"
    NO_MODEL = "no_model"
    NO_TUNED_MODEL = "no_tuned_model"
    MODEL_UNAVAILABLE = "model_unavailable"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. With a mode that retrieves, every sentence rests on a citation.

    Attributes:
        text: Sentences with markers [1], [2] in the order of `citations`.
        answered_by: Name of the model or method that spoke.
        notices: Sentences about the answer: still indexing, another model stepped in.
        confidence: How sure it is, between 0 and 1, that the question is answered; None where
            nothing says so.
    """

    text: str
    citations: tuple[Citation, ...]
    answered_by: str
    notices: tuple[str, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """An honest "the documents don't say".

    Attributes:
        text: The sentence the asker reads.
        nearest: What was found near the question, within the asker's scope.
        rephrasing: A question that the nearest document is about; empty without one.
    """

    text: str
    reason: DeclineReason
    answered_by: str
    nearest: tuple[NearestDocument, ...] = ()
    rephrasing: str = ""
    notices: tuple[str, ...] = ()
    confidence: float | None = None


Outcome = Answer | Declined


@dataclass(frozen=True, slots=True)
class Reply:
    """An outcome in its thread: what every host shows."""

    outcome: Outcome
    thread: ThreadId
    turn: int
    mode: Mode
    correlation_id: str

    @property
    def declined(self) -> bool:
        """Whether the outcome is a decline."""
        return isinstance(self.outcome, Declined)

    @property
    def text(self) -> str:
        """The outcome's words, what else to ask after a decline, and the notices below."""
        rephrasing = self.outcome.rephrasing if isinstance(self.outcome, Declined) else ""
        offer = (f"You could ask: {rephrasing}",) if rephrasing else ()
        return "\n\n".join((self.outcome.text, *offer, *self.outcome.notices))

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The answer's citations, none for a decline."""
        return self.outcome.citations if isinstance(self.outcome, Answer) else ()

    @property
    def nearest(self) -> tuple[NearestDocument, ...]:
        """What a decline found nearby, none for an answer."""
        return self.outcome.nearest if isinstance(self.outcome, Declined) else ()


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """What the service is doing, a few words for the asker."""

    text: str


@dataclass(frozen=True, slots=True)
class DeltaEvent:
    """More of the answer's text; already verified."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyEvent:
    """The whole reply; the last event. It wins over the deltas before it."""

    reply: Reply


AnswerEvent = StatusEvent | DeltaEvent | ReplyEvent


class Verdict(StrEnum):
    """What an asker thinks of a reply."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Feedback:
    """An asker's verdict on a reply.

    Attributes:
        reason: Why, in the asker's words.
        correction: What the answer should have been.
    """

    thread: ThreadId
    turn: int
    verdict: Verdict
    reason: str | None = None
    correction: str | None = None
