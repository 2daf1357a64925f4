"""Letting a generator speak, and showing of it what the documents support."""

from __future__ import annotations

import logging
import math
from collections.abc import Generator as Coroutine
from collections.abc import Iterator

from wellread.domain.ask.answers import (
    NOT_FOUND,
    Answer,
    Declined,
    DeclineReason,
    DeltaEvent,
)
from wellread.domain.ask.citations import Grounding
from wellread.domain.ask.prompting import Prompt, is_decline
from wellread.domain.knowledge.errors import ModelLateError, ModelUnavailableError, ModelWakingError
from wellread.ports.ingest import RevisionStore
from wellread.ports.models import Generator, Verifier
from wellread.services.ask.checking import Checking
from wellread.services.ask.drafted import Drafted
from wellread.services.ask.patience import Patience, in_time
from wellread.services.ask.sources import Sources

logger = logging.getLogger(__name__)

_TICK_SECONDS = 0.05
"""A verdict that comes while the generator pauses is shown after so long at most."""


class GroundedSpeech:
    """Has a generator answer from passages, and shows what they support of it."""

    def __init__(self, revisions: RevisionStore) -> None:
        """Verify quotes against these texts."""
        self._revisions = revisions

    def speak(
        self,
        speaker: Generator,
        prompt: Prompt,
        *,
        verifier: Verifier | None = None,
        seconds: float | None = None,
    ) -> Coroutine[DeltaEvent, None, Drafted]:
        """Let a generator answer; yields what may be shown already, returns what came of it.

        Args:
            speaker: Who.
            prompt: What it is asked.
            verifier: Who checks what it says; without one, the words do.
            seconds: How long speaking and checking may take at most; None leaves that to the two.
        """
        sources = Sources(self._revisions)
        grounding = Grounding(prompt.passages, source=sources.text, cite=sources.citation)
        checking = Checking(verifier, seconds)
        said = ""
        failed: ModelUnavailableError | None = None
        try:
            for piece in pieces_of(speaker, prompt, seconds, tick=_TICK_SECONDS):
                said += piece
                checking.add(grounding.feed(piece) if piece else ())
                if shown := grounding.settle(checking.verdicts()):
                    yield DeltaEvent(shown)
        except ModelUnavailableError as error:
            logger.warning("a model failed", extra={"speaker": speaker.name, "why": str(error)})
            failed = error
        checking.add(grounding.finish(broken=failed is not None))
        for verdicts in checking.rest():
            if shown := grounding.settle(verdicts):
                yield DeltaEvent(shown)
        checked = checking.report(grounding.fates, grounding.placeless)
        if failed and not grounding.citations:
            return Drafted(None, (_absence(speaker.name, failed),), checked)
        notices = (f"{speaker.name} stopped before it was finished.",) if failed else ()
        if grounding.citations:
            answer = Answer(grounding.text, grounding.citations, speaker.name)
            return Drafted(answer, notices, checked)
        nothing_said = not said.strip() or is_decline(said)
        reason = DeclineReason.NOT_IN_DOCUMENTS if nothing_said else DeclineReason.NOT_GROUNDED
        return Drafted(Declined(NOT_FOUND, reason, speaker.name), notices, checked)


def pieces_of(
    speaker: Generator, prompt: Prompt, seconds: float | None, *, tick: float | None = None
) -> Iterator[str]:
    """What a generator says, for at most so many seconds.

    Args:
        speaker: Who.
        prompt: What it is asked.
        seconds: None leaves it to the generator.
        tick: See `in_time`.

    Raises:
        ModelUnavailableError: As the generator does, and where the time is over.
    """
    pieces = speaker.generate(prompt)
    if seconds is None and tick is None:
        return pieces
    patience = Patience.until_the_end(math.inf if seconds is None else seconds)
    return in_time(pieces, patience, tick=tick)


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
