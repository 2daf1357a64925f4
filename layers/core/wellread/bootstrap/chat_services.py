"""The use cases of chats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellread.bootstrap.chat_beside import handlers_beside
from wellread.domain.chat.events import BotAdded, ChatEvent, HomeOpened, PaneOpened
from wellread.services.ask.guidance import Guidance
from wellread.services.chat.chat import Chat
from wellread.services.chat.home import HomePage
from wellread.services.chat.ledger import Replies
from wellread.services.chat.prompts import Prompts
from wellread.services.chat.questions import Questions
from wellread.services.chat.saying import Sayings
from wellread.services.chat.viewers import Viewers
from wellread.services.chat.welcome import Welcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from wellread.bootstrap.services import Services


def chat_of(services: Services) -> Chat:
    """What is done about everything that happens in chats."""
    from wellread.bootstrap.services import new_id

    adapters = services.adapters
    viewers = Viewers(adapters.rules)
    sayings = Sayings(Replies(adapters.ledger, adapters.clock), new_id=new_id)
    questions = Questions(
        lambda: services.answering,
        adapters.threads,
        viewers,
        adapters.rules,
        sayings,
        adapters.limiter,
        links=services.chat_links,
        meter=adapters.meter,
    )
    handlers = handlers_beside(services, viewers, sayings) | _pages(services, viewers, sayings)
    return Chat(services.platforms, questions, handlers)


def _pages(
    services: Services, viewers: Viewers, sayings: Sayings
) -> dict[type[ChatEvent], Callable[..., None]]:
    """What is done where somebody opens the bot's own pages, or it is new."""
    adapters = services.adapters
    guidance = Guidance(services.documents, adapters.revisions, adapters.words)
    home = HomePage(services.latest, guidance, adapters.threads, viewers, links=services.chat_links)
    prompts = Prompts(guidance, viewers)
    return {
        PaneOpened: prompts.handle,
        HomeOpened: home.handle,
        BotAdded: Welcome(sayings, prompts.of).handle,
    }
