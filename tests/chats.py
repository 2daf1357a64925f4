"""Chat models as the product asks them: with patience."""

from __future__ import annotations

from wellread.ports.models import Chat
from wellread.services.ask.chat_generator import ChatGenerator
from wellread.services.ask.patience import Patience


def patient(
    chat: Chat, *, first: float = 20.0, idle: float = 15.0, total: float = 60.0
) -> ChatGenerator:
    advice = "Choose another model, or raise WELLREAD_MODEL_SECONDS."
    return ChatGenerator(chat, Patience(first, idle, total), advice=advice)
