"""Answers, declines, and the events an answer arrives in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from wellread.domain.ask.checking.claims import Checked
from wellread.domain.ask.questions import AskerId, Mode, ThreadId
from wellread.domain.ask.quoting.pieces import in_a_line
from wellread.domain.ask.resting import QuotedPlace
from wellread.domain.knowledge.documents import DocumentId, RevisionId
from wellread.domain.text.harmless import harmless


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a stored revision that an answer rests on.

    Attributes:
        quote: Verbatim: `parsed.text[start:end]` of the revision.
        page: Number of the page, None for formats without pages.
        heading: The heading path, " > " between, empty without headings.
        title: The document's title, for people.
        dated: When the document says that it is of, as "2024-03-01", "2024-03" or "2024"; empty
            where it does not say.
        searchable_since: When this revision began to answer, seconds since the epoch; 0 where that
            is not known.
        link: Opens the revision at the quote, where the reply is shown.
    """

    document: DocumentId
    revision: RevisionId
    start: int
    end: int
    quote: str
    page: int | None
    heading: str
    title: str
    dated: str = ""
    searchable_since: float = 0.0
    link: str = ""


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
    """A document that a decline found near the question, within the asker's scope.

    Attributes:
        title: In plain words.
        link: Opens the document, at the quote where there is one.
        revision: Of the quote; None where none is quoted, as for all but the nearest one.
        quote: What stands nearest to the question, verbatim: `parsed.text[start:end]`.
    """

    document: DocumentId
    title: str
    link: str
    revision: RevisionId | None = None
    quote: str = ""
    start: int = 0

    @property
    def name(self) -> str:
        """The title, or the document's name where it has none, for people."""
        return self.title or harmless(self.document)

    @property
    def line(self) -> str:
        """The quote in plain words, short enough for a line; empty without one."""
        return in_a_line(self.quote) if self.quote else ""


NOT_FOUND = "I couldn't find this in the documents."
"""What an asker reads where nothing answers the question. It claims nothing of the documents."""


NOT_REVIEWED = (
    "Only answers that a person has reviewed are given here, and there is none to this question "
    "yet. Please ask a human."
)
"""What an asker reads in a place that is given reviewed answers alone, whatever there is."""


class DeclineReason(StrEnum):
    """Why there is no answer."""

    GUIDANCE = "guidance"
    NOT_IN_DOCUMENTS = "not_in_documents"
    NO_DOCUMENTS = "no_documents"
    NOT_GROUNDED = "not_grounded"
    NO_MODEL = "no_model"
    NO_TUNED_MODEL = "no_tuned_model"
    MODEL_UNAVAILABLE = "model_unavailable"
    NOT_REVIEWED = "not_reviewed"


_SELF_MADE = frozenset(
    {
        DeclineReason.GUIDANCE,
        DeclineReason.NO_DOCUMENTS,
        DeclineReason.NO_MODEL,
        DeclineReason.NO_TUNED_MODEL,
    }
)
"""Nothing was searched or written."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. With a mode that retrieves, every sentence rests on a citation.

    Attributes:
        text: Sentences with markers [1], [2] in the order of `citations`.
        answered_by: Name of the model or method that spoke.
        notices: Sentences about the answer: still indexing, another model stepped in.
        confidence: How sure it is, between 0 and 1, that the question is answered; None where
            nothing says so.
        checked: Which verifiers kept and dropped how many of its sentences.
    """

    text: str
    citations: tuple[Citation, ...]
    answered_by: str
    notices: tuple[str, ...] = ()
    confidence: float | None = None
    checked: tuple[Checked, ...] = ()


@dataclass(frozen=True, slots=True)
class Declined:
    """No answer: nothing was found, nobody can speak, or there was nothing to answer.

    Attributes:
        text: The sentence the asker reads.
        nearest: What was found near the question, within the asker's scope, nearest first.
        offers: Questions to ask instead, which documents in the asker's scope answer.
        offered_from: The documents that the offers are about, where they are none of the nearest.
    """

    text: str
    reason: DeclineReason
    answered_by: str
    nearest: tuple[NearestDocument, ...] = ()
    offers: tuple[str, ...] = ()
    offered_from: frozenset[DocumentId] = frozenset()
    notices: tuple[str, ...] = ()
    confidence: float | None = None
    checked: tuple[Checked, ...] = ()


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
        """The outcome's words, what is nearest and may be asked instead, and the notices below."""
        below: list[str] = []
        if isinstance(self.outcome, Declined):
            below += [
                f"Nearest, in “{near.name}”: “{near.line}” ({near.link})"
                for near in self.outcome.nearest
                if near.quote
            ]
            if self.outcome.offers:
                below.append(
                    "\n".join(("You could ask:", *(f"- {o}" for o in self.outcome.offers)))
                )
        return "\n\n".join((self.outcome.text, *below, *self.outcome.notices))

    @property
    def worth_a_verdict(self) -> bool:
        """Whether there is anything in it that people could judge."""
        return not (isinstance(self.outcome, Declined) and self.outcome.reason in _SELF_MADE)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The answer's citations, none for a decline."""
        return self.outcome.citations if isinstance(self.outcome, Answer) else ()

    @property
    def nearest(self) -> tuple[NearestDocument, ...]:
        """What a decline found nearby, none for an answer."""
        return self.outcome.nearest if isinstance(self.outcome, Declined) else ()

    @property
    def quoted(self) -> tuple[QuotedPlace, ...]:
        """What the answer cites, in the order of its markers; what stands nearest for a decline."""
        cited = (QuotedPlace(c.document, c.revision, c.start, c.quote) for c in self.citations)
        near = (
            QuotedPlace(each.document, each.revision, each.start, each.quote)
            for each in self.nearest
            if each.revision is not None and each.quote
        )
        return (*cited, *near)

    @property
    def drawn_on(self) -> frozenset[DocumentId]:
        """The documents whose words are in the reply."""
        if isinstance(self.outcome, Answer):
            return frozenset(citation.document for citation in self.outcome.citations)
        nearest = (near.document for near in self.outcome.nearest)
        return frozenset(nearest) | self.outcome.offered_from


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


class HandOver(StrEnum):
    """How far the answering of a question by a human is."""

    ASKED = "human"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody said about a reply.

    Attributes:
        verdict: What they think of it; or that they asked a human instead, or answered as one.
        reason: Why, in their words.
        correction: What the answer should have been.
    """

    thread: ThreadId
    turn: int
    verdict: Verdict | HandOver
    reason: str | None = None
    correction: str | None = None

    @property
    def kind(self) -> str:
        """One person has said one thing of each kind about a reply: what they said last."""
        return "verdict" if isinstance(self.verdict, Verdict) else self.verdict.value


@dataclass(frozen=True, slots=True)
class GivenFeedback:
    """Feedback as it is kept.

    Attributes:
        asker: Who gave it.
        platform: Where, such as "slack"; "web" for the page and over HTTP.
        at: When, seconds since the epoch.
    """

    feedback: Feedback
    asker: AskerId
    platform: str
    at: float

    def after(self, other: GivenFeedback | None) -> GivenFeedback:
        """What is kept where another one of the same person, turn and kind is there already.

        The later one by the time at which it was given, in whatever order they arrive; where both
        say the same, with the words of either.
        """
        if other is None:
            return self
        first, last = sorted((other, self), key=lambda each: each.at)
        if first.feedback.verdict != last.feedback.verdict:
            return last
        said, before = last.feedback, first.feedback
        reason, correction = said.reason or before.reason, said.correction or before.correction
        return replace(last, feedback=replace(said, reason=reason, correction=correction))
