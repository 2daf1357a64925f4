"""Answers from a model alone, which no document supports; and that there is no such model."""

from __future__ import annotations

import logging
from collections.abc import Generator as Coroutine

from wellread.domain.ask.answers import (
    Answer,
    AnswerEvent,
    Declined,
    DeclineReason,
    DeltaEvent,
    Outcome,
    StatusEvent,
)
from wellread.domain.ask.prompting import Prompt
from wellread.domain.ask.questions import Mode
from wellread.domain.knowledge.errors import ModelUnavailableError, ModelWakingError
from wellread.domain.knowledge.host_words import HostWords
from wellread.domain.text.harmless import unlinkable
from wellread.domain.text.plain import plain
from wellread.ports.models import Generator
from wellread.services.ask.grounded_speech import pieces_of

logger = logging.getLogger(__name__)

NO_TUNED_MODEL = "No fine-tuned model exists yet. Ask in rag mode, or in base mode."
NOT_FROM_DOCUMENTS = "Not from your documents:"
MODEL_GONE = "The model did not answer. Ask again in a moment, or ask in rag mode."
MODEL_WAKING = "The model is starting. Ask again in about 5 minutes, or ask in rag mode."


def without_its_model(
    mode: Mode, words: HostWords, *, model: Generator | None, tuned: Generator | None
) -> Declined | None:
    """The decline where a mode wants a model that is not there; None where nothing is amiss."""
    if mode.tuned and tuned is None:
        return Declined(NO_TUNED_MODEL, DeclineReason.NO_TUNED_MODEL, "wellread")
    if not mode.retrieves and model is None:
        return Declined(words.no_model, DeclineReason.NO_MODEL, "wellread")
    return None


def from_model(
    speaker: Generator | None, prompt: Prompt, seconds: float | None
) -> Coroutine[AnswerEvent, None, Outcome]:
    """Let a model answer by itself; the answer says that it is not from the documents.

    Args:
        speaker: The model.
        prompt: Without passages.
        seconds: How long it may take.

    Returns:
        The answer without citations, or a decline where the model failed.
    """
    if speaker is None:
        raise RuntimeError("a mode without its model was not declined")
    yield StatusEvent("Writing")
    try:
        said = "".join(pieces_of(speaker, prompt, seconds))
    except ModelUnavailableError as error:
        logger.warning("a model failed", extra={"speaker": speaker.name, "why": str(error)})
        words = MODEL_WAKING if isinstance(error, ModelWakingError) else MODEL_GONE
        return Declined(words, DeclineReason.MODEL_UNAVAILABLE, speaker.name)
    # Nothing supports these words, so no link, mention or markup gets out with them.
    paragraphs = [plain(paragraph, unlinkable) for paragraph in said.split("\n\n")]
    text = "\n\n".join([NOT_FROM_DOCUMENTS, *(p for p in paragraphs if p)])
    yield DeltaEvent(text)
    return Answer(text, (), speaker.name)
