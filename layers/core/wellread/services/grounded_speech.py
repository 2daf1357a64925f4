"""Letting a generator speak, and showing of it what the documents support."""

from __future__ import annotations

import logging
from collections.abc import Generator as Coroutine
from collections.abc import Iterator
from dataclasses import dataclass

from wellread.domain.answers import (
    NOT_FOUND,
    Answer,
    Citation,
    Declined,
    DeclineReason,
    DeltaEvent,
    Outcome,
)
from wellread.domain.citations import Grounding
from wellread.domain.contradictions import contradiction
from wellread.domain.dating import stated_date
from wellread.domain.documents import DocumentId, ParsedText, Passage, RevisionId
from wellread.domain.errors import ModelLateError, ModelUnavailableError, ModelWakingError
from wellread.domain.patience import Patience, in_time
from wellread.domain.prompting import Prompt, is_decline, speaks_to_the_model
from wellread.domain.sentences import plain
from wellread.ports import Confident, Generator, RevisionStore
from wellread.services.documents import link_to

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What came of letting a generator speak.

    Attributes:
        outcome: None where the generator could not speak.
        notices: Sentences for the asker about it: why it could not, or stopped.
    """

    outcome: Outcome | None
    notices: tuple[str, ...] = ()


class GroundedSpeech:
    """Answers from passages, whoever writes them."""

    def __init__(self, revisions: RevisionStore) -> None:
        """Verify quotes against these texts."""
        self._revisions = revisions

    def speak(
        self, speaker: Generator, prompt: Prompt, *, seconds: float | None = None
    ) -> Coroutine[DeltaEvent, None, Spoken]:
        """Let a generator answer; yields what may be shown already, returns what came of it.

        Args:
            speaker: Who.
            prompt: What it is asked.
            seconds: How long it may take at most; None leaves that to the generator.
        """
        texts = _Texts(self._revisions)
        grounding = Grounding(
            prompt.passages,
            source=texts.source,
            link=texts.link,
            title=lambda passage: passage.chunk.title,
            page=texts.page,
            dated=texts.dated,
        )
        said = ""
        notices: tuple[str, ...] = ()
        try:
            for piece in pieces_of(speaker, prompt, seconds):
                said += piece
                if shown := grounding.feed(piece):
                    yield DeltaEvent(shown)
        except ModelUnavailableError as error:
            logger.warning("a model failed", extra={"speaker": speaker.name, "why": str(error)})
            if not grounding.citations:
                return Spoken(None, (_absence(speaker.name, error),))
            notices = (f"{speaker.name} stopped before it was finished.",)
        if shown := grounding.finish():
            yield DeltaEvent(shown)
        confidence = speaker.confidence(prompt) if isinstance(speaker, Confident) else None
        if not grounding.citations:
            nothing_said = not said.strip() or is_decline(said)
            reason = DeclineReason.NOT_IN_DOCUMENTS if nothing_said else DeclineReason.NOT_GROUNDED
            return Spoken(Declined(NOT_FOUND, reason, speaker.name, confidence=confidence), notices)
        text = grounding.text
        dissent = _dissent(grounding, prompt)
        if dissent:
            yield DeltaEvent(dissent)
        return Spoken(
            Answer(
                text + dissent,
                grounding.citations,
                speaker.name,
                confidence=confidence,
            ),
            notices,
        )


def pieces_of(speaker: Generator, prompt: Prompt, seconds: float | None) -> Iterator[str]:
    """What a generator says, for at most so many seconds.

    Raises:
        ModelUnavailableError: As the generator does, and where the time is over.
    """
    pieces = speaker.generate(prompt)
    return pieces if seconds is None else in_time(pieces, Patience.until_the_end(seconds))


def _absence(name: str, error: ModelUnavailableError) -> str:
    """What an asker is told of a model that did not answer."""
    match error:
        case ModelWakingError():
            return (
                f"{name} is starting, so this is quoted from the documents; ask again in about "
                "5 minutes for its own answer."
            )
        case ModelLateError():
            return f"{name} did not answer in time, so this is quoted from the documents."
        case _:
            return f"{name} did not answer, so this is quoted from the documents."


class _Texts:
    """The texts of revisions, read once an answer."""

    def __init__(self, revisions: RevisionStore) -> None:
        self._revisions = revisions
        self._read: dict[tuple[DocumentId, RevisionId], ParsedText | None] = {}

    def source(self, passage: Passage) -> str | None:
        parsed = self._parsed(passage)
        return parsed.text if parsed else None

    def page(self, passage: Passage, offset: int) -> int | None:
        parsed = self._parsed(passage)
        return parsed.page_at(offset) if parsed else None

    def link(self, passage: Passage, start: int, end: int) -> str:
        text = self.source(passage) or ""
        return link_to(passage.document, passage.revision, text[start:end], start)

    def dated(self, passage: Passage) -> str:
        name = passage.document.rsplit("/", 1)[-1]
        return stated_date(self.source(passage) or "", passage.chunk.title, name)

    def _parsed(self, passage: Passage) -> ParsedText | None:
        key = (passage.document, passage.revision)
        if key not in self._read:
            self._read[key] = self._revisions.get_text(*key)
        return self._read[key]


def _dissent(grounding: Grounding, prompt: Prompt) -> str:
    """What is added to an answer that another document contradicts; "" where none does."""
    found = contradiction(prompt.standalone, grounding.said, prompt.passages)
    if found is None:
        return ""
    before = len(grounding.text)
    mine, other = found
    if other not in grounding.said:
        grounding.feed(f" {other.sentence} [{other.passage + 1}] ")
        grounding.finish()
    sides = []
    for said in (mine, other):
        document = prompt.passages[said.passage].document
        sides += [
            (number, citation)
            for number, citation in enumerate(grounding.citations, start=1)
            if citation.document == document
        ][:1]
    if len(sides) < 2:
        return ""  # the other sentence did not stand up to the check
    newest = max(citation.dated for _, citation in sides)
    newer = [c.dated for _, c in sides].count(newest) == 1 and all(c.dated for _, c in sides)
    named = " and ".join(
        _side(number, citation, newer and citation.dated == newest) for number, citation in sides
    )
    return f"{grounding.text[before:]}\n\nThe documents disagree: {named}."


def _side(number: int, citation: Citation, newer: bool) -> str:
    names = (citation.title, citation.document, "an untitled document")
    title = plain(next(n for n in names if n and not speaks_to_the_model(n))).rstrip(".")
    facts = ", ".join(filter(None, (citation.dated, "the newer" if newer else "")))
    return f"“{title}” ({facts}) [{number}]" if facts else f"“{title}” [{number}]"
