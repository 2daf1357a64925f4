"""The use cases of chats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellread.bootstrap.chat_beside import handlers_beside
from wellread.services.chat.chat import Chat
from wellread.services.chat.ledger import Replies
from wellread.services.chat.questions import Questions
from wellread.services.chat.viewers import Viewers

if TYPE_CHECKING:
    from wellread.bootstrap.services import Services


def chat_of(services: Services) -> Chat:
    """What is done about everything that happens in chats."""
    from wellread.bootstrap.services import new_id

    adapters = services.adapters
    viewers = Viewers(adapters.rules)
    replies = Replies(adapters.ledger, adapters.clock)
    questions = Questions(
        lambda: services.answering,
        adapters.threads,
        viewers,
        adapters.rules,
        replies,
        adapters.limiter,
        links=services.chat_links,
        meter=adapters.meter,
        new_id=new_id,
    )
    return Chat(services.platforms, questions, handlers_beside(services, viewers, replies))
