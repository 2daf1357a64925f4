"""Question queue → reply in its thread; its dead letters → a word that there is no answer."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.typing import LambdaContext

from wellread.bootstrap import get_services
from wellread.domain.chat.events import CHAT_RETRIES, ChatEvent, event_of_message
from wellread.domain.knowledge.deliveries import Attempt
from wellread.queue_events import is_from, process


def _handle(event: ChatEvent, attempt: Attempt) -> None:
    get_services().chat.handle(event, attempt)


def _give_up(event: ChatEvent, _attempt: Attempt) -> None:
    get_services().chat.give_up(event)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Handle what happened in chats, or what of that was delivered in vain."""
    dead = is_from(event, get_services().settings.question_dead_letters_url)
    return process(event, context, CHAT_RETRIES, event_of_message, _give_up if dead else _handle)
