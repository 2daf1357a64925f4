"""Letting a generator speak, and showing of it what the documents support."""

from __future__ import annotations

import logging
from collections.abc import Generator as Coroutine
from collections.abc import Iterator
from dataclasses import dataclass

from wellread.domain.answers import Answer, Declined, DeclineReason, DeltaEvent, Outcome
from wellread.domain.citations import Grounding
from wellread.domain.dating import stated_date
from wellread.domain.documents import DocumentId, ParsedText, Passage, RevisionId
from wellread.domain.errors import ModelLateError, ModelUnavailableError, ModelWakingError
from wellread.domain.patience import Patience, in_time
from wellread.domain.prompting import DECLINE, Prompt, is_decline
from wellread.ports import Generator, RevisionStore
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
        if not grounding.citations:
            nothing_said = not said.strip() or is_decline(said)
            reason = DeclineReason.NOT_IN_DOCUMENTS if nothing_said else DeclineReason.NOT_GROUNDED
            return Spoken(Declined(DECLINE, reason, speaker.name), notices)
        return Spoken(Answer(grounding.text, grounding.citations, speaker.name), notices)


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
