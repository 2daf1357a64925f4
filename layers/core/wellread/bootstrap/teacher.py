"""From settings to who writes the questions of a dataset."""

from __future__ import annotations

from collections.abc import Callable

from wellread.bootstrap import models
from wellread.domain.knowledge.errors import InvalidConfigurationError
from wellread.domain.tune.teaching import Budget, Prices, Spending
from wellread.ports.models import Chat
from wellread.services.ask.chat_generator import ChatGenerator
from wellread.services.ask.patience import Patience
from wellread.services.tune.teacher import TeacherDrafts
from wellread.settings import Settings

_BEDROCK = "bedrock:"
_ADVICE = "Raise WELLREAD_TEACHER_SECONDS, or choose a faster teacher."


def teacher_of(settings: Settings, sleep: Callable[[float], None]) -> TeacherDrafts | None:
    """The teacher that settings name; None where templates are filled instead.

    Raises:
        InvalidConfigurationError: There is no such teacher, or its budget has no prices.
    """
    chat = _chat_of(settings)
    if chat is None:
        return None
    prices = Prices(settings.teacher_read_price, settings.teacher_written_price)
    if settings.teacher_dollars is not None and prices == Prices():
        raise InvalidConfigurationError(
            "WELLREAD_TEACHER_DOLLARS limits what a dataset costs, and there are no prices. Set "
            "WELLREAD_TEACHER_READ_PRICE and WELLREAD_TEACHER_WRITTEN_PRICE, or limit "
            "WELLREAD_TEACHER_REQUESTS alone."
        )
    budget = Budget(settings.teacher_requests, settings.teacher_dollars)
    patience = Patience.until_the_end(settings.teacher_seconds)
    patient = ChatGenerator(chat, patience, advice=_ADVICE)
    return TeacherDrafts(patient, Spending(budget, prices), sleep=sleep)


def words_of(settings: Settings) -> str:
    """What is said of the teacher before it is asked."""
    if settings.teacher.strip() in ("", "none"):
        return "Questions are made by templates, on this machine; nothing is sent anywhere."
    dollars = settings.teacher_dollars
    most = f" and {dollars:.2f} dollars" if dollars is not None else ""
    return (
        f"Questions are written by {settings.teacher.strip()}, which is sent passages of these "
        f"documents: at most {settings.teacher_requests} requests{most}."
    )


def _chat_of(settings: Settings) -> Chat | None:
    teacher = settings.teacher.strip()
    if teacher in ("", "none"):
        return None
    if teacher == "model":
        model = models.model_of(settings)
        if isinstance(model, Chat):
            return model
        raise InvalidConfigurationError(
            'WELLREAD_TEACHER is "model", but no model is configured to ask. Set WELLREAD_MODEL '
            "(in a stack, Generator), or name another teacher."
        )
    if teacher.startswith(_BEDROCK):
        return _on_bedrock(settings, teacher.removeprefix(_BEDROCK))
    if teacher.startswith(("http://", "https://")):
        return _at_address(settings, teacher)
    raise InvalidConfigurationError(
        f'WELLREAD_TEACHER is "{teacher}". Say "none", "model", "bedrock:<model id>" or the '
        "address of an OpenAI-compatible server."
    )


def _on_bedrock(settings: Settings, model_id: str) -> Chat:
    try:
        from wellread.adapters.aws.bedrock_chat import BedrockChat
        from wellread.adapters.aws.clients import aws_client
    except ModuleNotFoundError as error:
        raise InvalidConfigurationError(
            "WELLREAD_TEACHER names a model on Bedrock, which needs AWS's client. Install it: "
            "python3 scripts/setup.py --extra aws."
        ) from error
    client = aws_client("bedrock-runtime", read_seconds=settings.teacher_seconds, attempts=1)
    try:
        return BedrockChat(client, model_id)
    except InvalidConfigurationError as error:
        raise InvalidConfigurationError(
            f'WELLREAD_TEACHER names "{model_id}" on Bedrock, which is not the id of a model or of '
            'an inference profile. Say, for example, "bedrock:eu.amazon.nova-pro-v1:0".'
        ) from error


def _at_address(settings: Settings, address: str) -> Chat:
    from wellread.adapters.openai.chat import OpenAICompatibleChat

    if not settings.teacher_model:
        raise InvalidConfigurationError(
            "WELLREAD_TEACHER is an address, and WELLREAD_TEACHER_MODEL is not set: name the model "
            "to ask for there."
        )
    key = settings.teacher_key
    return OpenAICompatibleChat(
        address,
        settings.teacher_model,
        api_key=key.get_secret_value() if key else None,
        read_seconds=settings.teacher_seconds,
    )
