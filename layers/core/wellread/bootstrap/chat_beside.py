"""The use cases of what happens after and beside replies in chats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wellread.domain.chat.events import (
    ChatEvent,
    FileDecided,
    FilesShared,
    HandOverResolved,
    HumanAsked,
    VerdictGiven,
)
from wellread.services.chat.files import Files
from wellread.services.chat.hand_over import HandOver
from wellread.services.chat.holding import Holding
from wellread.services.chat.ledger import Replies
from wellread.services.chat.proposals import Proposals
from wellread.services.chat.receipts import ChatReceipts
from wellread.services.chat.saying import Sayings
from wellread.services.chat.verdicts import Verdicts
from wellread.services.chat.viewers import Viewers

if TYPE_CHECKING:
    from collections.abc import Callable

    from wellread.bootstrap.services import Services


def handlers_beside(
    services: Services, viewers: Viewers, sayings: Sayings
) -> dict[type[ChatEvent], Callable[..., None]]:
    """What is done about each kind of event that is no question."""
    adapters = services.adapters
    hand_over = HandOver(
        adapters.threads,
        services.feedback,
        adapters.registry,
        services.presence,
        viewers,
        adapters.rules,
        sayings,
        Proposals(adapters.threads),
        links=services.chat_links,
    )
    max_bytes = services.settings.max_document_bytes
    files = Files(
        adapters.rules,
        adapters.store,
        adapters.drop,
        Holding(adapters.held, max_bytes=max_bytes),
        sayings,
        max_bytes=max_bytes,
    )
    verdicts = Verdicts(adapters.threads, services.feedback, sayings)
    return {
        VerdictGiven: sayings.seen_through(verdicts.handle),
        HumanAsked: sayings.seen_through(hand_over.handle),
        HandOverResolved: sayings.seen_through(hand_over.handle),
        FilesShared: sayings.seen_through(files.handle),
        FileDecided: sayings.seen_through(files.handle),
    }


def receipts_of(services: Services) -> ChatReceipts:
    """What chats are told of documents that came to an end."""
    from wellread.bootstrap.services import new_id

    adapters = services.adapters
    return ChatReceipts(
        services.platforms,
        adapters.rules,
        adapters.registry,
        services.presence,
        Viewers(adapters.rules),
        Sayings(Replies(adapters.ledger, adapters.clock), new_id=new_id),
        words=adapters.words,
        clock=adapters.clock,
        sleep=adapters.sleep,
    )
