"""From settings to models, for every backend."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellread.adapters.verifying.model_verifier import ModelVerifier
from wellread.adapters.verifying.words_verifier import WordsVerifier
from wellread.bootstrap.local_models import (
    IDLE_SECONDS,
    MAY_BE_LOADING,
    OR_RAISE,
    LocalGenerator,
    local_chat,
    model_file,
    patience_of,
)
from wellread.domain.ask.prompting import PASSAGE_CHARACTERS
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.ports.models import Chat
from wellread.services.ask.chat_generator import ChatGenerator
from wellread.settings import Settings

if TYPE_CHECKING:
    from wellread.ports.models import Embedder, Generator, Verifier

_SAGEMAKER, _BEDROCK = "sagemaker:", "bedrock:"
_GUARDRAIL, _ONNX = "guardrail:", "onnx:"


def load_embedder(setting: str) -> Embedder:
    """The embedder that a setting names.

    Raises:
        InvalidConfigurationError: There is no such embedder, or it cannot be loaded.
    """
    if setting.startswith(_SAGEMAKER):
        from wellread.adapters.aws.sagemaker_embedder import SageMakerEmbedder

        return SageMakerEmbedder(
            _prompt_client("sagemaker-runtime"), setting.removeprefix(_SAGEMAKER)
        )
    if setting.startswith(_BEDROCK):
        from wellread.adapters.aws.bedrock_embedder import BedrockEmbedder

        return BedrockEmbedder(_prompt_client("bedrock-runtime"), setting.removeprefix(_BEDROCK))
    from wellread.adapters.embedded.onnx_embedder import load_embedder as load_onnx_embedder

    return load_onnx_embedder(setting)


def verifier_of(settings: Settings, model: Generator | None) -> Verifier:
    """Who checks what a model says, by these settings.

    Args:
        settings: Name it, or leave it to whether there is a model.
        model: The model that answers, if any.

    Raises:
        InvalidConfigurationError: There is no such verifier, or it cannot be loaded.
    """
    setting = (settings.verifier or _usual_verifier(model)).strip()
    if setting == "words":
        return WordsVerifier()
    if setting == "model":
        if isinstance(model, Chat):
            return ModelVerifier(model)
        raise InvalidConfigurationError(
            'WELLREAD_VERIFIER is "model", but no model is configured to ask. Set '
            "WELLREAD_MODEL_URL and WELLREAD_MODEL (in a stack, Generator), or leave it out."
        )
    if setting.startswith(_GUARDRAIL):
        try:
            from wellread.adapters.aws.guardrail_verifier import GuardrailVerifier
        except ModuleNotFoundError as error:
            raise InvalidConfigurationError(
                "WELLREAD_VERIFIER names a guardrail, which needs AWS's client. Install it: "
                "python3 scripts/setup.py --extra aws."
            ) from error
        return GuardrailVerifier(
            _prompt_client("bedrock-runtime"), setting.removeprefix(_GUARDRAIL)
        )
    if setting.startswith(_ONNX):
        from wellread.adapters.embedded.onnx_verifier import OnnxVerifier

        return OnnxVerifier(Path(setting.removeprefix(_ONNX)).expanduser())
    raise InvalidConfigurationError(
        f'WELLREAD_VERIFIER is "{setting}". Say "words", "model", "guardrail:<id>", '
        '"guardrail:<id>:<version>" or "onnx:<folder>".'
    )


def _usual_verifier(model: Generator | None) -> str:
    # What a laptop's processor runs can write a sentence, but not judge one.
    return "words" if model is None or isinstance(model, LocalGenerator) else "model"


def model_of(settings: Settings) -> Generator | None:
    """The model that answers, by these settings; None where nothing but quotes does.

    Raises:
        InvalidConfigurationError: There is no such model.
    """
    if settings.generator != "extractive":
        return _aws_generator(settings)
    if not settings.model:
        return None
    if not settings.model_url:
        path, name = model_file(settings.model, settings)
        return local_chat(path, settings, name)
    from wellread.adapters.openai.chat import OpenAICompatibleChat

    chat = OpenAICompatibleChat(
        settings.model_url,
        settings.model,
        api_key=settings.model_key.get_secret_value() if settings.model_key else None,
        read_seconds=max(settings.model_first_token_seconds, IDLE_SECONDS),
    )
    return _patient(chat, settings, f"{MAY_BE_LOADING} model")


def _prompt_client(service: str) -> Any:
    """A client for vectors and checks: whoever asks a question waits for them."""
    from wellread.adapters.aws.clients import aws_client

    return aws_client(service, read_seconds=10.0, attempts=2)


def _patient_client(service: str, settings: Settings) -> Any:
    """A client for one answer: a second attempt would come when nobody waits any more."""
    from wellread.adapters.aws.clients import aws_client

    return aws_client(service, read_seconds=settings.model_first_token_seconds, attempts=1)


def _aws_generator(settings: Settings) -> Generator:
    name = settings.generator
    chat: Chat
    if name.startswith(_SAGEMAKER):
        from wellread.adapters.aws.sagemaker_chat import SageMakerChat

        endpoint, slash, component = name.removeprefix(_SAGEMAKER).partition("/")
        client = _patient_client("sagemaker-runtime", settings)
        chat, choice = SageMakerChat(client, endpoint, component if slash else None), "smaller"
    elif name.startswith(_BEDROCK):
        from wellread.adapters.aws.bedrock_chat import BedrockChat

        client = _patient_client("bedrock-runtime", settings)
        chat, choice = BedrockChat(client, name.removeprefix(_BEDROCK)), "faster"
    else:
        raise InvalidConfigurationError(
            f'WELLREAD_GENERATOR is "{name}". Say "extractive", "sagemaker:<endpoint>", '
            '"sagemaker:<endpoint>/<inference component>" or "bedrock:<model id>".'
        )
    return _patient(chat, settings, f"Choose a {choice} model")


def _patient(chat: Chat, settings: Settings, choose: str) -> Generator:
    return ChatGenerator(
        chat,
        patience_of(settings),
        advice=f"{choose}, {OR_RAISE}",
        passage_characters=settings.model_passage_characters or PASSAGE_CHARACTERS,
    )
