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
        links=services.chat_links,
    )
    files = Files(
        adapters.rules,
        adapters.store,
        adapters.drop,
        sayings,
        max_bytes=services.settings.max_document_bytes,
    )
    return {
        VerdictGiven: Verdicts(adapters.threads, services.feedback, sayings).handle,
        HumanAsked: hand_over.handle,
        HandOverResolved: hand_over.handle,
        FilesShared: files.handle,
        FileDecided: files.handle,
    }
