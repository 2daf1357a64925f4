"""From where a tuned model is to a generator of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from wellread.domain.knowledge.errors import InvalidConfigurationError

if TYPE_CHECKING:
    from wellread.domain.tune.models import TunedModel
    from wellread.ports.models import Generator
    from wellread.settings import Settings


def load_tuned(model: TunedModel, settings: Settings) -> Generator:
    """A generator of a tuned model, which reads as much as the model was trained to read.

    Args:
        model: Its `location` is a GGUF file's path, "sagemaker:<endpoint>[/<component>]", or the
            URL of an OpenAI-compatible server with the model's name there:
            "http://127.0.0.1:8000/v1#run-1".
        settings: How long to wait for it.

    Raises:
        InvalidConfigurationError: Nothing here can run it; the message says what is missing.
    """
    from wellread.bootstrap.models import model_of

    generator = model_of(settings.model_copy(update=_as_settings(model)))
    if generator is None:
        raise InvalidConfigurationError(
            f"The model {model.run} is the file {model.location}, and what runs it is not "
            "installed. Install it: python3 scripts/setup.py --extra llm."
        )
    return generator


def _as_settings(model: TunedModel) -> dict[str, object]:
    """What would be set for the model if it were the only one."""
    update: dict[str, object] = {
        "generator": "extractive",
        "model_passage_characters": model.passage_characters,
        "model_url": None,
        "model": model.location,
        # A key is of the server that it was set for.
        "model_key": None,
    }
    if model.location.startswith("sagemaker:"):
        update["generator"] = model.location
    elif model.location.startswith(("http://", "https://")):
        update["model_url"], name = urldefrag(model.location)
        update["model"] = name or model.run
    return update
