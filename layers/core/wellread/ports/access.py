"""Who may read what, and how often one may ask."""

from __future__ import annotations

from typing import Protocol

from wellread.domain.access.chat_rules import ChatRules
from wellread.domain.access.identity import IdentityRules
from wellread.domain.access.rules import AccessRules
from wellread.domain.ask.questions import AskerId


class AccessRulesSource(Protocol):
    """The settings document's access rules."""

    def load(self) -> AccessRules:
        """The rules as they are now.

        Raises:
            InvalidConfigurationError: The document cannot be understood; nothing may be shown.
        """


class IdentityRulesSource(Protocol):
    """The settings document's identity rules: which callers belong to which audiences."""

    def identities(self) -> IdentityRules:
        """The rules as they are now.

        Raises:
            InvalidConfigurationError: The document cannot be understood; nobody may ask.
        """


class ChatRulesSource(Protocol):
    """The settings document's rules of chats: who belongs to what, what happens where."""

    def chat(self) -> ChatRules:
        """The rules as they are now.

        Raises:
            InvalidConfigurationError: The document cannot be understood; nobody may ask.
        """


class RateLimiter(Protocol):
    """How often one asker may ask."""

    def admit(self, asker: AskerId) -> float:
        """Count a question of an asker.

        Returns:
            0 where it may be asked; else seconds until one may be asked again.
        """
