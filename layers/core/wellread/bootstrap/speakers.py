"""Runs the models that are judged, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wellread.bootstrap.tuned import load_tuned
from wellread.domain.ask.prompting import PROMPT_VERSION
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.domain.tune.models import RunName, TunedModel
from wellread.services.ask.chat_generator import ChatGenerator

if TYPE_CHECKING:
    from wellread.services.tune.asking import Spoken
    from wellread.settings import Settings

_FIRST_TOKEN_SECONDS, _WHOLE_SECONDS = 120.0, 240.0


class LoadedSpeakers:
    """Models from wherever they are, in the way that answers people.

    Nobody waits for these answers, so a machine that is busy with other things makes no model fail.
    """

    def __init__(self, settings: Settings) -> None:
        """Nothing is loaded yet."""
        self._settings = settings.model_copy(
            update={
                "model_first_token_seconds": max(
                    settings.model_first_token_seconds, _FIRST_TOKEN_SECONDS
                ),
                "model_seconds": max(settings.model_seconds, _WHOLE_SECONDS),
            }
        )

    @contextmanager
    def speaking(self, model: Spoken) -> Iterator[ChatGenerator]:
        """A model, until it is let go.

        Raises:
            InvalidConfigurationError: There is no such model, or nothing runs it.
        """
        generator = load_tuned(_as_model(model), self._settings)
        if not isinstance(generator, ChatGenerator):
            raise InvalidConfigurationError(f"{model.location} is no model that can be asked.")
        try:
            yield generator
        finally:
            if close := getattr(generator, "close", None):
                close()


def _as_model(model: Spoken) -> TunedModel:
    return TunedModel(
        run=RunName("judged"),
        base="",
        location=model.location,
        dataset="",
        recipe="",
        prompt_version=PROMPT_VERSION,
        passage_characters=model.passage_characters,
        audiences=frozenset(),
        created_at=0.0,
    )
