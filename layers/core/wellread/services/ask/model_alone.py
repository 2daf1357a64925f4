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

NO_TUNED_MODEL = "There is no fine-tuned model to ask here. Ask in rag mode, or in base mode."
"""Also for those who may not ask the one that there is: nobody learns of what they may not read."""

NOT_FROM_DOCUMENTS = "Not from your documents:"
MODEL_GONE = "The model did not answer. Ask again in a moment, or ask in rag mode."
MODEL_WAKING = "The model is starting. Ask again in about 5 minutes, or ask in rag mode."


def without_its_model(mode: Mode, words: HostWords) -> Declined:
    """The decline where a mode wants a model that is not there, or not for this asker.

    Args:
        mode: Asked for.
        words: Name the parts of the host.
    """
    if mode.tuned:
        return Declined(NO_TUNED_MODEL, DeclineReason.NO_TUNED_MODEL, "wellread")
    return Declined(words.no_model, DeclineReason.NO_MODEL, "wellread")


def from_model(
    speaker: Generator | None, prompt: Prompt, seconds: float | None, words: HostWords
) -> Coroutine[AnswerEvent, None, Outcome]:
    """Let a model answer by itself; the answer says that it is not from the documents.

    Args:
        speaker: The model; None where it was taken away since the question came.
        prompt: Without passages.
        seconds: How long it may take.
        words: Name the parts of the host.

    Returns:
        The answer without citations, or a decline where the model failed.
    """
    if speaker is None:
        return without_its_model(prompt.mode, words)
    yield StatusEvent("Writing")
    try:
        said = "".join(pieces_of(speaker, prompt, seconds))
    except ModelUnavailableError as error:
        logger.warning("a model failed", extra={"speaker": speaker.name, "why": str(error)})
        why = MODEL_WAKING if isinstance(error, ModelWakingError) else MODEL_GONE
        return Declined(why, DeclineReason.MODEL_UNAVAILABLE, speaker.name)
    # Nothing supports these words, so no link, mention or markup gets out with them.
    paragraphs = [plain(paragraph, unlinkable) for paragraph in said.split("\n\n")]
    text = "\n\n".join([NOT_FROM_DOCUMENTS, *(p for p in paragraphs if p)])
    yield DeltaEvent(text)
    return Answer(text, (), speaker.name)
